import { randomUUID } from 'node:crypto';
import type { Peer } from '../../helpers/peer.ts';
import { soon } from '../../helpers/terminator.ts';

/** What a peer sees beside text frames. */
export interface Watch {
  pongs: number;
  pings: number;
  /** Settles when the bridge has handled all that was written: a ping is answered behind it. */
  barrier(): Promise<void>;
  /** Waits until that holds, for a few seconds. */
  until(holds: () => boolean, what: string): Promise<void>;
}

export function watchPeer({ socket }: Peer): Watch {
  const barriers = new Map<string, () => void>();
  let changed = Promise.withResolvers<void>();
  const change = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const watch: Watch = {
    pongs: 0,
    pings: 0,
    async barrier() {
      const name = randomUUID();
      const { promise, resolve } = Promise.withResolvers<void>();
      barriers.set(name, resolve);
      socket.ping(name);
      await soon(promise, 'a pong');
    },
    async until(holds, what) {
      while (!holds()) await soon(changed.promise, what);
    },
  };
  socket.on('pong', (data) => {
    const passed = barriers.get(data.toString());
    if (passed === undefined) watch.pongs++;
    else passed();
    change();
  });
  socket.on('ping', () => {
    watch.pings++;
    change();
  });
  socket.on('message', change);
  return watch;
}
