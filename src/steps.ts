import { setTimeout as delay } from 'node:timers/promises';
import type { Health } from './admin/health.ts';
import { BridgeError, reasonOf } from './errors.ts';

export interface StepOptions<Name extends string> {
  readonly health: Health;
  readonly stop: AbortSignal;
  /** Called when a step fails for a reason that it didn't fail for before, the last time or any earlier one. */
  readonly onWaiting: (step: Name, error: unknown) => void;
}

/**
 * Runs one step of the start until it succeeds. Rejects only with an error that is final, and when `stop` aborts, at once and with its reason: an
 * attempt that hangs doesn't hold up the stop, and what it may still open goes with the process.
 */
export type Step<Name extends string> = <T>(name: Name, attempt: () => Promise<T>) => Promise<T>;

/** Waits between attempts, in ms: what we wait for is restarted by others, and answers in seconds. */
const waitMs = { first: 500, cap: 5000 };
/** Reasons that aren't told again; the texts of others may be new each time. */
const maxRemembered = 20;

/**
 * The steps of the start, each a readiness check of its own: Kafka or the registry may come later than we do, and a process
 * that exits for that is restarted for nothing.
 */
export function createSteps<Name extends string>(
  names: readonly Name[],
  options: StepOptions<Name>,
): Step<Name> {
  const { health, stop, onWaiting } = options;
  for (const name of names) health.set(name, () => 'not started yet');
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => {});
  stop.addEventListener('abort', () => stopped.reject(stop.reason as Error), { once: true });

  return async (name, attempt) => {
    let reason: string | null = 'starting';
    const told = new Set<string>();
    health.set(name, () => reason);
    for (let wait = waitMs.first; ; wait = Math.min(wait * 2, waitMs.cap)) {
      stop.throwIfAborted();
      try {
        const value = await Promise.race([attempt(), stopped.promise]);
        reason = null;
        return value;
      } catch (error) {
        stop.throwIfAborted();
        if (error instanceof BridgeError && error.isFinal) throw error;
        reason = reasonOf(error);
        if (!told.has(reason)) onWaiting(name, error);
        if (told.size >= maxRemembered) told.clear();
        told.add(reason);
      }
      await delay(wait, undefined, { signal: stop });
    }
  };
}
