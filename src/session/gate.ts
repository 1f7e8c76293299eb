import type { Socket } from 'node:net';
import { createAttempts } from './attempts.ts';
import { networkOf } from './peer.ts';
import { createWaitingRoom } from './waiting-room.ts';

export interface GateLimits {
  /** Connections that haven't authenticated yet. */
  readonly maxConnections: number;
  /** From the moment at which the address is known to an accepted CONNECT, in ms. */
  readonly connectTimeoutMs: number;
  /** A token bucket: so many at once, and as many again in each window. */
  readonly attemptsPerAddress: number;
  readonly attemptsWindowMs: number;
}

export type GateLimit = 'unauthenticated-connections' | 'attempts-per-address';

/** Who stands before the door: raw connections until they authenticate. */
export interface Gate {
  /**
   * Takes a new connection in, or destroys it. `onTimeout` is called when it hasn't authenticated in time.
   * @param address without a port
   * @returns whether it may go on to TLS
   */
  enter(socket: Socket, address: string, onTimeout: () => void): boolean;
  /** It authenticated: the bounds of the unauthenticated no longer concern it, and the attempt isn't counted. */
  pass(socket: Socket): void;
  /**
   * It ended by itself and has sent no request, as the health checks of balancers do: the attempt isn't counted, up to `checksPerAttempt`
   * times as many of them as there are attempts, and `checksOverall` times that for all addresses. While it was open it counted.
   * @returns false where it didn't wait any more: a limit has cut it, or it authenticated
   */
  endedSilent(socket: Socket): boolean;
  /** Whether it is within its limits, and hasn't authenticated. */
  isWaiting(socket: Socket): boolean;
}

/** Some 10 MB for each of the two counts. */
const maxNetworks = 100_000;

/**
 * At the defaults 50 in a second: more than all balancers behind one address make, and the TLS handshakes of so many take a few percent of a
 * core. Without a bound one address could have handshakes made without end.
 */
const checksPerAttempt = 50;
/** So many times as many from all addresses together: 200 in a second at the defaults, which take a fifth of a core at most. */
const checksOverall = 4;

/** @param onLimit told of each limit that a connection hit, with its address */
export function createGate(limits: GateLimits, onLimit: (limit: GateLimit, address: string) => void): Gate {
  const counted = (perNetwork: number) =>
    createAttempts({ perNetwork, windowMs: limits.attemptsWindowMs, maxNetworks }, () => performance.now());
  const attempts = counted(limits.attemptsPerAddress);
  const checks = counted(limits.attemptsPerAddress * checksPerAttempt);
  const allChecks = counted(limits.attemptsPerAddress * checksPerAttempt * checksOverall);
  const addresses = new WeakMap<Socket, string>();
  const addressOf = (socket: Socket): string => addresses.get(socket) ?? '';
  const room = createWaitingRoom(
    { maxConnections: limits.maxConnections, timeoutMs: limits.connectTimeoutMs },
    (socket) => onLimit('unauthenticated-connections', addressOf(socket)),
  );

  return {
    enter(socket, address, onTimeout) {
      // Only a connection within its address's attempts takes a place: no single address can drive the others out.
      if (!attempts.take(networkOf(address))) {
        onLimit('attempts-per-address', address);
        socket.destroy();
        return false;
      }
      addresses.set(socket, address);
      room.enter(socket, onTimeout);
      return true;
    },
    pass(socket) {
      if (room.leave(socket)) attempts.giveBack(networkOf(addressOf(socket)));
    },
    isWaiting: (socket) => room.has(socket),
    endedSilent(socket) {
      if (!room.leave(socket)) return false;
      const network = networkOf(addressOf(socket));
      if (checks.take(network) && allChecks.take('all networks')) attempts.giveBack(network);
      return true;
    },
  };
}
