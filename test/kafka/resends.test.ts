import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMetrics } from '../helpers/admin.ts';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';

let bridge: TestBridge;

beforeAll(async () => {
  bridge = await startTestBridge({ primaries: ['primary1', 'primary2'] });
});
afterAll(() => bridge[Symbol.asyncDispose]());

/** The jobIds in Kafka under a message id, in order of their offsets (they have one key). */
async function jobIdsOf(id: string): Promise<unknown[]> {
  const records = await bridge.read(1);
  return records.filter(({ value }) => value?.['messageId'] === id).map(({ value }) => value?.['jobId']);
}

test('a resend while the first is in flight, and one after its answer, are answered and make no copy', async () => {
  await using primary = await bridge.connect();
  const id = randomUUID();
  const message = envelope([jobs({ ...job, jobId: 1 })], { id });
  // In one turn: the second is read while the first is on its way to Kafka.
  primary.send(message);
  primary.send(message);
  await primary.answered(id, 2);
  primary.send({ ...message, timeStamp: message.timeStamp + 5 });
  await primary.answered(id, 3);
  expect(await jobIdsOf(id)).toEqual([1]);
});

test('a resend over a new connection of the same primary makes no copy', async () => {
  const id = randomUUID();
  const message = envelope([jobs({ ...job, jobId: 2 })], { id });
  for (let connection = 0; connection < 2; connection++) {
    await using primary = await bridge.connect();
    primary.send(message);
    await primary.answered(id);
  }
  expect(await jobIdsOf(id)).toEqual([2]);
});

test('the same id with another payload is a delivery of its own, and is counted', async () => {
  await using primary = await bridge.connect();
  const id = randomUUID();
  primary.send(envelope([jobs({ ...job, jobId: 3 })], { id }));
  primary.send(envelope([jobs({ ...job, jobId: 4 })], { id }));
  await primary.answered(id, 2);
  expect(await jobIdsOf(id)).toEqual([3, 4]);
  expect((await readMetrics(bridge.bridge.adminUrl)).value('nbwss_id_reused_total')).toBe(1);
});

test('the same message of another primary is another event', async () => {
  const id = randomUUID();
  for (const name of ['primary1', 'primary2']) {
    await using primary = await bridge.connect(name);
    primary.send(envelope([jobs({ ...job, jobId: 5 })], { id }));
    await primary.answered(id);
  }
  expect(await jobIdsOf(id)).toEqual([5, 5]);
});

test('a message whose connection is cut before the answer is in Kafka once after its resend', async () => {
  const id = randomUUID();
  const message = envelope([jobs({ ...job, jobId: 6 })], { id });
  {
    await using primary = await bridge.connect();
    primary.send(message);
  }
  await using primary = await bridge.connect();
  primary.send(message);
  await primary.answered(id);
  expect(await jobIdsOf(id)).toEqual([6]);
});
