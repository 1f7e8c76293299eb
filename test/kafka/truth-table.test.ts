import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import type { ReadBack } from '../helpers/independent-reader.ts';
import { envelopeText } from '../helpers/messages.ts';
import type { TestPrimary } from '../helpers/primary.ts';
import { anonymous, cases, jobsOf, tableLimits } from '../helpers/truth-table.ts';

const primaryName = 'primary-eu.example_1';

const sent = cases.map((given) => {
  const id = randomUUID().toUpperCase();
  const frame = (given.frame ?? ((quoted: string) => envelopeText(given.payload ?? '[]', quoted)))(`"${id}"`);
  return { ...given, id, frame };
});
const answeredCount = sent.filter(({ answered }) => answered !== false).length;
const expectedRecords = sent.flatMap(({ records = [], deadLetters = [] }) => [...records, ...deadLetters]);
const recordCount = expectedRecords.length + anonymous.length;

let bridge: TestBridge;
let primary: TestPrimary;
let records: readonly ReadBack[];

beforeAll(async () => {
  bridge = await startTestBridge({ primaries: [primaryName], settings: { limits: tableLimits } });
  primary = await bridge.connect();
  for (const { frame } of sent) primary.send(frame);
  for (const { frame } of anonymous) primary.send(frame);
  await primary.answeredInAll(answeredCount);
  records = await bridge.read(recordCount);
});
afterAll(async () => {
  await primary[Symbol.asyncDispose]();
  await bridge[Symbol.asyncDispose]();
});

const of = (topic: string, id: string) =>
  records
    .filter((record) => record.topic === topic && record.value?.['messageId'] === id)
    .sort((a, b) => Number(a.value?.['entryIndex']) - Number(b.value?.['entryIndex']) || a.offset - b.offset);
const text = (raw: unknown) => Buffer.from(String(raw), 'base64').toString();

describe.each(sent)(
  '$name',
  ({ id, frame, deadLetters = [], raw = [], records: expected = [], answered }) => {
    test(answered === false ? 'is not answered' : 'is answered once', () => {
      expect(primary.answersTo(id)).toBe(answered === false ? 0 : 1);
    });

    test('leaves exactly these dead letters, each with the bytes that were sent', () => {
      const letters = of(bridge.topics.deadLetters, id);
      expect(letters.map(({ value }) => value)).toMatchObject(
        deadLetters.map((letter) => ({
          primary: primaryName,
          messageId: id,
          rawTruncated: false,
          ...letter,
        })),
      );
      expect(letters.map(({ value }) => text(value?.['raw']))).toEqual(raw.map((slice) => slice ?? frame));
    });

    test('leaves exactly the records of its other entries, in order', () => {
      const jobs = of(bridge.topics.jobs, id).map(({ value }) => value?.['jobId']);
      const images = of(bridge.topics.images, id).map(({ value }) => value?.['backupId']);
      expect([...jobs, ...images]).toEqual(expected);
    });
  },
);

describe.each(anonymous)('$name', ({ frame, reason }) => {
  test('leaves one dead letter for the frame, under the name of the primary', () => {
    const letters = records.filter(({ value }) => value !== null && text(value['raw']) === frame);
    expect(letters).toMatchObject([
      { key: primaryName, value: { reason, messageId: null, entryIndex: null, rawTruncated: false } },
    ]);
  });
});

test('nothing was written that the table does not name', () => {
  expect(records).toHaveLength(recordCount);
});

test('an answer repeats the id, and its payload is an empty array', () => {
  expect(primary.answers).toHaveLength(answeredCount);
  for (const answer of primary.answers)
    expect(answer).toMatchObject({ type: 'NOTIFICATION', subType: 'RESPONSE', payload: [] });
});

test('a dead letter has the clientName as its key where that is usable, else the name of the primary', () => {
  const keys = records
    .filter(({ topic }) => topic === bridge.topics.deadLetters)
    .map(({ key, value }) => ({ key, reason: value?.['reason'] }));
  expect(keys.filter(({ reason }) => reason === 'wrong-type')).toEqual([{ key: 'c', reason: 'wrong-type' }]);
  const unusable = ['no-client-name', 'key-too-long', 'not-an-object', 'notification-unreadable', 'no-id'];
  for (const { key } of keys.filter(({ reason }) => unusable.includes(String(reason))))
    expect(key).toBe(primaryName);
});

test('an empty clientName is an empty key, and not a missing one', () => {
  expect(records.find(({ value }) => value?.['jobId'] === 4)).toMatchObject({ key: '' });
});

test('the connection stays open through all of it', () => {
  expect(primary.open).toBe(true);
});

test('the bytes of a dead letter, sent again, have the same fate', async () => {
  const before = records.filter(({ topic }) => topic === bridge.topics.deadLetters);
  const entries = before.filter(({ value }) => value?.['object'] === 'JOB');
  const id = randomUUID().toUpperCase();
  primary.send(envelopeText(jobsOf(...entries.map(({ value }) => text(value?.['raw']))), `"${id}"`));
  await primary.answered(id);
  const after = await bridge.read(recordCount + entries.length);
  const again = after.filter(({ value }) => value?.['messageId'] === id);
  const fates = (letters: readonly ReadBack[]) =>
    letters.map(({ value }) => `${String(value?.['reason'])}: ${text(value?.['raw'])}`).sort();
  expect(fates(again)).toEqual(fates(entries));
});
