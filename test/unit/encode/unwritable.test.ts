import { expect, test } from 'vitest';
import type { KafkaRecord } from '../../../src/encode/record.ts';
import type { Unwritable } from '../../../src/split/entry.ts';
import {
  arrivedAt,
  envelope,
  envelopeText,
  frameOf,
  image,
  images,
  job,
  jobs,
  jobsText,
  requestOf,
  stampedAt,
} from '../../helpers/messages.ts';
import { recordsOf, topics, valueOf } from '../../helpers/schemas.ts';

/** The only record that a message becomes, decoded. */
function deadLetter(sent: string | Buffer | object) {
  const [record, ...more] = recordsOf(requestOf(sent));
  expect(more).toEqual([]);
  expect(record?.topic).toBe(topics.deadLetters);
  return readable(record);
}

function readable(record: KafkaRecord | undefined) {
  const value = valueOf(record);
  const raw = (value['raw'] as Buffer).toString('latin1');
  return { ...value, key: record?.key.toString(), timestamp: record?.timestamp, raw };
}

interface Expected {
  readonly reason: Unwritable;
  readonly key?: string;
  readonly error?: unknown;
  readonly paths?: readonly string[];
  readonly [field: string]: unknown;
}

function expected(raw: string | Buffer, fields: Expected) {
  return {
    key: 'client-a',
    timestamp: arrivedAt,
    primary: 'primary1',
    messageId: 'M1',
    entryIndex: 0,
    object: 'JOB',
    receivedAt: arrivedAt,
    notifiedAt: stampedAt * 1000,
    notificationType: 'INFO',
    error: expect.stringMatching(/./),
    paths: ['/payload/0/data/0'],
    raw: frameOf(raw).toString('latin1'),
    rawTruncated: false,
    ...fields,
  };
}

const wholeFrame = {
  key: 'primary1',
  entryIndex: null,
  object: null,
  notifiedAt: null,
  notificationType: null,
  paths: [],
};

test.each<[string, Buffer, string | null]>([
  ['not-json', Buffer.from([0xff, 0x00, 0x22]), null],
  ['not-json', Buffer.alloc(0), null],
  ['no-id', frameOf(' {"id": 5} '), null],
  ['no-notification', frameOf(envelopeText(' {} ')), 'M1'],
  ['too-many-entries', frameOf(jobsText(...Array.from({ length: 1_001 }, () => '{}'))), 'M1'],
  ['too-deep', frameOf(jobsText(`${'['.repeat(40)}${']'.repeat(40)}`)), 'M1'],
])('a frame is one dead letter of all its bytes: %s', (reason, frame, messageId) => {
  const fields = { ...wholeFrame, reason: reason as Unwritable, messageId };
  expect(deadLetter(frame)).toEqual(expected(frame, fields));
});

test.each<[Unwritable, string, Partial<Expected>]>([
  ['not-an-object', '[ "a" ]', { key: 'primary1' }],
  ['not-an-object', '12345678901234567890', { key: 'primary1' }],
  ['no-client-name', '{"jobId": 1.0}', { key: 'primary1' }],
  ['no-client-name', '{"clientName":12345678901234567890,"jobId":1}', { key: 'primary1' }],
  ['wrong-type', '{"clientName":"client-a", "jobId":"1"}', { paths: ['/payload/0/data/0/jobId'] }],
  ['missing', '{"clientName":"client-a" }', { paths: ['/payload/0/data/0/jobId'] }],
  ['missing', '{"clientName":"client-a","jobId":null}', { paths: ['/payload/0/data/0/jobId'] }],
  [
    'inexact-number',
    '{"clientName":"client-a","jobId":9007199254740993}',
    { paths: ['/payload/0/data/0/jobId'] },
  ],
  [
    'inexact-number',
    '{"clientName":"client-a","jobId":1,"policyName":1e400}',
    { paths: ['/payload/0/data/0/policyName'] },
  ],
  [
    'bad-unicode',
    '{"clientName":"\\ud800","jobId":1}',
    { key: 'primary1', paths: ['/payload/0/data/0/clientName'] },
  ],
  [
    'bad-unicode',
    '{"clientName":"client-a","jobId":1,"state":"\\udc00"}',
    { paths: ['/payload/0/data/0/state'] },
  ],
  ['bad-unicode', '{"clientName":"client-a","jobId":1,"\\ud800":1}', {}],
])('an entry is a dead letter with its reason, its place and its bytes: %s, %s', (reason, entry, fields) => {
  expect(deadLetter(jobsText(entry))).toEqual(expected(entry, { reason, ...fields }));
});

test('a lone surrogate in notificationType makes dead letters of the entries', () => {
  const entry = '{"clientName":"client-a","jobId":1}';
  const sent = jobsText(entry).replace('INFO', String.raw`\ud83d`);
  const paths = ['/payload/0/data/0', '/payload/0/notificationType'];
  expect(deadLetter(sent)).toEqual(
    expected(entry, { reason: 'bad-unicode', notificationType: '\ufffd', paths }),
  );
});

test('an entry of an unknown object keeps the object and its client', () => {
  const entry = '{"clientName": "client-b"}';
  const sent = jobsText(entry).replace('"JOB"', '"POLICY"');
  const fields = { reason: 'unknown-object', object: 'POLICY', key: 'client-b' } as const;
  expect(deadLetter(sent)).toEqual(expected(entry, fields));
});

test('an object with a lone surrogate is written all the same', () => {
  const sent = jobsText('{}').replace('"JOB"', String.raw`"J\ud800B"`);
  expect(deadLetter(sent)).toMatchObject({ reason: 'unknown-object', object: 'J\ufffdB', raw: '{}' });
});

test('a notification that makes no sense is a dead letter of its own bytes, its siblings are records', () => {
  const senseless = '{ "object" : "JOB" }';
  const good = JSON.stringify(jobs(job));
  const records = recordsOf(requestOf(envelopeText(`[${good},${senseless},${good}]`)));
  expect(records.map(({ topic }) => topic)).toEqual([topics.jobs, topics.deadLetters, topics.jobs]);
  expect(records.map((record) => valueOf(record)['entryIndex'])).toEqual([0, null, 1]);
  expect(readable(records[1])).toEqual(
    expected(senseless, { ...wholeFrame, reason: 'notification-unreadable', paths: ['/payload/1'] }),
  );
});

test('a bad entry leaves its siblings records, in order', () => {
  const records = recordsOf(
    requestOf(envelope([images(image, { ...image, backupTime: 'x' }, image), jobs(job)])),
  );
  expect(records.map(({ topic }) => topic)).toEqual([
    topics.images,
    topics.deadLetters,
    topics.images,
    topics.jobs,
  ]);
  expect(records.map((record) => valueOf(record)['entryIndex'])).toEqual([0, 1, 2, 3]);
  expect(valueOf(records[1])).toMatchObject({ object: 'IMAGE', paths: ['/payload/0/data/1/backupTime'] });
});

test.each([
  ['4096 bytes', 'x'.repeat(4096), 4096],
  ['4096 bytes in fewer characters', '€'.repeat(1365) + 'x', 4096],
])('a key of %s is a record', (_, clientName, bytes) => {
  const [record] = recordsOf(requestOf(envelope([jobs({ ...job, clientName })])));
  expect(record?.topic).toBe(topics.jobs);
  expect(record?.key).toHaveLength(bytes);
});

test.each([
  ['4097 bytes', 'x'.repeat(4097)],
  ['4097 bytes in fewer characters', '€'.repeat(1365) + 'xx'],
  ['a megabyte', 'x'.repeat(1024 * 1024)],
])('a key of %s is a dead letter under the name of the primary', (_, clientName) => {
  const entry = JSON.stringify({ ...job, clientName });
  expect(deadLetter(jobsText(entry))).toEqual(
    expected(entry, { reason: 'key-too-long', key: 'primary1', paths: ['/payload/0/data/0/clientName'] }),
  );
});

test('an unknown object with a key that is too long is a dead letter under the name of the primary', () => {
  const sent = jobsText(`{"clientName":"${'x'.repeat(4097)}"}`).replace('JOB', 'POLICY');
  expect(deadLetter(sent)).toMatchObject({ reason: 'unknown-object', key: 'primary1' });
});
