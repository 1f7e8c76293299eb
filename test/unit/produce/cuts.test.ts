import { expect, test } from 'vitest';
import type { Append } from '../../../src/produce/append.ts';
import { createCutJudge } from '../../../src/produce/cuts.ts';
import { cutAt, givenProducer, recordOf, textsOf, unknownBecause } from './given.ts';

const large = 1_000_000;

/** A way to Kafka that is cut on each request of more records than so many, or with a record that can't pass. */
function cutting(maxRecords: number, cannotPass: readonly string[] = [], requestBytes = large) {
  const attempts: string[][] = [];
  const written: string[] = [];
  const append: Append = async (_to, batch) => {
    const texts = textsOf(batch);
    attempts.push(texts);
    if (texts.length > maxRecords || texts.some((text) => cannotPass.includes(text)))
      throw cutAt(requestBytes);
    written.push(...texts);
  };
  return { append, attempts, written };
}

const records = (count: number) => Array.from({ length: count }, (_, n) => recordOf('a', String(n)));

test('a batch that is cut twice goes on as its halves, in order, and the halves of a half at once', async () => {
  const { append, attempts, written } = cutting(2);
  await using given = givenProducer(append);
  expect(await given.produce(records(8))).toEqual([]);
  expect(attempts.map(({ length }) => length)).toEqual([8, 8, 4, 2, 2, 4, 2, 2]);
  expect(written).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  expect(given.told.filter(([event]) => event === 'batchCut')).toEqual([
    ['batchCut', 8, '1000000 halve'],
    ['batchCut', 4, '1000000 halve'],
    ['batchCut', 4, '1000000 halve'],
  ]);
});

test('a single record that is cut ten times in a row is refused; what shared its batch, and what comes after it, is written', async () => {
  const { append, attempts, written } = cutting(9, ['1']);
  await using given = givenProducer(append);
  const [one, later] = [given.produce(records(3)), given.produce([recordOf('a', 'later')])];
  expect(await one).toEqual([{ index: 1, code: 'REQUEST_CUT' }]);
  expect(await later).toEqual([]);
  expect(written).toEqual(['0', '2', 'later']);
  expect(attempts.filter((texts) => texts.join() === '1')).toHaveLength(10);
  expect(given.told).toContainEqual(['batchRefused', 1, 'REQUEST_CUT']);
});

test('cuts count in a row only: anything else between them begins anew', async () => {
  const outcomes = [
    ...Array.from({ length: 9 }, () => cutAt(large)),
    unknownBecause('REQUEST_TIMED_OUT'),
    ...Array.from({ length: 9 }, () => cutAt(large)),
    null,
  ];
  const append: Append = async () => {
    const outcome = outcomes.shift();
    if (outcome instanceof Error) throw outcome;
  };
  await using given = givenProducer(append);
  expect(await given.produce(records(1))).toEqual([]);
  expect(outcomes).toEqual([]);
});

test('what is cut although it is small goes again, whole, for as long as it takes: it is not its size', async () => {
  let attempts = 0;
  const append: Append = async (_to, batch) => {
    expect(batch).toHaveLength(4);
    if (++attempts <= 30) throw cutAt(65_535);
  };
  await using given = givenProducer(append);
  expect(await given.produce(records(4))).toEqual([]);
  expect(attempts).toBe(31);
  expect(given.told.filter(([event]) => event === 'batchRefused')).toEqual([]);
});

test('after one was given up another as large needs two cuts; a smaller one, or one ten minutes later, ten', () => {
  let now = 0;
  const { judge } = createCutJudge(() => now);
  const cutsOf = (bytes: number) => {
    let cuts = 1;
    while (judge(1, bytes, cuts, false) === 'again') cuts++;
    return cuts;
  };
  expect([cutsOf(large), cutsOf(large), cutsOf(large + 1), cutsOf(large - 1)]).toEqual([10, 2, 2, 10]);
  now += 600_000;
  expect(cutsOf(large)).toBe(10);
});
