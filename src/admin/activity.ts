import { createLatencies, type Latencies, type LatencySummary, type SlotSummary } from './latencies.ts';

/** What a primary does and did, as far as it is remembered: since the start of the process. */
export interface PrimaryActivity {
  readonly sessions: number;
  /** Of its sessions, the newest last, a bounded number of them. */
  readonly remotes: readonly string[];
  /** Since when it has a session, or has none. Unix ms. */
  readonly since: number;
  /** Unix ms. */
  readonly lastNotificationAt: number | null;
  /** Unix ms. */
  readonly lastAnswerAt: number | null;
  readonly lastMinute: LatencySummary;
  readonly coalesced: number;
  /** Sessions that are not read now. */
  readonly pausedSessions: number;
}

/** What happened, kept in memory that doesn't grow with it. Times are Unix ms. */
export interface Activity {
  /** It is configured from now on: nothing is known of it before. */
  added(primary: string): void;
  opened(primary: string, remote: string): void;
  closed(primary: string, remote: string): void;
  notified(primary: string, at: number): void;
  answered(primary: string, ms: number): void;
  coalesced(primary: string): void;
  paused(primary: string, active: boolean): void;
  deadLetters(reasons: readonly string[]): void;

  /** @param primary a configured one: each that is asked for is remembered */
  of(primary: string): PrimaryActivity;
  deadLettersByReason(): Readonly<Record<string, number>>;
  /** Sixty minutes, the present one last. */
  lastHour(): SlotSummary[];
}

/** A minute in steps of five seconds, and an hour in minutes. */
const minute = { slots: 12, slotMs: 5_000 };
const hour = { slots: 60, slotMs: 60_000 };
const maxRemotes = 10;

interface Remembered {
  readonly remotes: string[];
  since: number;
  lastNotificationAt: number | null;
  lastAnswerAt: number | null;
  readonly latencies: Latencies;
  coalesced: number;
  pausedSessions: number;
}

/** @param now Unix ms */
export function createActivity(now: () => number): Activity {
  const startedAt = now();
  const primaries = new Map<string, Remembered>();
  const deadLetters = new Map<string, number>();
  const all = createLatencies(hour.slots, hour.slotMs);

  function get(primary: string): Remembered {
    let found = primaries.get(primary);
    if (found === undefined) {
      const latencies = createLatencies(minute.slots, minute.slotMs);
      found = {
        remotes: [],
        since: startedAt,
        lastNotificationAt: null,
        lastAnswerAt: null,
        latencies,
        coalesced: 0,
        pausedSessions: 0,
      };
      primaries.set(primary, found);
    }
    return found;
  }

  return {
    added(primary) {
      const known = get(primary);
      if (known.remotes.length === 0) known.since = now();
    },
    opened(primary, remote) {
      const known = get(primary);
      if (known.remotes.push(remote) === 1) known.since = now();
    },
    closed(primary, remote) {
      const known = get(primary);
      const index = known.remotes.indexOf(remote);
      if (index >= 0) known.remotes.splice(index, 1);
      if (known.remotes.length === 0) known.since = now();
    },
    notified(primary, at) {
      get(primary).lastNotificationAt = at;
    },
    answered(primary, ms) {
      const at = now();
      const known = get(primary);
      known.lastAnswerAt = at;
      known.latencies.record(ms, at);
      all.record(ms, at);
    },
    coalesced(primary) {
      get(primary).coalesced++;
    },
    paused(primary, active) {
      get(primary).pausedSessions += active ? 1 : -1;
    },
    deadLetters(reasons) {
      for (const reason of reasons) deadLetters.set(reason, (deadLetters.get(reason) ?? 0) + 1);
    },
    of(primary) {
      const { remotes, latencies, ...known } = get(primary);
      return {
        ...known,
        sessions: remotes.length,
        remotes: remotes.slice(-maxRemotes),
        lastMinute: latencies.summary(now()),
      };
    },
    deadLettersByReason: () => Object.fromEntries(deadLetters),
    lastHour: () => all.slots(now()),
  };
}
