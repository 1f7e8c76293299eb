import { expect, test } from 'vitest';
import { createLedger, type SentEntry } from '../../faults/ledger.ts';
import { judge, judgeAll } from '../../faults/oracle.ts';
import type { ReadBack } from '../../helpers/independent-reader.ts';
import { generateMessages } from '../../../src/simulator/generate.ts';

const times: readonly string[] = ['startTime', 'backupTime', 'createdTime'];

/** Two answered messages of one client, and the records that they have to become. */
function given() {
  const ledger = createLedger();
  const messages = generateMessages({ seed: 1, entriesPerMessage: 3, clients: 1, jobShare: 1 })
    .take(2)
    .toArray();
  for (const message of messages) {
    ledger.sent(message);
    ledger.answered(message.id);
  }
  const records = [...ledger.entries.values()].map(recordOf);
  const verdict = (read: readonly ReadBack[]) =>
    judge(read, ledger, { primary: 'primary1', isDeadLetter: ({ topic }) => topic === 'dead-letters' });
  return { ledger, records, verdict };
}

function recordOf(entry: SentEntry, offset: number): ReadBack {
  const { messageId, entryIndex, notifiedAt, clientName: key } = entry;
  const fields = Object.entries(entry.fields).map(([name, value]) => [
    name,
    times.includes(name) ? Number(value) * 1000 : value,
  ]);
  const own = { primary: 'primary1', messageId, entryIndex, notificationType: 'INFO', notifiedAt, extra: {} };
  const value = { ...own, ...(Object.fromEntries(fields) as object) };
  return { topic: 'jobs', partition: 0, offset, timestamp: 0, key, headers: {}, schemaId: 1, value };
}

const name = ({ value }: ReadBack | undefined = {} as ReadBack) =>
  `${String(value?.['messageId'])}:${String(value?.['entryIndex'])}`;

test('what arrived as it was sent is in order, with nothing lost, foreign, altered or twice', () => {
  const { records, verdict } = given();
  const clean = {
    answered: 6,
    lost: [],
    foreign: [],
    altered: [],
    reordered: [],
    duplicated: 0,
    duplicatedEntries: 0,
  };
  expect(verdict(records)).toEqual({ ...clean, deadLetters: [] });
});

test('a record that is missing is lost, one that nobody sent is foreign', () => {
  const { records, verdict } = given();
  expect(verdict(records.toSpliced(2, 1)).lost).toEqual([name(records[2])]);
  const stranger = { ...(records[0] as ReadBack), value: { ...records[0]?.value, messageId: 'nobody' } };
  expect(verdict([...records, stranger]).foreign).toHaveLength(1);
});

test.each([
  ['a field', { value: { status: 99 } }],
  ['a field too many', { value: { invented: 1 } }],
  ['the primary', { value: { primary: 'primary2' } }],
  ['the key', { key: 'another' }],
])('a record with another value is altered: %s', (_, change) => {
  const { records, verdict } = given();
  const [first, ...others] = records as [ReadBack, ...ReadBack[]];
  const altered = {
    ...first,
    ...change,
    value: { ...first.value, ...('value' in change ? change.value : {}) },
  };
  expect(verdict([altered, ...others]).altered).toHaveLength(1);
});

test('a record behind a later one of the same client is out of order; a copy of an earlier one is not', () => {
  const { records, verdict } = given();
  const [a, b, ...rest] = records as [ReadBack, ReadBack, ...ReadBack[]];
  expect(verdict([b, a, ...rest]).reordered).toEqual([`${name(a)} in jobs/0/${a.key}`]);
  const withCopy = verdict([a, b, a, ...rest]);
  expect(withCopy).toMatchObject({ reordered: [], duplicated: 1, duplicatedEntries: 1 });
});

test('a copy of an entry under another event name is told apart from an equal copy', () => {
  const { records, verdict } = given();
  const [first, second] = records as [ReadBack, ReadBack];
  const renamed = { ...first, value: { ...first.value, entryIndex: second.value?.['entryIndex'] } };
  expect(verdict([...records, renamed])).toMatchObject({ duplicated: 1, altered: [expect.any(String)] });
});

test('a dead letter stands for its entry', () => {
  const { records, verdict } = given();
  const letters = records.map((record, index) =>
    index === 1 ? { ...record, topic: 'dead-letters' } : record,
  );
  expect(verdict(letters)).toMatchObject({ lost: [], deadLetters: [name(records[1])] });
});

test('several primaries are judged by their own ledgers, and the records of any other are foreign', () => {
  const { ledger, records } = given();
  const with2 = new Map([
    ['primary1', ledger],
    ['primary2', createLedger()],
  ]);
  const isDeadLetter = () => false;
  expect(judgeAll(records, with2, isDeadLetter)).toMatchObject({ answered: 6, lost: [], foreign: [] });
  const stranger = records.map((record) => ({ ...record, value: { ...record.value, primary: 'nobody' } }));
  const verdict = judgeAll(stranger, with2, isDeadLetter);
  expect(verdict.foreign).toEqual(['a record of nobody']);
  expect(verdict.lost).toHaveLength(6);
});
