import type { DeliveryReport } from './report.ts';

export interface ResendLimits {
  /** How long an answered message is remembered, in ms. */
  readonly windowMs: number;
  /** How many answered messages of a primary are remembered. */
  readonly maxPerPrimary: number;
  /** How many resends may wait for one delivery. */
  readonly maxJoinsPerMessage: number;
}

/** What is known of a message: never seen, on its way, answered within the window, or joined too often. */
export type Known =
  | { readonly is: 'new'; /** Whether the id was seen with another payload. */ readonly idReused: boolean }
  | { readonly is: 'pending'; readonly delivery: Promise<DeliveryReport> }
  | { readonly is: 'answered' }
  | { readonly is: 'joined-too-often' };

/**
 * Recognises a resend: the same id and the same payload (by digest), per primary, while it is in flight or for a while
 * after it was answered. When in doubt a message is new: a copy can be dropped by its event name, a loss can't be mended.
 */
export interface Resends {
  /** Asking counts as joining where the message is pending. */
  look(primary: string, id: string, digest: string): Known;
  /** Enters a delivery; it is remembered as answered when it resolves, and forgotten when it rejects. */
  enter(primary: string, id: string, digest: string, delivery: Promise<DeliveryReport>): void;
}

interface Seen {
  readonly key: string;
  readonly id: string;
  /** Null once it is answered. */
  delivery: Promise<DeliveryReport> | null;
  joins: number;
  /** Unix ms. */
  answeredAt: number;
}

/** The messages of one primary. */
interface Ledger {
  /** By id and digest. */
  readonly pending: Map<string, Seen>;
  readonly answered: Map<string, Seen>;
  /** The answered ones in the order of their answers, from `oldest` on: a Map is slow to give its first after many deletions. */
  order: Seen[];
  oldest: number;
  /** How many of both have an id. */
  readonly ids: Map<string, number>;
}

/** Empty: a restart forgets what was answered. @param now Unix ms */
export function createResends(limits: ResendLimits, now: () => number): Resends {
  const ledgers = new Map<string, Ledger>();

  function ledgerOf(primary: string): Ledger {
    let ledger = ledgers.get(primary);
    if (ledger === undefined) {
      ledger = { pending: new Map(), answered: new Map(), order: [], oldest: 0, ids: new Map() };
      ledgers.set(primary, ledger);
    }
    return ledger;
  }

  /** Takes out what is too old, or one too many. */
  function trim(ledger: Ledger): void {
    const { answered, ids, order } = ledger;
    const firstKept = now() - limits.windowMs;
    for (let seen = order[ledger.oldest]; seen !== undefined; seen = order[++ledger.oldest]) {
      if (answered.size <= limits.maxPerPrimary && seen.answeredAt > firstKept) break;
      answered.delete(seen.key);
      forget(ids, seen.id);
    }
    if (ledger.oldest <= order.length / 2) return;
    ledger.order = order.slice(ledger.oldest);
    ledger.oldest = 0;
  }

  return {
    look(primary, id, digest) {
      const ledger = ledgerOf(primary);
      trim(ledger);
      const key = keyOf(id, digest);
      if (ledger.answered.has(key)) return { is: 'answered' };
      const seen = ledger.pending.get(key);
      if (seen === undefined || seen.delivery === null) return { is: 'new', idReused: ledger.ids.has(id) };
      if (seen.joins >= limits.maxJoinsPerMessage) return { is: 'joined-too-often' };
      seen.joins++;
      return { is: 'pending', delivery: seen.delivery };
    },
    enter(primary, id, digest, delivery) {
      const ledger = ledgerOf(primary);
      const key = keyOf(id, digest);
      const seen: Seen = { key, id, delivery, joins: 0, answeredAt: 0 };
      ledger.pending.set(key, seen);
      ledger.ids.set(id, (ledger.ids.get(id) ?? 0) + 1);
      delivery.then(
        () => {
          ledger.pending.delete(key);
          seen.delivery = null;
          seen.answeredAt = now();
          ledger.answered.set(key, seen);
          ledger.order.push(seen);
          trim(ledger);
        },
        () => {
          ledger.pending.delete(key);
          forget(ledger.ids, id);
        },
      );
    },
  };
}

function keyOf(id: string, digest: string): string {
  return `${digest}${id}`;
}

function forget(ids: Map<string, number>, id: string): void {
  const count = (ids.get(id) ?? 0) - 1;
  if (count > 0) ids.set(id, count);
  else ids.delete(id);
}
