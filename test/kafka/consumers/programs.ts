/** The programs of examples/consumers, as their readers run them. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { fetchJavaLibraries, fetchJavaTools } from '../../../tools/conformance/fetch.ts';
import { cacheFolder, fetchPart, PIP } from '../../../tools/dev-stack/fetch.ts';
import { checkPython } from '../../../tools/dev-stack/prerequisites.ts';

export const folder = join(import.meta.dirname, '../../../examples/consumers');

/** Runs one program; resolves to what it prints, and rejects with its stderr when it fails. */
export type Run = (...args: string[]) => Promise<{ readonly stdout: string; readonly stderr: string }>;

export type Language = 'Python' | 'Java' | 'Node.js' | 'SQL';

const progress = (line: string) => void process.stderr.write(`${line}\n`);
/** A program takes 3 s on a loaded machine. In ms. */
const runBound = 40_000;

/** Fetches what the programs need, once, and compiles the one in Java into `directory`. */
export async function prepareConsumers(directory: string): Promise<Record<Language, Run>> {
  const [duckdb, java] = await Promise.all([fetchDuckdb(), compileReport(directory)]);
  const reader = inject('readerPackages');
  return {
    Python: runner('python3', [join(folder, 'python/report.py')], { PYTHONPATH: reader }),
    Java: runner(java.program, ['-cp', java.classPath, 'Report']),
    'Node.js': runner(process.execPath, [
      '--disable-warning=TimeoutNegativeWarning',
      join(folder, 'node/report.mjs'),
    ]),
    SQL: runner('python3', [join(folder, 'sql/run.py')], { PYTHONPATH: `${reader}:${duckdb}` }),
  };
}

function runner(program: string, first: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  // Python would leave its byte code beside the sources.
  const options = { timeout: runBound, env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env } };
  return (...args) => promisify(execFile)(program, [...first, ...args], options);
}

async function fetchDuckdb(): Promise<string> {
  const [requirement = '', version = ''] = (await requirements('sql')).match(/^duckdb==(.+)$/m) ?? [];
  const part = {
    folder: join(cacheFolder(), `duckdb-${version}-${await checkPython()}`),
    source: `DuckDB from PyPI (${version}, 24 MB, once)`,
    command: (into: string) =>
      ['python3', ...PIP, '--only-binary=:all:', '--no-deps', '--target', into, requirement] as const,
  };
  await fetchPart(part, progress);
  return part.folder;
}

/** The text of a requirements.txt of the programs. */
export async function requirements(program: 'python' | 'sql'): Promise<string> {
  return await readFile(join(folder, program, 'requirements.txt'), 'utf8');
}

async function compileReport(directory: string): Promise<{ program: string; classPath: string }> {
  const { java: program, compilerJar } = await fetchJavaTools(progress);
  const jars = await fetchJavaLibraries(progress);
  const source = join(folder, 'java/Report.java');
  const classes = join(directory, 'classes');
  const compile = ['-jar', compilerJar, '-17', '-proc:none', '-cp', jars.join(':'), '-d', classes, source];
  await promisify(execFile)(program, compile, { timeout: runBound });
  return { program, classPath: [classes, ...jars].join(':') };
}
