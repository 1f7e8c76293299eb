import type { Socket } from 'node:net';

export interface WaitingRoomLimits {
  readonly maxConnections: number;
  /** How long a connection may wait, in ms. */
  readonly timeoutMs: number;
}

/** Connections that have to do something before they may go on: a bounded number of them, for a bounded time. */
export interface WaitingRoom {
  /** @param onTimeout the time is over, and the connection no longer waits; it isn't destroyed */
  enter(socket: Socket, onTimeout: () => void): void;
  /** @returns false where it didn't wait any more */
  leave(socket: Socket): boolean;
  has(socket: Socket): boolean;
}

/**
 * Where there is no room, the oldest makes some: who is in earnest has gone on long before so many others came.
 * @param onDrivenOut told of a connection before it is destroyed, since it was the oldest
 */
export function createWaitingRoom(
  { maxConnections, timeoutMs }: WaitingRoomLimits,
  onDrivenOut: (socket: Socket) => void,
): WaitingRoom {
  /** In order of arrival. */
  const timers = new Map<Socket, NodeJS.Timeout>();

  function leave(socket: Socket): boolean {
    clearTimeout(timers.get(socket));
    return timers.delete(socket);
  }

  return {
    enter(socket, onTimeout) {
      const [oldest] = timers.keys();
      if (oldest !== undefined && timers.size >= maxConnections) {
        onDrivenOut(oldest);
        leave(oldest);
        oldest.destroy();
      }
      const timer = setTimeout(() => {
        leave(socket);
        onTimeout();
      }, timeoutMs);
      timers.set(socket, timer);
      socket.once('close', () => leave(socket));
    },
    leave,
    has: (socket) => timers.has(socket),
  };
}
