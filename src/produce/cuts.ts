/**
 * What becomes of a batch whose request is cut: the connection ends on it, again and again, though it works otherwise. Brokers and services do
 * that to requests above their limits, and tell nothing (docs/adr/0017-requests-that-are-cut.md).
 */

/** - `again`: whole · `halve`: its halves, one after the other · `give-up`: its only record can't pass */
export type CutVerdict = 'again' | 'halve' | 'give-up';

/** One cut may be anything: a broker that stops, a network that fails. */
const cutsUntilHalved = 2;
/** With the default waits between attempts it takes about 7 s. A restart doesn't look so: while it lasts nothing connects. */
const cutsUntilGivenUp = 10;
/** Requests below this many bytes aren't cut for their size: no limit of a broker that is of use is lower (`kafka.maxRequestBytes`). */
const leastBytes = 65_536;
/** For how long it is remembered that a record was given up, in ms: others as large need no more than two cuts. */
const rememberedMs = 600_000;

export interface CutJudge {
  /**
   * @param records of the batch
   * @param requestBytes what its request took
   * @param cuts how often it was cut in a row, alone in its request
   * @param isPart whether it is a part of a larger batch that was halved
   */
  judge(records: number, requestBytes: number, cuts: number, isPart: boolean): CutVerdict;
}

/** @param now ms, of a clock that never goes back */
export function createCutJudge(now: () => number = () => performance.now()): CutJudge {
  let givenUp = { bytes: Infinity, until: 0 };

  return {
    judge(records, requestBytes, cuts, isPart) {
      if (requestBytes < leastBytes) return 'again';
      if (records > 1) return cuts >= (isPart ? 1 : cutsUntilHalved) ? 'halve' : 'again';
      const isKnown = requestBytes >= givenUp.bytes && now() < givenUp.until;
      if (cuts < (isKnown ? cutsUntilHalved : cutsUntilGivenUp)) return 'again';
      givenUp = { bytes: isKnown ? givenUp.bytes : requestBytes, until: now() + rememberedMs };
      return 'give-up';
    },
  };
}
