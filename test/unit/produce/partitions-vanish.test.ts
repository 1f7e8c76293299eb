import { expect, test } from 'vitest';
import { AppendError } from '../../../src/produce/append.ts';
import { partitionFor } from '../../../src/produce/partition.ts';
import { givenProducer, recordOf, scriptedAppend, turn } from './given.ts';

const before = { partitions: 12, maxMessageBytes: 1_000 };
const after = { partitions: 2, maxMessageBytes: 1_000 };
const absent = new AppendError('unsent', 'PARTITION_ABSENT', 'no such partition');
const unknown = new AppendError('unknown', 'UNKNOWN_TOPIC_OR_PARTITION', 'no such topic');
const inOf = (key: string, partitions: number) => partitionFor(Buffer.from(key), partitions);
const keys = Array.from({ length: 40 }, (_, i) => `client-${i}`);
/** Keys whose partition vanishes, and one whose partition stays. */
const [gone, otherGone] = keys.filter((key) => inOf(key, 12) >= 2) as [string, string];
const stays = keys.find((key) => inOf(key, 12) < 2) as string;

function shrinking() {
  const broker = scriptedAppend();
  let shape = before;
  const given = givenProducer(broker.append, { shapeOf: () => shape });
  return { broker, given, shrink: () => (shape = after) };
}

const placed = (call: { to: { partition: number }; texts: readonly string[] }) => [
  call.to.partition,
  call.texts,
];

test('a partition that is absent only for the client is asked again, with the identical batch', async () => {
  const { broker, given } = shrinking();
  await using _ = given;
  const produced = given.produce([recordOf(gone, '1')]);
  const first = await broker.next();
  first.fail(absent);
  const again = await broker.next();
  expect(again.batch).toBe(first.batch);
  again.confirm();
  expect(await produced).toEqual([]);
});

test('what a partition did not confirm before it vanished is placed anew, in order and before what came later', async () => {
  const { broker, given, shrink } = shrinking();
  await using _ = given;
  const produced = [given.produce([recordOf(gone, '1')])];
  const first = await broker.next();
  produced.push(given.produce([recordOf(gone, '2')]), given.produce([recordOf(gone, '3')]));
  first.fail(unknown);
  const second = await broker.next();
  shrink();
  second.fail(absent);
  produced.push(given.produce([recordOf(gone, '4')]));
  await turn();
  produced.push(given.produce([recordOf(gone, '5')]));
  const texts: string[] = [];
  while (texts.length < 5) {
    const call = await broker.next();
    expect(call.to.partition).toBe(inOf(gone, 2));
    texts.push(...call.texts);
    call.confirm();
  }
  expect(texts).toEqual(['1', '2', '3', '4', '5']);
  expect(await Promise.all(produced)).toEqual([[], [], [], [], []]);
});

test('records are placed anew only when the lanes of the partitions that stay are empty', async () => {
  const { broker, given, shrink } = shrinking();
  await using _ = given;
  const produced = [given.produce([recordOf(stays, '1'), recordOf(gone, '2'), recordOf(otherGone, '3')])];
  await turn();
  shrink();
  const [staying, ...vanishing] = broker.calls;
  vanishing.forEach((call) => call.fail(absent));
  await turn();
  produced.push(given.produce([recordOf(stays, '4')]));
  await turn();
  expect(broker.calls).toHaveLength(1 + vanishing.length);
  staying?.confirm();
  await turn();
  const anew = broker.calls.slice(1 + vanishing.length);
  expect(anew.every(({ to }) => to.partition < 2)).toBe(true);
  expect(anew.flatMap(({ texts }) => texts).sort()).toEqual(['2', '3', '4']);
  expect(anew.map(placed)).toContainEqual([inOf(stays, 2), expect.arrayContaining(['4'])]);
  anew.forEach((call) => call.confirm());
  expect(await Promise.all(produced)).toEqual([[], []]);
});

test('stopping fails what waits to be placed anew', async () => {
  const { broker, given, shrink } = shrinking();
  await using _ = given;
  const pending = given.produce([recordOf(stays, '1'), recordOf(gone, '2')]);
  const displaced = given.produce([recordOf(gone, '3')]);
  await turn();
  shrink();
  broker.calls.find(({ texts }) => texts.includes('2'))?.fail(absent);
  await turn();
  const behind = given.produce([recordOf(stays, '4')]);
  const reason = new Error('stopped');
  given.producer.stop(reason);
  for (const produced of [pending, displaced, behind]) await expect(produced).rejects.toBe(reason);
});

test('as many records as there are may have to be placed anew', async () => {
  const maxMessageBytes = 1_000_000;
  let shape = { ...before, maxMessageBytes };
  await using given = givenProducer(
    (to) => (to.partition >= shape.partitions ? Promise.reject(absent) : Promise.resolve()),
    { shapeOf: () => shape },
  );
  const record = recordOf(gone, 'r');
  const produced = given.produce(Array.from({ length: 200_000 }, () => record));
  shape = { ...after, maxMessageBytes };
  expect(await produced).toEqual([]);
});
