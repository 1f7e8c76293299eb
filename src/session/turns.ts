import type { WebSocket } from 'ws';
import type { Reading } from './reading.ts';

/** How long one peer may keep the event loop from all others at a time, in ms; its frame in hand is finished. */
const turnMs = 5;

/**
 * A peer that sends faster than its frames are handled is read again only after everybody else had their turn: else the event
 * loop would take all that its connection has, megabytes at a time.
 */
export function takeTurns(socket: WebSocket, reading: Reading): void {
  let begunAt: number | null = null;

  function begin(): void {
    if (begunAt !== null) return;
    begunAt = performance.now();
    setImmediate(() => {
      begunAt = null;
      reading.goOn('turn');
    });
  }

  function check(): void {
    if (begunAt !== null && performance.now() - begunAt > turnMs) reading.stop('turn');
  }

  for (const event of ['message', 'ping', 'pong'] as const) {
    socket.prependListener(event, begin);
    socket.on(event, check);
  }
}
