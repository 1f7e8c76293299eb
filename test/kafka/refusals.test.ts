import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMetrics } from '../helpers/admin.ts';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { connectKafkaAdmin, type KafkaAdmin } from '../helpers/kafka-admin.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';
import type { TestPrimary } from '../helpers/primary.ts';

/** The bridge reads the topics' limits at its start; what is lowered afterwards it hears from the broker only. */
let bridge: TestBridge;
let admin: KafkaAdmin;
let primary: TestPrimary;

beforeAll(async () => {
  admin = await connectKafkaAdmin();
  bridge = await startTestBridge({
    prepare: ({ jobs: topic }) => admin.configure(topic, 'max.message.bytes', '50000'),
  });
  primary = await bridge.connect();
});
afterAll(async () => {
  await primary[Symbol.asyncDispose]();
  await admin[Symbol.asyncDispose]();
  await bridge[Symbol.asyncDispose]();
});

const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ ...job, jobId: index + 1 }));
const large = (jobId: number, bytes: number) => ({ ...job, jobId, note: 'x'.repeat(bytes) });

/** What became of the messages with these ids: the jobIds in order, and the dead letters. */
async function fateOf(...ids: string[]) {
  const records = (await bridge.read(0)).filter(({ value }) => ids.includes(String(value?.['messageId'])));
  return {
    jobs: records.filter(({ topic }) => topic === bridge.topics.jobs).map(({ value }) => value?.['jobId']),
    deadLetters: records
      .filter(({ topic }) => topic === bridge.topics.deadLetters)
      .map(({ value }) => value ?? {}),
  };
}

test("records over the topic's known limit are dead letters, their raw bytes cut where need be, and their neighbours pass", async () => {
  const id = randomUUID();
  const entries = numbered(10);
  entries.splice(4, 0, large(99, 1_200_000), large(98, 60_000));
  primary.send(envelope([jobs(...entries)], { id }));
  await primary.answered(id);
  const { jobs: written, deadLetters } = await fateOf(id);
  expect(written).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(deadLetters).toMatchObject([
    { reason: 'too-large', entryIndex: 4, rawTruncated: true },
    { reason: 'too-large', entryIndex: 5, rawTruncated: false },
  ]);
  const [cut = '', whole] = deadLetters.map(({ raw }) => Buffer.from(String(raw), 'base64').toString());
  expect(cut.length).toBeGreaterThan(1_000_000);
  expect(JSON.stringify(entries[4]).startsWith(cut)).toBe(true);
  expect(whole).toBe(JSON.stringify(entries[5]));
});

test('a record that the broker refuses as too large is found by halving, and its neighbours pass in order', async () => {
  await admin.configure(bridge.topics.jobs, 'max.message.bytes', '20000');
  const id = randomUUID();
  const entries = numbered(300);
  entries.splice(123, 0, large(999, 30_000));
  primary.send(envelope([jobs(...entries)], { id }));
  await primary.answered(id);
  const { jobs: written, deadLetters } = await fateOf(id);
  expect(written).toEqual(numbered(300).map(({ jobId }) => jobId));
  expect(deadLetters).toMatchObject([{ reason: 'too-large', entryIndex: 123, rawTruncated: false }]);
  expect(Buffer.from(String(deadLetters[0]?.['raw']), 'base64').toString()).toBe(
    JSON.stringify(entries[123]),
  );
});

test('a record whose time the broker refuses is a dead letter, and the messages around it pass in order', async () => {
  await admin.configure(bridge.topics.jobs, 'message.timestamp.before.max.ms', '600000');
  const now = Math.floor(Date.now() / 1000);
  const messages = Array.from({ length: 30 }, (_, index) => ({
    ...envelope([jobs({ ...job, jobId: index })], { id: randomUUID() }),
    timeStamp: index % 10 === 5 ? now - 3600 : now,
  }));
  for (const message of messages) primary.send(message);
  for (const { id } of messages) await primary.answered(id);
  const { jobs: written, deadLetters } = await fateOf(...messages.map(({ id }) => id));
  expect(written).toEqual(messages.map((_, index) => index).filter((index) => index % 10 !== 5));
  const refused = messages.filter((_, index) => index % 10 === 5).map(({ id }) => id);
  expect(deadLetters).toHaveLength(refused.length);
  expect(new Set(deadLetters.map(({ messageId }) => messageId))).toEqual(new Set(refused));
  for (const { reason } of deadLetters) expect(reason).toBe('refused');
});

test('what the broker refused is told by its code, and no copy was risked for it', async () => {
  const metrics = await readMetrics(bridge.bridge.adminUrl);
  expect(metrics.value('nbwss_batches_refused_total', { code: 'MESSAGE_TOO_LARGE' })).toBeGreaterThan(0);
  expect(metrics.value('nbwss_batches_refused_total', { code: 'INVALID_TIMESTAMP' })).toBeGreaterThan(0);
  expect(metrics.value('nbwss_dead_letters_total', { reason: 'too-large' })).toBe(3);
  expect(metrics.value('nbwss_dead_letters_total', { reason: 'refused' })).toBe(3);
  expect(metrics.value('nbwss_possible_duplicates_total')).toBe(0);
  expect(metrics.value('nbwss_producer_ids_renewed_total')).toBe(0);
});
