/**
 * Where heavy messages are taken apart: one at a time, of all primaries. Parsed values take many times their text, and two messages of a
 * primary must not overtake each other.
 */
export interface Workshop {
  /** Null, or a promise of the moment when nothing of the primary is in work any more: what came later has to wait for it. */
  busy(primary: string): Promise<void> | null;
  /** Whether so much was done in this turn of the event loop that whatever else has come waits for the next. */
  isTurnOver(): boolean;
  /** Waits until nothing of the primary is in work, for its turn among all primaries, and for room. @returns how to leave */
  enter(primary: string): Promise<() => void>;
}

/** From when on no message is begun in a turn, in ms: one peer's are cut sooner (`takeTurns`), this is for many peers at once. */
const turnMs = 20;

/** @param room null, or a promise of the moment when less is in flight. Never rejects */
export function createWorkshop(room: () => Promise<void> | null): Workshop {
  const inWork = new Map<string, Promise<void>>();
  let last = Promise.resolve();
  let turnBegunAt: number | null = null;

  const busy: Workshop['busy'] = (primary) => inWork.get(primary) ?? null;

  return {
    busy,
    isTurnOver() {
      if (turnBegunAt !== null) return performance.now() - turnBegunAt > turnMs;
      turnBegunAt = performance.now();
      setImmediate(() => (turnBegunAt = null));
      return false;
    },
    async enter(primary) {
      for (let before; (before = busy(primary)) !== null;) await before;
      const { promise, resolve } = Promise.withResolvers<void>();
      inWork.set(primary, promise);
      const before = last;
      last = promise;
      await before;
      for (let full; (full = room()) !== null;) await full;
      return () => {
        inWork.delete(primary);
        resolve();
      };
    },
  };
}
