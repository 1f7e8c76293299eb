import type { WebSocket } from 'ws';

export interface HeartbeatLimits {
  readonly heartbeatIntervalMs: number;
  /** How many intervals may pass without a sign of life. */
  readonly heartbeatMisses: number;
  readonly pausedTimeoutMs: number;
}

export interface Heartbeat {
  /** While the socket is paused it reads no pong: then the longer bound of `pausedTimeoutMs` holds. */
  pause(): void;
  resume(): void;
  stop(): void;
}

/**
 * Pings the peer, and calls `onDead` when it gives no sign of life: after an upgrade nothing else finds a half-open connection.
 * @param bytesRead of the connection so far. Each byte is a sign of life: on a slow link a pong waits behind a large message
 */
export function startHeartbeat(
  socket: WebSocket,
  bytesRead: () => number,
  limits: HeartbeatLimits,
  onDead: () => void,
): Heartbeat {
  let seen = bytesRead();
  let misses = 0;
  let pausedFor: NodeJS.Timeout | undefined;

  const timer = setInterval(() => {
    if (pausedFor !== undefined) return;
    if (bytesRead() !== seen) misses = 0;
    seen = bytesRead();
    if (misses >= limits.heartbeatMisses) return onDead();
    misses++;
    socket.ping();
  }, limits.heartbeatIntervalMs);

  return {
    pause() {
      pausedFor ??= setTimeout(onDead, limits.pausedTimeoutMs);
    },
    resume() {
      clearTimeout(pausedFor);
      pausedFor = undefined;
      misses = 0;
    },
    stop() {
      clearInterval(timer);
      clearTimeout(pausedFor);
    },
  };
}
