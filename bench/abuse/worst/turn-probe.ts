/**
 * Preloaded (`--import`) into a process whose turns of the event loop are watched. Whoever connects to the socket that the environment
 * names is told, as JSON, the longest of them since it was last asked: by the clock, and by what the main thread spent on it. The second
 * is the same on a machine that others use too.
 */
import { createServer } from 'node:net';
import { isMainThread } from 'node:worker_threads';

/** The variable with the path of the Unix socket. */
export const socketVariable = 'TURN_PROBE_SOCKET';

export interface LongestTurn {
  readonly ms: number;
  readonly cpuMs: number;
}

const none: LongestTurn = { ms: 0, cpuMs: 0 };
const path = process.env[socketVariable];
// Threads preload it too.
if (path !== undefined && isMainThread) listenOn(path);

function listenOn(path: string): void {
  let longest = none;
  let last = performance.now();
  let spent = process.threadCpuUsage();
  const look = (): void => {
    const now = performance.now();
    const { user, system } = process.threadCpuUsage(spent);
    longest = {
      ms: Math.max(longest.ms, now - last),
      cpuMs: Math.max(longest.cpuMs, (user + system) / 1000),
    };
    last = now;
    spent = process.threadCpuUsage();
  };
  setInterval(look, 1).unref();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    look();
    socket.end(JSON.stringify(longest));
    longest = none;
  });
  server.listen(path).unref();
}
