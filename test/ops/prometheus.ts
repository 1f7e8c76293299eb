/** A real Prometheus that scrapes one bridge every second, with the chart's rules. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { ownProcesses, untilReady } from '../../tools/dev-stack/processes.ts';
import { fetchPrometheus } from '../../tools/ops/fetch.ts';

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [at: number, value: string])[];
}

export interface Prometheus extends AsyncDisposable {
  /** Every series of the query over the last two minutes. @throws with what Prometheus says of a query that it refuses */
  range(query: string): Promise<Series[]>;
  labelValues(label: string, match: string): Promise<string[]>;
}

const rules = fileURLToPath(new URL('../../helm/nbwss-bridge/files/alerts.yaml', import.meta.url));

/** @param directory where its data go */
export async function startPrometheus(adminUrl: string, directory: string): Promise<Prometheus> {
  const { prometheus } = await fetchPrometheus();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const targets = [{ targets: [new URL(adminUrl).host], labels: { namespace: 'backup' } }];
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'nbwss-bridge', static_configs: targets }],
  };
  const configFile = join(directory, 'prometheus.yaml');
  await writeFile(configFile, stringify(config));
  await using starting = new AsyncDisposableStack();
  const processes = starting.use(ownProcesses());
  const child = await processes.start(
    'Prometheus',
    [
      prometheus,
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    join(directory, 'prometheus.log'),
  );
  await untilReady(child, 30_000, async () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  const running = starting.move();

  async function ask(path: string, query: Readonly<Record<string, string>>): Promise<unknown> {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(query).toString()}`);
    const { status, data, error } = (await response.json()) as {
      status: string;
      data: unknown;
      error?: string;
    };
    expect(status, `${query['query'] ?? path}: ${error}`).toBe('success');
    return data;
  }

  return {
    async range(query) {
      const end = Date.now() / 1000;
      const over = { query, start: String(end - 120), end: String(end), step: '1' };
      return ((await ask('query_range', over)) as { result: Series[] }).result;
    },
    labelValues: async (label, match) =>
      (await ask(`label/${label}/values`, { 'match[]': match })) as string[],
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
