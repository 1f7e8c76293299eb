import type { Socket } from 'node:net';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { addressOf } from './peer.ts';

export interface GateLimits {
  /** Connections that haven't authenticated yet. */
  readonly maxConnections: number;
  /** From the TCP connection to an accepted CONNECT, in ms. */
  readonly connectTimeoutMs: number;
  readonly attemptsPerAddress: number;
  readonly attemptsWindowMs: number;
}

export type GateLimit = 'unauthenticated-connections' | 'attempts-per-address';

/** Who stands before the door: raw connections until they authenticate. */
export interface Gate {
  /** Takes a new connection in, or destroys it. `onTimeout` is called when it hasn't authenticated in time. */
  enter(socket: Socket, onTimeout: () => void): void;
  /** It authenticated: the bounds of the unauthenticated no longer concern it, and the attempt isn't counted. */
  pass(socket: Socket): void;
}

interface Waiting {
  readonly address: string;
  readonly timer: NodeJS.Timeout;
}

/** @param onLimit told of each limit that a connection hit, with its address */
export function createGate(limits: GateLimits, onLimit: (limit: GateLimit, address: string) => void): Gate {
  const attempts = new RateLimiterMemory({
    points: limits.attemptsPerAddress,
    duration: limits.attemptsWindowMs / 1000,
  });
  /** In order of arrival. */
  const waiting = new Map<Socket, Waiting>();

  function leave(socket: Socket): void {
    clearTimeout(waiting.get(socket)?.timer);
    waiting.delete(socket);
  }

  /** Only a connection within its address's attempts takes a place: no single address can drive the others out. */
  function admit(socket: Socket, address: string, onTimeout: () => void): void {
    if (socket.destroyed) return;
    // The oldest makes room: who is in earnest has authenticated long before fifty others came.
    const [oldest] = waiting;
    if (oldest !== undefined && waiting.size >= limits.maxConnections) {
      const [oldestSocket, { address: oldestAddress }] = oldest;
      onLimit('unauthenticated-connections', oldestAddress);
      leave(oldestSocket);
      oldestSocket.destroy();
    }
    const timer = setTimeout(() => {
      leave(socket);
      onTimeout();
    }, limits.connectTimeoutMs);
    waiting.set(socket, { address, timer });
    socket.once('close', () => leave(socket));
  }

  return {
    enter(socket, onTimeout) {
      const address = addressOf(socket.remoteAddress);
      attempts.consume(address).then(
        () => admit(socket, address, onTimeout),
        () => {
          onLimit('attempts-per-address', address);
          socket.destroy();
        },
      );
    },
    pass(socket) {
      const entry = waiting.get(socket);
      if (entry === undefined) return;
      leave(socket);
      void attempts.reward(entry.address);
    },
  };
}
