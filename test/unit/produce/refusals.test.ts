import { expect, test } from 'vitest';
import type { Append, AppendError } from '../../../src/produce/append.ts';
import { givenProducer, recordOf, refusedBecause, scriptedAppend, textsOf, unknownBecause } from './given.ts';

/** A broker that takes every batch without one of the culprits. */
function picky(culprits: readonly string[], code = 'INVALID_RECORD') {
  const written: string[] = [];
  const attempts: string[][] = [];
  const append: Append = async (_to, batch) => {
    const texts = textsOf(batch);
    attempts.push(texts);
    if (texts.some((text) => culprits.includes(text))) throw refusedBecause(code);
    written.push(...texts);
  };
  return { append, written, attempts };
}

const numbers = Array.from({ length: 10 }, (_, i) => String(i));
const records = numbers.map((n) => recordOf('a', n));

test.each([
  ['the first', ['0']],
  ['the last', ['9']],
  ['one in the middle', ['4']],
  ['neighbours', ['4', '5']],
  ['the ends', ['0', '9']],
  ['three', ['1', '2', '8']],
  ['all', numbers],
])(
  'only the records that can never pass are refused, the others are written in order: %s',
  async (_, culprits) => {
    const broker = picky(culprits);
    await using given = givenProducer(broker.append);
    const refused = await given.produce(records);
    expect(refused).toEqual(culprits.map((n) => ({ index: Number(n), code: 'INVALID_RECORD' })));
    expect(broker.written).toEqual(numbers.filter((n) => !culprits.includes(n)));
    expect(given.told.filter(([event]) => event === 'retry')).toEqual([]);
  },
);

test('refused records are given back in their order, whoever refused them first', async () => {
  const broker = picky(['1', '2']);
  await using given = givenProducer(broker.append, {
    shapeOf: () => ({ partitions: 1, maxMessageBytes: 1_000 }),
  });
  const sent = ['1', 'x'.repeat(2_000), '2'].map((value) => recordOf('a', value));
  expect((await given.produce(sent)).map(({ index }) => index)).toEqual([0, 1, 2]);
});

test('one culprit among a thousand is found in few requests', async () => {
  const broker = picky(['617']);
  await using given = givenProducer(broker.append);
  const thousand = Array.from({ length: 1_000 }, (_, i) => recordOf('a', String(i)));
  expect(await given.produce(thousand)).toEqual([{ index: 617, code: 'INVALID_RECORD' }]);
  expect(broker.written).toHaveLength(999);
  expect(broker.attempts.length).toBeLessThanOrEqual(21);
});

test('each call hears of its own records, though they shared a batch', async () => {
  const broker = picky(['2', '5']);
  await using given = givenProducer(broker.append);
  const calls = [records.slice(0, 3), records.slice(3, 5), records.slice(5)].map((part) =>
    given.produce(part),
  );
  const code = 'INVALID_RECORD';
  expect(await Promise.all(calls)).toEqual([[{ index: 2, code }], [], [{ index: 0, code }]]);
});

test('what comes later waits until the culprit is found', async () => {
  const broker = picky(['0']);
  await using given = givenProducer(broker.append);
  const first = given.produce(records.slice(0, 4));
  const later = given.produce([recordOf('a', 'later')]);
  expect(await first).toHaveLength(1);
  await later;
  expect(broker.written).toEqual(['1', '2', '3', 'later']);
});

/** Fails the attempts with these errors, in order, and confirms what comes after; gives the batches that were sent. */
async function attempts(errors: readonly AppendError[], count = 2) {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append);
  const produced = given.produce(records.slice(0, count));
  for (const error of errors) (await broker.next()).fail(error);
  const done = produced.then(() => null);
  for (let call = await next(); call !== null; call = await next()) call.confirm();
  return { refused: await produced, calls: broker.calls, told: given.told };

  function next() {
    return Promise.race([broker.next(), done]);
  }
}

const timeout = unknownBecause('REQUEST_TIMED_OUT');
const tooLarge = refusedBecause('MESSAGE_TOO_LARGE');

test('a batch that was refused at first sight is taken apart at once', async () => {
  const { calls, told } = await attempts([tooLarge]);
  expect(calls.map(({ texts }) => texts)).toEqual([['0', '1'], ['0'], ['1']]);
  expect(told[0]).toEqual(['batchRefused', 2, 'MESSAGE_TOO_LARGE']);
});

test('a batch that may be written already is sent whole again, and taken apart at the first refusal', async () => {
  const { calls, refused, told } = await attempts([timeout, timeout, tooLarge]);
  expect(calls.map(({ texts }) => texts)).toEqual([
    ...Array.from({ length: 3 }, () => ['0', '1']),
    ['0'],
    ['1'],
  ]);
  expect(new Set(calls.slice(0, 3).map(({ batch }) => batch)).size).toBe(1);
  expect(refused).toEqual([]);
  expect(told.map(([event]) => event)).toEqual([
    'retry',
    'retry',
    'batchRefused',
    'batchConfirmed',
    'batchConfirmed',
  ]);
});

test('a single record that may be written is refused by the first refusal', async () => {
  const { calls, refused } = await attempts([timeout, tooLarge], 1);
  expect(calls).toHaveLength(2);
  expect(refused).toEqual([{ index: 0, code: 'MESSAGE_TOO_LARGE' }]);
});

test('a half of a refused batch is retried like any batch', async () => {
  const { calls, refused } = await attempts([tooLarge, timeout, timeout]);
  expect(calls.map(({ texts }) => texts)).toEqual([['0', '1'], ['0'], ['0'], ['0'], ['1']]);
  expect(calls[2]?.batch).toBe(calls[1]?.batch);
  expect(refused).toEqual([]);
});
