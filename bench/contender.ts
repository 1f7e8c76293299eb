/** Those who take turns in a cell: the machine is shared, and what disturbs it for some seconds is to disturb all of them alike. */
import type { Measured } from './figures.ts';

export interface Contender extends AsyncDisposable {
  /** Until its hot functions are compiled. */
  warmUp(): Promise<void>;
  /** Works for a while, of which it measures the given time in the middle: neither the start nor what is in flight at the end. */
  run(durationMs: number): Promise<void>;
  /** Of all its runs. */
  figures(): Promise<Measured>;
}

/** From the start of a run until as much is in flight as is to be, and answered all the time. */
export const rampMs = 250;
const turnMs = 1_000;

/** @param durationMs of all turns of a contender together; @param reversed whether the last one begins */
export async function takeTurns(
  contenders: readonly Contender[],
  durationMs: number,
  reversed: boolean,
): Promise<void> {
  const turns = Math.ceil(durationMs / turnMs);
  for (let turn = 0; turn < turns; turn++) {
    const backwards = (turn % 2 === 1) !== reversed;
    for (const contender of backwards ? contenders.toReversed() : contenders)
      await contender.run(durationMs / turns);
  }
}
