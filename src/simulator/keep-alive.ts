import type { WebSocket } from 'ws';

/** NetBackup's own number isn't documented beyond "too many". */
const toleratedMisses = 2;

/** Pings an open socket every `periodMs` until it closes, and cuts it when more pongs than tolerated are missing. */
export function keepAlive(socket: WebSocket, periodMs: number): void {
  let missing = 0;
  const timer = setInterval(() => {
    if (missing >= toleratedMisses) {
      socket.terminate();
      return;
    }
    missing += 1;
    socket.ping();
  }, periodMs);
  socket.on('pong', () => {
    missing = 0;
  });
  socket.on('close', () => clearInterval(timer));
}
