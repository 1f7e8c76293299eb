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
  const settled = asked.map((answer) =>
    answer.then(
      () => null,
      (error: unknown) => error,
    ),
  );
  const late = new AbortController();
  const patience = delay(patienceMs, 'late' as const, { signal: late.signal }).catch(() => 'late' as const);
  try {
    const given = await Promise.race([Promise.any(asked).then((value) => ({ value })), patience]);
    if (given !== 'late') return given.value;
  } finally {
    late.abort();
  }
  const errors = (await Promise.all(settled.map((each) => Promise.race([each, null])))).filter(
    (each) => each !== null,
  );
  if (errors.length > 0) throw new AggregateError(errors);
  return await Promise.any(asked);
}
