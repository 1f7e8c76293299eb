import type { Writable } from 'node:stream';

/** What is written in one turn of the event loop goes out together: answers come by the hundred when a batch is committed. */
export function gatherer(socket: Pick<Writable, 'cork' | 'uncork'>): () => void {
  let gathering = false;
  return () => {
    if (gathering) return;
    gathering = true;
    socket.cork();
    process.nextTick(() => {
      gathering = false;
      socket.uncork();
    });
  };
}
