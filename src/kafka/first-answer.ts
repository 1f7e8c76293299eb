import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks one after the other until one answers: the next when the one before has failed, or has said nothing for `patienceMs`. What was asked
 * goes on; the first answer counts, so that one that hangs costs its patience only.
 * Rejects with an AggregateError of their errors, in the order in which they were asked, when all have failed; or when some have, and the
 * others say nothing for another `patienceMs`: those that failed may be back by then, and are to be asked again.
 */
export async function firstAnswer<From, Answer>(
  candidates: readonly From[],
  ask: (candidate: From) => Promise<Answer>,
  patienceMs: number,
): Promise<Answer> {
  const asked: Promise<Answer>[] = [];
  /** By the place of who failed. */
  const errors = new Map<number, unknown>();
  for (const candidate of candidates) {
    const answer = ask(candidate);
    const place = asked.push(answer);
    const failed = answer.then(
      () => new Promise<never>(() => {}),
      (error: unknown) => {
        errors.set(place, error);
        return null;
      },
    );
    const given = await within(patienceMs, [firstOf(asked), failed]);
    if (given !== null) return given.value;
  }
  const given = await within(patienceMs, [firstOf(asked)]);
  if (given !== null) return given.value;
  if (errors.size === 0) return await Promise.any(asked);
  const inOrder = [...errors].sort(([one], [other]) => one - other).map(([, error]) => error);
  throw new AggregateError(inOrder);
}

/** Null where all have failed. */
async function firstOf<Answer>(asked: readonly Promise<Answer>[]): Promise<{ value: Answer } | null> {
  return await Promise.any(asked).then(
    (value) => ({ value }),
    () => null,
  );
}

/** The first of the promises; null when the time is over before. */
async function within<T>(ms: number, promises: readonly Promise<T | null>[]): Promise<T | null> {
  const over = new AbortController();
  const late = delay(ms, null, { signal: over.signal }).catch(() => null);
  try {
    return await Promise.race([...promises, late]);
  } finally {
    over.abort();
  }
}
