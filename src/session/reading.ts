import type { WebSocket } from 'ws';
import type { Heartbeat } from './heartbeat.ts';

/** What a socket may not be read for: its primary is at its limits, or receives a large frame elsewhere; others have their turn; or a heavy message is taken apart. */
export type Hindrance = 'back-pressure' | 'receipt' | 'turn' | 'heavy';

/** A socket that is read while nothing hinders it. */
export interface Reading {
  stop(why: Hindrance): void;
  goOn(why: Hindrance): void;
}

/** @param heartbeat paused while the socket isn't read, but for a turn: that is over in a moment */
export function createReading(socket: WebSocket, heartbeat: Heartbeat): Reading {
  const hindrances = new Set<Hindrance>();
  return {
    stop(why) {
      hindrances.add(why);
      if (why !== 'turn') heartbeat.pause();
      socket.pause();
    },
    goOn(why) {
      if (!hindrances.delete(why)) return;
      if (hindrances.size === 0) socket.resume();
      if (hindrances.size === 0 || (hindrances.size === 1 && hindrances.has('turn'))) heartbeat.resume();
    },
  };
}
