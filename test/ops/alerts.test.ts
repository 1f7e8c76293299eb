import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { alerts } from '../../tools/ops/alerts.ts';
import { fetchPrometheus } from '../../tools/ops/fetch.ts';
import { cases } from './alert-cases.ts';

const rulesFile = new URL('../../helm/nbwss-bridge/files/alerts.yaml', import.meta.url);
let promtool: string;

beforeAll(async () => {
  ({ promtool } = await fetchPrometheus((line) => void process.stderr.write(`${line}\n`)));
}, 600_000);

/** What promtool says to these files of the chart's rules; it fails where promtool does. */
async function run(args: readonly string[], files: Readonly<Record<string, string>>): Promise<string> {
  await using directory = await temporaryDirectory(join(tmpdir(), 'nbwss-ops-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory.path, name), text);
  const options = { cwd: directory.path, timeout: 60_000 };
  const ran = promisify(execFile)(promtool, [...args], options);
  const { stdout, stderr } = await ran.catch((error: unknown) => {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`promtool ${args.join(' ')}: ${stdout}${stderr}`);
  });
  return stdout + stderr;
}

test('promtool takes the rules, templates and all', async () => {
  const text = await readFile(rulesFile, 'utf8');
  expect(await run(['check', 'rules', 'alerts.yaml'], { 'alerts.yaml': text })).toContain(
    `SUCCESS: ${alerts.length} rules found`,
  );
});

test('every alert has a case in which it fires, and one in which it does not', () => {
  const tested = (fires: boolean) =>
    new Set(cases.filter((each) => each.fires.length > 0 === fires).map(({ alert }) => alert));
  const names = new Set(alerts.map(({ alert }) => alert));
  expect(tested(true)).toEqual(names);
  expect(tested(false)).toEqual(names);
});

test.each(
  cases.map(
    (each) => [each.alert, each.fires.length > 0 ? 'fires' : 'stays quiet', each.name, each] as const,
  ),
)('%s %s: %s', async (alert, _fires, _name, { at, series, fires }) => {
  const rules = await rulesWithoutAnnotations();
  const severity = alerts.find((each) => each.alert === alert)?.severity;
  const expected = fires.map((labels) => ({ exp_labels: { ...labels, severity } }));
  const input = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  const suite = {
    rule_files: ['rules.yaml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: input,
        alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts: expected }],
      },
    ],
  };
  await run(['test', 'rules', 'suite.yaml'], { 'rules.yaml': rules, 'suite.yaml': stringify(suite) });
});

test('the annotations say who and how much', async () => {
  const suite = {
    rule_files: ['rules.yaml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: [
          { series: 'nbwss_dead_letters_total{reason="too-large",job="b"}', values: '0x10 4x30' },
        ],
        alert_rule_test: [
          {
            eval_time: '20m',
            alertname: 'NbwssDeadLetters',
            exp_alerts: [
              {
                exp_labels: { job: 'b', reason: 'too-large', severity: 'warning' },
                exp_annotations: {
                  summary: 'Dead letters: too-large',
                  description:
                    '4 entries became dead letters, for the reason too-large. Consumers lack them until they are replayed.',
                  runbook_url: 'docs/runbook.md#nbwssdeadletters',
                },
              },
            ],
          },
        ],
      },
    ],
  };
  const text = await readFile(rulesFile, 'utf8');
  await run(['test', 'rules', 'suite.yaml'], { 'rules.yaml': text, 'suite.yaml': stringify(suite) });
});

/** So that a case needs to name labels only. */
async function rulesWithoutAnnotations(): Promise<string> {
  const { groups } = parse(await readFile(rulesFile, 'utf8')) as {
    groups: { name: string; rules: Record<string, unknown>[] }[];
  };
  return stringify({
    groups: groups.map(({ name, rules }) => ({
      name,
      rules: rules.map(({ annotations, ...rule }) => rule),
    })),
  });
}
