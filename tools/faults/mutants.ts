/**
 * `npm run test:mutants`: can the tests fail? Applies one mutation at a time to a copy of the sources, and runs the test that has to catch
 * it. Fails when a mutation survives, when its text is not exactly once in its file, or when its test fails without it.
 */
import { execFile } from 'node:child_process';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryDirectory } from '../dev-stack/temporary-directory.ts';
import { type Mutant, mutants } from './mutations.ts';

const repository = resolve(import.meta.dirname, '../..');
/** What the tests need of the repository. */
const copied = [
  'src',
  'test',
  'tools',
  'schemas',
  'docs',
  'examples',
  'bench',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];
/** Above the longest of the named tests, in ms. */
const testBoundMs = 240_000;

type Outcome = { readonly passed: boolean; readonly ran: number; readonly output: string };

/** Runs one named test. */
async function runTest(directory: string, { project, file, test }: Mutant['caughtBy']): Promise<Outcome> {
  const report = join(directory, 'report.json');
  await writeFile(report, '{}');
  const vitest = join(directory, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--project', project, file, '-t', escapeRegExp(test)];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${report}`];
  const env = { ...process.env, NBWSS_DEV_STACK_CACHE: cache() };
  const { promise, resolve: done } = Promise.withResolvers<{ passed: boolean; output: string }>();
  execFile(
    process.execPath,
    [...args, ...reporters],
    { cwd: directory, env, timeout: testBoundMs },
    (error, stdout, stderr) => done({ passed: error === null, output: stdout + stderr }),
  );
  const { passed, output } = await promise;
  const counts = JSON.parse(await readFile(report, 'utf8')) as {
    numPassedTests?: number;
    numFailedTests?: number;
  };
  return { passed, output, ran: (counts.numPassedTests ?? 0) + (counts.numFailedTests ?? 0) };
}

async function apply(directory: string, { file, search, replace }: Mutant): Promise<() => Promise<void>> {
  const path = join(directory, file);
  const source = await readFile(path, 'utf8');
  const places = source.split(search).length - 1;
  if (places !== 1) throw new Error(`${file} holds ${places} times, and not once: ${search}`);
  await writeFile(
    path,
    source.replace(search, () => replace),
  );
  return () => writeFile(path, source);
}

/** The programs of the development stack are fetched once, not for every copy. */
function cache(): string {
  return process.env['NBWSS_DEV_STACK_CACHE'] ?? join(repository, '.cache/dev-stack');
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
const say = (line: string) => void process.stdout.write(`${line}\n`);
await using directory = await temporaryDirectory(join(tmpdir(), 'nbwss-mutants-'));
for (const name of copied) await cp(join(repository, name), join(directory.path, name), { recursive: true });
await symlink(join(repository, 'node_modules'), join(directory.path, 'node_modules'));

const chosen = mutants.filter(({ name }) => only === undefined || name.includes(only));
const proven = new Set<string>();
const failures: string[] = [];
for (const mutant of chosen) {
  const { caughtBy, name } = mutant;
  const key = JSON.stringify(caughtBy);
  if (!proven.has(key)) {
    const { passed, ran, output } = await runTest(directory.path, caughtBy);
    if (!passed || ran === 0) {
      failures.push(name);
      say(
        `NO TEST   ${name}: without it "${caughtBy.test}" ran ${ran} times, ${passed ? 'passing' : 'failing'}\n${output}`,
      );
      continue;
    }
    proven.add(key);
  }
  const restore = await apply(directory.path, mutant);
  const { passed, ran } = await runTest(directory.path, caughtBy);
  await restore();
  const caught = !passed && ran > 0;
  if (!caught) failures.push(name);
  say(`${caught ? 'caught   ' : 'SURVIVED '} ${name}: "${caughtBy.test}" (${caughtBy.file})`);
}
say(`${chosen.length - failures.length} of ${chosen.length} mutations caught`);
process.exitCode = failures.length === 0 && chosen.length > 0 ? 0 : 1;
