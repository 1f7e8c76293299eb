/** The schema registry: Apicurio through its Confluent-compatible API, in memory. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Programs } from './fetch.ts';
import { freePort } from './ports.ts';
import { type Processes, untilReady } from './processes.ts';

/** 3 s on an idle machine, 9 s on a loaded one. In ms. */
const START_BOUND = 60_000;
const PROBE_BOUND = 2_000;

/** Where Apicurio serves the API of Confluent's registry. */
export const CONFLUENT_API = '/apis/ccompat/v7';

/**
 * Apicurio starts with the global level NONE, Confluent's registry with BACKWARD. As a setting it is also what
 * GET /config/<subject> answers; after a PUT /config that would still say NONE.
 */
const COMPATIBILITY = 'BACKWARD';

interface RegistryOptions {
  readonly programs: Programs;
  readonly processes: Processes;
  readonly runDirectory: string;
}

/** Starts the registry and resolves to the base URL of its API when it serves. */
export async function startRegistry({ programs, processes, runDirectory }: RegistryOptions): Promise<string> {
  const port = await freePort();
  const managementPort = await freePort();
  const folder = join(runDirectory, 'registry');
  await mkdir(join(folder, 'tmp'), { recursive: true });
  const command = [
    '-Xmx256m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    `-Djava.io.tmpdir=${join(folder, 'tmp')}`,
    '-Dquarkus.http.host=127.0.0.1',
    `-Dquarkus.http.port=${port}`,
    // Unset, the management port would be 9000 on every interface.
    '-Dquarkus.management.host=127.0.0.1',
    `-Dquarkus.management.port=${managementPort}`,
    '-Dquarkus.http.access-log.enabled=false',
    `-Dapicurio.rules.global.compatibility=${COMPATIBILITY}`,
    '-jar',
    join(programs.registry, 'quarkus-run.jar'),
  ];
  const logFile = join(folder, 'registry.log');
  const child = await processes.start('the schema registry', [programs.registryJava, ...command], logFile);
  const url = `http://127.0.0.1:${port}${CONFLUENT_API}`;
  await untilReady(child, START_BOUND, () => answers(`${url}/subjects`));
  return url;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_BOUND) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
