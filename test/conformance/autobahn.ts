/** The cases of the Autobahn test suite, as verdicts on an endpoint. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fetchSuite } from '../../tools/conformance/fetch.ts';

/** In the suite's words: OK, NON-STRICT, INFORMATIONAL, UNIMPLEMENTED, FAILED; for the close also WRONG CODE, UNCLEAN. */
export interface Verdict {
  /** Such as 1.1.1. */
  readonly id: string;
  readonly behavior: string;
  readonly close: string;
  /** Of the endpoint's close frame; null where it sent none. */
  readonly code: number | null;
  readonly description: string;
  readonly result: string;
}

/** All of the cases take some seconds; one of them waits 100 s for what doesn't come. In ms. */
const suiteBoundMs = 150_000;
const maxOutputBytes = 16 * 1024 * 1024;

/** Runs the cases whose ids match one of the globs. @throws when the runner fails; a case that fails is a verdict */
export async function runCases(url: string, globs: readonly string[]): Promise<Verdict[]> {
  const packages = await fetchSuite();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  execFile(
    'python3',
    [join(import.meta.dirname, 'run_cases.py'), url, ...globs],
    { env: { ...process.env, PYTHONPATH: packages }, timeout: suiteBoundMs, maxBuffer: maxOutputBytes },
    (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`the conformance suite failed: ${stderr}`, { cause: error }));
    },
  );
  const lines = (await promise).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Verdict);
}
