import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work that is done piece by piece: between two of them others may have their turn. A piece takes some milliseconds at most. */
export type Pieces<T> = Generator<undefined, T, undefined>;

/** How long such work may keep the event loop from everybody else at a time, in ms; a piece that has begun is finished. */
const turnMs = 5;

/** Does all of it now. */
export function atOnce<T>(pieces: Pieces<T>): T {
  for (;;) {
    const next = pieces.next();
    if (next.done === true) return next.value;
  }
}

/** Does it in turns with whatever else there is to do. Rejects with what a piece throws. */
export async function inTurns<T>(pieces: Pieces<T>): Promise<T> {
  for (let begunAt = performance.now(); ;) {
    const next = pieces.next();
    if (next.done === true) return next.value;
    if (performance.now() - begunAt < turnMs) continue;
    await nextTurn();
    begunAt = performance.now();
  }
}
