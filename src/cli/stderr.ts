/** Messages for people; the log has lines of its own (src/cli/log.ts). Both are escaped as what goes to stdout is. */
import { printable } from '../printable.ts';

/** A message with the program's name before it. */
export function tell(message: string): void {
  tellPlain(`nbwss-bridge: ${message}\n`);
}

/** The end of a command that has told each failure by itself, as a line that begins with "failed: ". @param ofWhat for people */
export function whatFailed(count: number, ofWhat: string): string {
  return `${ofWhat} can't be used as they are: ${count} problem(s), in the lines above that begin with "failed"`;
}

/** Text of any number of lines, each with its end. */
export function tellPlain(text: string): void {
  process.stderr.write(printable(text));
}

/** Whether a person reads it as it comes. */
export function isStderrTerminal(): boolean {
  return process.stderr.isTTY;
}

/** For text that is made elsewhere. */
export const stderr = { write: tellPlain };
