import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { envelope, envelopeText, job, jobs, requestOf } from '../../helpers/messages.ts';
import { givenPipeline, scriptedProduce } from './given.ts';

const many = (count: number, element: unknown, id = 'M1') =>
  requestOf(envelope([jobs(...Array.from({ length: count }, () => element))], { id }));

test('a message of few entries has taken its places when the call returns', () => {
  const kafka = scriptedProduce();
  const { deliver } = givenPipeline(kafka.produce);
  let taken = false;
  void deliver(many(256, job), () => (taken = true));
  expect([taken, kafka.calls.length]).toEqual([true, 1]);
});

test('one of many entries is encoded in turns with others, and says when it has taken its places', async () => {
  const kafka = scriptedProduce();
  const { deliver } = givenPipeline(kafka.produce);
  const { promise, resolve } = Promise.withResolvers<void>();
  let turns = 0;
  const delivery = deliver(many(1_000, 'no object'), resolve);
  expect(kafka.calls).toHaveLength(0);
  const ticking = new AbortController();
  const tick = async () => {
    for (; !ticking.signal.aborted; turns++) await setImmediate();
  };
  const ticks = tick();
  await promise;
  ticking.abort();
  await ticks;
  expect(turns).toBeGreaterThan(1);
  expect(kafka.calls[0]?.records).toHaveLength(1_000);
  kafka.calls[0]?.commit();
  expect((await delivery).deadLetters).toHaveLength(1_000);
});

test('what needs no places says so at once: an empty message, a resend', () => {
  const kafka = scriptedProduce();
  const { deliver } = givenPipeline(kafka.produce);
  const taken: string[] = [];
  void deliver(requestOf(envelope([])), () => taken.push('empty'));
  void deliver(many(1, job), () => taken.push('first'));
  void deliver(many(1, job), () => taken.push('resend'));
  expect(taken).toEqual(['empty', 'first', 'resend']);
});

test('what can not be encoded at all still says so', async () => {
  const { deliver } = givenPipeline(scriptedProduce().produce, {
    split: () => {
      throw new Error('broken');
    },
  });
  let taken = false;
  await expect(deliver(many(1, job), () => (taken = true))).rejects.toThrow('broken');
  expect(taken).toBe(true);
});

test('a rejected frame is one dead letter at once', () => {
  const kafka = scriptedProduce();
  const { deliver } = givenPipeline(kafka.produce);
  void deliver(requestOf(envelopeText('5')));
  expect(kafka.calls[0]?.records).toHaveLength(1);
});
