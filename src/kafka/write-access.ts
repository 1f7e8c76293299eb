import { type Append, AppendError } from '../produce/append.ts';
import type { Appender } from './append.ts';
import { placeOf } from './read-range.ts';
import { refusalOf } from './refusal.ts';

/** An appender whose errors say what to mend, where somebody has to. */
export interface WriteAccess {
  readonly append: Append;
  /** @throws AppendError */
  connect(): Promise<void>;
  /** Why a partition can't be written until somebody mends something; null where every one can, or just isn't there. */
  readonly refused: string | null;
}

/**
 * Without this a bridge that lacks a right only looks slow: its lanes retry for ever, and the connection that is watched answers.
 * Nothing is remembered of what mends itself, such as a broker that is down.
 */
export function watchWriteAccess(appender: Pick<Appender, 'append' | 'connect'>): WriteAccess {
  const refused = new Map<string, string>();
  return {
    async append(to, batch) {
      const place = placeOf(to.topic, to.partition);
      try {
        await appender.append(to, batch);
      } catch (error) {
        const explained = explain(error, to.topic);
        if (explained !== null) refused.set(place, explained.message);
        else if (error instanceof AppendError && error.outcome !== 'unknown') refused.delete(place);
        throw explained ?? error;
      }
      refused.delete(place);
    },
    async connect() {
      try {
        await appender.connect();
      } catch (error) {
        throw explain(error, 'the producers') ?? error;
      }
    },
    get refused() {
      return refused.values().next().value ?? null;
    },
  };
}

function explain(error: unknown, what: string): AppendError | null {
  const refusal = refusalOf(error);
  if (refusal === null) return null;
  const outcome = error instanceof AppendError ? error.outcome : 'unknown';
  return new AppendError(outcome, refusal.code, `${what}: ${refusal.text}`, error);
}
