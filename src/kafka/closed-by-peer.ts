/** The broker, or what stands before it, ended the connection in order. */
export class ClosedError extends Error {}

/** What a read ends with on a connection that the other side has reset, and a write. */
const codes: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);

/** Whether it was the other side that ended a connection, and not we; anywhere in the causes. */
export function isClosedByPeer(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return error instanceof ClosedError || codes.has(code) || isClosedByPeer(error.cause);
}
