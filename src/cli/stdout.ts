/**
 * The one way to stdout. What a terminal would take for a command is escaped here, whoever wrote the text: nothing else writes there
 * (test/unit/cli/streams.test.ts). Sequences of our own, such as colours, belong into this file, around text that is escaped already.
 */
import { oneLine, printable } from '../printable.ts';

/** Text of any number of lines, each with its end. */
export function print(text: string): void {
  process.stdout.write(printable(text));
}

/** One line, without its end (printable.ts). */
export function printLine(text: string): void {
  print(`${oneLine(text)}\n`);
}

/** A value as indented JSON. Its escapes are JSON's own, so what reads it gets the same value. */
export function printJson(value: unknown): void {
  print(`${JSON.stringify(value, null, 2)}\n`);
}

/** A value as JSON on a line. */
export function printJsonLine(value: unknown): void {
  print(`${JSON.stringify(value)}\n`);
}

/** Whether a person reads it as it comes. */
export function isStdoutTerminal(): boolean {
  return process.stdout.isTTY;
}

/** For text that is made elsewhere. */
export const stdout = { write: print };

/**
 * For a command that changes something: it is done to its end, also where nobody reads what it says of it any more (`| head`). The program
 * ends at once only those that have nothing to do but to write.
 */
export function goOnWithoutReader(onGone: () => void = () => {}): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') onGone();
  });
}

/**
 * What becomes of the program when stdout can't be written.
 * @param onEnough its reader has enough, and the command has nothing to do but to write
 */
export function watchStdout(onEnough: () => void, onFailure: (error: Error) => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') return onFailure(error);
    if (process.stdout.listenerCount('error') === 1) onEnough();
  });
}
