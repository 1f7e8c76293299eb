/**
 * Preloaded (`--import`) into a process whose event loop is watched, of whatever build. Whoever connects to the socket that the environment
 * names is told the longest delay of a timer since it was last asked, in ms as decimal text; a timer of 1 ms that is never late tells 1.
 */
import { createServer } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** The variable with the path of the Unix socket. */
export const socketVariable = 'STALL_PROBE_SOCKET';

const path = process.env[socketVariable];
// Threads preload it too.
if (path !== undefined && isMainThread) listenOn(path);

function listenOn(path: string): void {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(String(delays.max / 1e6));
    delays.reset();
  });
  server.listen(path).unref();
}
