import type { Logger } from 'pino';
import type { EventFields } from './events/actions.ts';

/** For how long lines of a kind are passed over after one was written. */
const quietMs = 10_000;

/**
 * Writes a line that a peer can bring about as often as it likes: the first of its kind at once, then at most one in ten
 * seconds, which says how many were passed over. Metrics count them all.
 * @param kind of a bounded set: each is remembered
 */
export type WriteSeldom = (kind: string, level: 'info' | 'warn', fields: EventFields, text: string) => void;

/** @param now in ms, of a clock that never goes back */
export function createSeldom(log: Logger, now: () => number): WriteSeldom {
  const kinds = new Map<string, { readonly quietUntil: number; passedOver: number }>();
  return (kind, level, fields, text) => {
    const last = kinds.get(kind);
    if (last !== undefined && now() < last.quietUntil) {
      last.passedOver++;
      return;
    }
    kinds.set(kind, { quietUntil: now() + quietMs, passedOver: 0 });
    const passedOver = last?.passedOver ?? 0;
    log[level](passedOver === 0 ? fields : { ...fields, passedOver }, text);
  };
}
