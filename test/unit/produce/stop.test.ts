import { expect, test } from 'vitest';
import { givenProducer, isSettled, recordOf, scriptedAppend, turn, unknownBecause } from './given.ts';

const reason = new Error('the drain took too long');

test('stopping fails what waits behind a batch under way, and what comes later', async () => {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append);
  const first = given.produce([recordOf('a', '1')]);
  const call = await broker.next();
  const waiting = given.produce([recordOf('a', '2')]);
  given.producer.stop(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(given.produce([recordOf('a', '3')])).rejects.toBe(reason);
  await expect(first).rejects.toBe(reason);
  call.confirm();
  await turn();
  expect(broker.calls).toHaveLength(1);
});

test('stopping fails what is under way at once, though the broker never answers', async () => {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append);
  const pending = given.produce([recordOf('a', '1')]);
  await broker.next();
  expect(await isSettled(pending)).toBe(false);
  given.producer.stop(reason);
  await expect(pending).rejects.toBe(reason);
});

test('stopping ends the retries', async () => {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append, { retryWaitCapMs: 1_000_000 });
  const pending = given.produce([recordOf('a', '1')]);
  (await broker.next()).fail(unknownBecause('REQUEST_TIMED_OUT'));
  await turn();
  given.producer.stop(reason);
  await expect(pending).rejects.toBe(reason);
  await turn();
  expect(broker.calls).toHaveLength(1);
});

test('what is confirmed before the stop stays confirmed', async () => {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append);
  const produced = given.produce([recordOf('a', '1')]);
  (await broker.next()).confirm();
  expect(await produced).toEqual([]);
  given.producer.stop(reason);
  expect(await produced).toEqual([]);
});

test('records that were added in the same moment as the stop are never sent', async () => {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append);
  const pending = given.produce([recordOf('a', '1')]);
  given.producer.stop(reason);
  await expect(pending).rejects.toBe(reason);
  await turn();
  expect(broker.calls).toEqual([]);
});

test('the first reason counts, also when the producer is disposed of afterwards', async () => {
  const broker = scriptedAppend();
  const given = givenProducer(broker.append);
  const pending = given.produce([recordOf('a', '1')]);
  given.producer.stop(reason);
  given.producer.stop(new Error('again'));
  await given[Symbol.asyncDispose]();
  await expect(pending).rejects.toBe(reason);
});

test('disposing of a producer fails what is pending', async () => {
  const broker = scriptedAppend();
  const given = givenProducer(broker.append);
  const pending = given.produce([recordOf('a', '1')]);
  const failure = expect(pending).rejects.toThrow(/closed/);
  await given[Symbol.asyncDispose]();
  await failure;
});
