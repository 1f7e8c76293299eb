import { isProbe } from './probe.ts';

/** Sessions of the probe's token at once: it is a command that runs for moments, and a second host may run it meanwhile. */
export const maxProbeSessions = 2;

/**
 * A session that is younger keeps its place, in ms. NetBackup's connection process runs every 60 s (protocol, connection rules), so
 * a session from before its last run may be a leftover, and one that came since isn't. A half-open session that is younger keeps its
 * place until the heartbeat ends it, after four intervals: its successor gets in by the next run or the one after it.
 */
export const minAgeMs = 60_000;

/** Two of these runs: a client that is still left out has knocked again by then. In ms. */
export const quietMs = 120_000;

/** How many sessions a primary has, and which of them gives way to another one (docs/adr/0014-sessions-of-a-primary.md). */
export interface SessionLimit {
  /**
   * Asks for a place. At the limit the oldest session gives way, where it is old enough and the primary hasn't exchanged
   * all of its sessions since it last was quiet: clients that are too many must not drive each other out for ever.
   * @param giveWay called once, when a later session takes the place
   * @returns how to free the place, which may be called in any case; null where there is none
   */
  admit(primary: string, giveWay: () => void): (() => void) | null;
}

interface Place {
  readonly since: number;
  readonly giveWay: () => void;
}

interface Held {
  /** In the order of their authentication. */
  readonly places: Set<Place>;
  /** How many may still give way before the primary has to be quiet. */
  exchanges: number;
  /** When there was no place last. */
  fullAt: number;
}

/** @param now ms, of a clock that never goes back */
export function createSessionLimit(maxPerPrimary: number, now: () => number): SessionLimit {
  /** By names that have or had a token: a bounded number. */
  const held = new Map<string, Held>();

  function of(primary: string): Held {
    let entry = held.get(primary);
    if (entry === undefined)
      held.set(primary, (entry = { places: new Set(), exchanges: 0, fullAt: -Infinity }));
    return entry;
  }

  function makeRoom(entry: Held, max: number): boolean {
    const time = now();
    if (time - entry.fullAt > quietMs) entry.exchanges = max;
    entry.fullAt = time;
    const [oldest] = entry.places;
    if (oldest === undefined || time - oldest.since < minAgeMs || entry.exchanges === 0) return false;
    entry.exchanges--;
    entry.places.delete(oldest);
    oldest.giveWay();
    return true;
  }

  return {
    admit(primary, giveWay) {
      const entry = of(primary);
      const max = isProbe(primary) ? maxProbeSessions : maxPerPrimary;
      if (entry.places.size >= max && !makeRoom(entry, max)) return null;
      const place: Place = { since: now(), giveWay };
      entry.places.add(place);
      return () => void entry.places.delete(place);
    },
  };
}
