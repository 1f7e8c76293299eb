import { expect, test } from 'vitest';
import { partitionFor } from '../../../src/produce/partition.ts';
import { givenProducer, recordOf, scriptedAppend, turn } from './given.ts';

const key = 'client-a';
const before = { partitions: 5, maxMessageBytes: 1_000 };
const after = { partitions: 12, maxMessageBytes: 1_000 };
const old = partitionFor(Buffer.from(key), 5);
const grown = partitionFor(Buffer.from(key), 12);

function changing() {
  const broker = scriptedAppend();
  const shapes: Record<string, typeof before> = { jobs: before, images: before };
  const given = givenProducer(broker.append, { shapeOf: (topic) => shapes[topic] ?? before });
  return { broker, shapes, given };
}

test('the test tells the two numbers of partitions apart', () => {
  expect(old).not.toBe(grown);
});

test('a new number of partitions counts at once where no record is on its way', async () => {
  const { broker, shapes, given } = changing();
  await using _ = given;
  const first = given.produce([recordOf(key, '1')]);
  const call = await broker.next();
  expect(call.to.partition).toBe(old);
  call.confirm();
  await first;
  await turn();
  shapes['jobs'] = after;
  const second = given.produce([recordOf(key, '2')]);
  const next = await broker.next();
  expect(next.to.partition).toBe(grown);
  next.confirm();
  await second;
});

test('a new number of partitions waits until no record of the topic is on its way, so that order per key holds', async () => {
  const { broker, shapes, given } = changing();
  await using _ = given;
  const first = given.produce([recordOf(key, '1')]);
  const call = await broker.next();
  shapes['jobs'] = after;
  const others = [given.produce([recordOf(key, '2')]), given.produce([recordOf('localhost', '3')])];
  await turn();
  expect(broker.calls.map(({ to, texts }) => [to.partition, texts])).toEqual([
    [old, ['1']],
    [partitionFor(Buffer.from('localhost'), 5), ['3']],
  ]);
  broker.calls[1]?.confirm();
  call.confirm();
  await first;
  await turn();
  const last = broker.calls.at(-1);
  expect([last?.to.partition, last?.texts]).toEqual([old, ['2']]);
  last?.confirm();
  await Promise.all(others);
  await turn();
  const next = given.produce([recordOf(key, '4')]);
  await turn();
  expect([broker.calls.at(-1)?.to.partition, broker.calls.at(-1)?.texts]).toEqual([grown, ['4']]);
  broker.calls.at(-1)?.confirm();
  await next;
});

test('one topic does not wait for the records of another', async () => {
  const { broker, shapes, given } = changing();
  await using _ = given;
  const image = given.produce([recordOf(key, '1', { topic: 'images' })]);
  await turn();
  shapes['jobs'] = after;
  const job = given.produce([recordOf(key, '2')]);
  await turn();
  expect(broker.calls.map(({ to }) => [to.topic, to.partition])).toEqual([
    ['images', old],
    ['jobs', grown],
  ]);
  broker.calls.forEach((call) => call.confirm());
  await Promise.all([image, job]);
});

test('a shape of the same number of partitions keeps the lanes: nothing overtakes', async () => {
  const { broker, shapes, given } = changing();
  await using _ = given;
  const first = given.produce([recordOf(key, '1')]);
  const call = await broker.next();
  shapes['jobs'] = { ...before, maxMessageBytes: 2_000 };
  const second = given.produce([recordOf(key, '2')]);
  await turn();
  expect(broker.calls).toHaveLength(1);
  call.confirm();
  await first;
  (await broker.next()).confirm();
  await second;
});
