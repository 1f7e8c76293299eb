/** Programs that are built once from their Go modules, into a folder that is then used offline. */
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fetchGo } from '../chart/programs/go.ts';
import type { OnProgress } from '../dev-stack/fetch.ts';
import { run } from '../dev-stack/processes.ts';
import { temporaryDirectory } from '../dev-stack/temporary-directory.ts';

/** Bounds one build with its downloads, on two cores that are busy. In ms. */
const BUILD_BOUND = 40 * 60_000;

/** Makes the file `into`, in the folder `work`. */
export type Build = (into: string, work: string) => Promise<void>;

/** Makes the file unless it is there. It appears complete or not at all. */
export async function provide(file: string, onProgress: OnProgress, build: Build): Promise<void> {
  if (existsSync(file)) return;
  const began = performance.now();
  onProgress(`building ${file} (once) …`);
  await mkdir(dirname(file), { recursive: true });
  await using work = await temporaryDirectory(`${file}.partial-`);
  const result = join(work.path, file.slice(dirname(file).length + 1));
  await build(result, work.path);
  await rename(result, file);
  onProgress(`… done in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

/** The build of a program as its module stands. */
export function buildOf(program: string, version: string): Build {
  return async (into, work) => {
    const go = await fetchGo();
    await writeFile(join(work, 'go.mod'), 'module build\n\ngo 1.26.0\n');
    await goCommand(go, work, ['get', `${program}@${version}`]);
    await build(go, work, into, program, []);
  };
}

/** Builds the program in a folder with its go.mod. */
export async function build(
  go: string,
  work: string,
  into: string,
  main: string,
  flags: readonly string[],
): Promise<void> {
  await goCommand(go, work, [
    'build',
    '-trimpath',
    '-ldflags',
    ['-s', '-w', ...flags].join(' '),
    '-o',
    into,
    main,
  ]);
}

/** The machine's other work goes first. */
async function goCommand(go: string, work: string, args: readonly string[]): Promise<void> {
  const environment = ['CGO_ENABLED=0', 'GOFLAGS=-mod=mod -buildvcs=false'];
  await run(
    `go ${args[0]} in ${work}`,
    ['env', ...environment, 'nice', '-n', '15', go, '-C', work, ...args],
    BUILD_BOUND,
  );
}
