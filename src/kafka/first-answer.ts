import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks one after the other until one answers: the next when the one before has failed, or has said nothing for `patienceMs`. What was asked
 * goes on; the first answer counts, so that one that hangs costs its patience only.
 * Rejects, when all have failed, with an AggregateError of their errors in the order in which they were asked.
 */
export async function firstAnswer<From, Answer>(
  candidates: readonly From[],
  ask: (candidate: From) => Promise<Answer>,
  patienceMs: number,
): Promise<Answer> {
  const asked: Promise<Answer>[] = [];
  for (const candidate of candidates) {
    const answer = ask(candidate);
    asked.push(answer);
    const first = Promise.any(asked);
    first.catch(() => {});
    const over = new AbortController();
    const patience = delay(patienceMs, null, { signal: over.signal }).catch(() => null);
    const failed = answer.then(
      () => new Promise<never>(() => {}),
      () => null,
    );
    const given = await Promise.race([
      first.then(
        (value) => ({ value }),
        () => null,
      ),
      failed,
      patience,
    ]);
    over.abort();
    if (given !== null) return given.value;
  }
  return await Promise.any(asked);
}
