import type { Socket } from 'node:net';
import { RateLimiterMemory } from 'rate-limiter-flexible';

export interface GateLimits {
  /** Connections that haven't authenticated yet. */
  readonly maxConnections: number;
  /** From the TCP connection to an accepted CONNECT, in ms. */
  readonly connectTimeoutMs: number;
  readonly attemptsPerAddress: number;
  readonly attemptsWindowMs: number;
}

export type GateLimit = 'unauthenticated-connections' | 'attempts-per-address' | 'connect-time';

/** Who stands before the door: raw connections until they authenticate. */
export interface Gate {
  /** Takes a new connection in, or destroys it. `onTimeout` is called when it hasn't authenticated in time. */
  enter(socket: Socket, onTimeout: () => void): void;
  /** It authenticated: the bounds of the unauthenticated no longer concern it, and the attempt isn't counted. */
  pass(socket: Socket): void;
  readonly waiting: number;
}

export function createGate(limits: GateLimits, onLimit: (limit: GateLimit, address: string) => void): Gate {
  const attempts = new RateLimiterMemory({
    points: limits.attemptsPerAddress,
    duration: Math.ceil(limits.attemptsWindowMs / 1000),
  });
  const waiting = new Map<Socket, NodeJS.Timeout>();

  function leave(socket: Socket): void {
    clearTimeout(waiting.get(socket));
    waiting.delete(socket);
  }

  return {
    enter(socket, onTimeout) {
      const address = socket.remoteAddress ?? '';
      attempts.consume(address).catch(() => {
        onLimit('attempts-per-address', address);
        socket.destroy();
      });
      // The oldest makes room: who is in earnest has authenticated long before fifty others came.
      const [oldest] = waiting.keys();
      if (waiting.size >= limits.maxConnections && oldest !== undefined) {
        onLimit('unauthenticated-connections', oldest.remoteAddress ?? '');
        leave(oldest);
        oldest.destroy();
      }
      const timer = setTimeout(() => {
        leave(socket);
        onTimeout();
      }, limits.connectTimeoutMs);
      waiting.set(socket, timer);
      socket.once('close', () => leave(socket));
    },
    pass(socket) {
      leave(socket);
      void attempts.reward(socket.remoteAddress ?? '');
    },
    get waiting() {
      return waiting.size;
    },
  };
}
