/**
 * For a command that changes something: it is done to its end, also where nobody reads what it says of it any more (`| head`). The program
 * ends at once only those that have nothing to do but to write (src/cli/program.ts).
 */
export function goOnWithoutReader(onGone: () => void = () => {}): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') onGone();
  });
}
