import type { WebSocket } from 'ws';

/** What a socket may not be read for: its primary is at its limits, or others have their turn. */
export type Hindrance = 'back-pressure' | 'turn';

/** A socket that is read while nothing hinders it. */
export interface Reading {
  stop(why: Hindrance): void;
  goOn(why: Hindrance): void;
}

export function createReading(socket: WebSocket): Reading {
  const hindrances = new Set<Hindrance>();
  return {
    stop(why) {
      hindrances.add(why);
      socket.pause();
    },
    goOn(why) {
      if (hindrances.delete(why) && hindrances.size === 0) socket.resume();
    },
  };
}
