import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { partitionFor } from '../../../src/produce/partition.ts';
import {
  givenProducer,
  isSettled,
  recordOf,
  refusedBecause,
  scriptedAppend,
  turn,
  unknownBecause,
} from './given.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));

test('the records of one call to one partition are one batch, in order', async () => {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append);
  const produced = given.produce(numbers(5).map((n) => recordOf(n, n)));
  const call = await broker.next();
  expect(call.texts).toEqual(['0', '1', '2', '3', '4']);
  expect(call.to).toEqual({ topic: 'jobs', partition: 0 });
  call.confirm();
  expect(await produced).toEqual([]);
  expect(given.told).toEqual([['batchConfirmed', 5]]);
});

test('one batch is under way at a time; what arrives meanwhile is the next', async () => {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append);
  const first = given.produce([recordOf('a', '1')]);
  const call = await broker.next();
  const others = ['2', '3', '4'].map((value) => given.produce([recordOf('b', value)]));
  await turn();
  expect(broker.calls).toHaveLength(1);
  call.confirm();
  await first;
  const next = await broker.next();
  expect(next.texts).toEqual(['2', '3', '4']);
  next.confirm();
  await Promise.all(others);
  expect(broker.calls).toHaveLength(2);
});

test('partitions do not wait for each other', async () => {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append, {
    shapeOf: () => ({ partitions: 12, maxMessageBytes: 1_000 }),
  });
  const keys = ['client-a', 'localhost', ''];
  const produced = given.produce(keys.map((key) => recordOf(key, key)));
  await turn();
  expect(broker.calls.map(({ to }) => to.partition)).toEqual(
    keys.map((key) => partitionFor(Buffer.from(key), 12)),
  );
  expect(new Set(broker.calls.map(({ to }) => to.partition)).size).toBe(3);
  broker.calls.forEach((call) => call.confirm());
  expect(await produced).toEqual([]);
});

test('topics do not wait for each other', async () => {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append);
  const produced = given.produce([recordOf('a', '1'), recordOf('a', '2', { topic: 'images' })]);
  await turn();
  expect(broker.calls.map(({ to, texts }) => [to.topic, texts])).toEqual([
    ['jobs', ['1']],
    ['images', ['2']],
  ]);
  broker.calls.forEach((call) => call.confirm());
  expect(await produced).toEqual([]);
});

test('a call is confirmed only after all of its partitions, however long one lags', async () => {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append, {
    shapeOf: () => ({ partitions: 12, maxMessageBytes: 1_000 }),
  });
  const produced = given.produce(['client-a', 'localhost', ''].map((key) => recordOf(key, key)));
  await turn();
  const [lagging, ...others] = broker.calls;
  others.forEach((call) => call.confirm());
  expect(await isSettled(produced)).toBe(false);
  lagging?.fail(unknownBecause('REQUEST_TIMED_OUT'));
  expect(await isSettled(produced)).toBe(false);
  await retryOf(broker, 3, lagging);
  broker.calls[3]?.confirm();
  expect(await produced).toEqual([]);
});

test('a call without records is done at once', async () => {
  await using given = givenProducer(scriptedAppend().append);
  expect(await given.produce([])).toEqual([]);
});

test('a retry is the identical batch, as often as it takes, and nothing overtakes it', async () => {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append);
  const first = given.produce([recordOf('a', '1'), recordOf('b', '2')]);
  const { batch } = await failed(broker, unknownBecause('NOT_ENOUGH_REPLICAS'));
  const later = given.produce([recordOf('a', '3')]);
  for (let attempt = 2; attempt <= 20; attempt++) {
    expect((await failed(broker, unknownBecause('NOT_ENOUGH_REPLICAS'))).batch).toBe(batch);
  }
  const last = await broker.next();
  expect(last.batch).toBe(batch);
  last.confirm();
  await first;
  const next = await broker.next();
  expect(next.texts).toEqual(['3']);
  next.confirm();
  await later;
  expect(given.told.slice(0, 2)).toEqual([
    ['retry', 2, '1 NOT_ENOUGH_REPLICAS'],
    ['retry', 2, '2 NOT_ENOUGH_REPLICAS'],
  ]);
});

test.each([
  ['an Error', new Error('boom')],
  ['a TypeError', new TypeError('x is not a function')],
  ['a string', 'boom'],
  ['nothing', undefined],
])('what the client throws that says nothing of the batch is an unknown outcome: %s', async (_, thrown) => {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append);
  const produced = given.produce([recordOf('a', '1')]);
  const { batch } = await failed(broker, thrown);
  const again = await broker.next();
  expect(again.batch).toBe(batch);
  again.confirm();
  expect(await produced).toEqual([]);
});

test('a refusal of one record in one partition leaves the other partitions as they are', async () => {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append, {
    shapeOf: () => ({ partitions: 12, maxMessageBytes: 1_000 }),
  });
  const produced = given.produce([recordOf('client-a', '1'), recordOf('localhost', '2')]);
  await turn();
  broker.calls[1]?.fail(refusedBecause('INVALID_TIMESTAMP'));
  broker.calls[0]?.confirm();
  expect(await produced).toEqual([{ index: 1, code: 'INVALID_TIMESTAMP' }]);
  expect(broker.calls).toHaveLength(2);
});

type Broker = ReturnType<typeof scriptedAppend>;

/** Lets the next attempt fail. */
async function failed(broker: Broker, error: unknown) {
  const call = await broker.next();
  call.fail(error);
  return call;
}

/** The call at `index`, once it is there, has to repeat the batch of `earlier`. */
async function retryOf(
  broker: Broker,
  index: number,
  earlier: { batch: unknown } | undefined,
): Promise<void> {
  for (let call = await broker.next(); call !== broker.calls[index];) call = await broker.next();
  expect(broker.calls[index]?.batch).toBe(earlier?.batch);
}

test('a retry waits longer each time, from 50 ms up to the cap and never beyond it', async () => {
  const waits: number[] = [];
  const setTimeout = vi
    .spyOn(timers, 'setTimeout')
    .mockImplementation(async (ms) => void waits.push(ms ?? 0));
  syncBuiltinESMExports();
  try {
    let attempts = 0;
    const append = async () => {
      if (++attempts <= 12) throw unknownBecause('REQUEST_TIMED_OUT');
    };
    await using given = givenProducer(append, { retryWaitCapMs: 2_000 });
    await given.produce([recordOf('a', '1')]);
  } finally {
    setTimeout.mockRestore();
    syncBuiltinESMExports();
  }
  const longest = [50, 100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000];
  expect(waits).toHaveLength(longest.length);
  waits.forEach((wait, i) => {
    expect(wait).toBeGreaterThanOrEqual((longest[i] ?? 0) / 2);
    expect(wait).toBeLessThanOrEqual(longest[i] ?? 0);
  });
});
