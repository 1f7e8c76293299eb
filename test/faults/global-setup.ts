/** Vitest's global set-up of the fault cases: the registry and the reader for all of them, and the table of figures at the end. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { fetchPrograms, fetchReader } from '../../tools/dev-stack/fetch.ts';
import { ownProcesses } from '../../tools/dev-stack/processes.ts';
import { startRegistry } from '../../tools/dev-stack/registry.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { reportFigures } from './figures.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A line of JSON for each case that has ended. */
    figuresFile: string;
  }
}

const progress = (line: string) => void process.stderr.write(`${line}\n`);

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('readerPackages', await fetchReader(progress));
  const programs = await fetchPrograms(progress);
  await using starting = new AsyncDisposableStack();
  const run = starting.use(await temporaryDirectory(join(tmpdir(), 'nbwss-faults-')));
  const processes = starting.use(ownProcesses());
  project.provide('registryUrl', await startRegistry({ programs, processes, runDirectory: run.path }));
  // Each file of cases has brokers of its own.
  project.provide('bootstrapServers', []);
  const figuresFile = join(run.path, 'figures.jsonl');
  project.provide('figuresFile', figuresFile);
  const running = starting.move();
  return async () => {
    await reportFigures(figuresFile);
    await running.disposeAsync();
  };
}
