import { execFile } from 'node:child_process';
import { UnavailableError } from '../src/errors.ts';
import { mainFile } from './bridge-process.ts';

/** Above the bounds of any command that ends by itself. */
const commandTimeoutMs = 60_000;

/** Runs one `nbwss-bridge` command as a process. @returns what it printed; @throws with what it said on stderr */
export async function runCommand(args: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  execFile(
    process.execPath,
    ['--disable-warning=TimeoutNegativeWarning', mainFile, ...args],
    { timeout: commandTimeoutMs },
    (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trimEnd());
      else
        reject(
          new UnavailableError(
            `nbwss-bridge ${args.slice(0, 2).join(' ')} failed: ${stderr.trim()}`,
            'command',
            error,
          ),
        );
    },
  );
  return await promise;
}
