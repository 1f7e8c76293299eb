import { expect, test } from 'vitest';
import {
  arrivedAt,
  envelope,
  frameOf,
  image,
  images,
  job,
  jobs,
  requestOf,
  stampedAt,
} from '../../helpers/messages.ts';
import { encoderWith, recordsOf, topics, valueOf } from '../../helpers/schemas.ts';

const day = 86_400;
const withHeaders = encoderWith({ cloudEvents: true });

function stampedRecord(timeStamp: unknown, receivedAt: number) {
  const [record] = recordsOf(requestOf(envelope([jobs(job)], { timeStamp }), 'primary1', receivedAt));
  return { timestamp: record?.timestamp, notifiedAt: valueOf(record)['notifiedAt'] };
}

test.each([
  ['as it arrives', 0],
  ['a second ago', 1],
  ['almost a day ago', day - 1],
])('a message stamped %s gives its time to its records', (_, age) => {
  const time = (stampedAt - age) * 1000;
  expect(stampedRecord(stampedAt - age, stampedAt * 1000)).toEqual({ timestamp: time, notifiedAt: time });
});

test.each([
  ['more than a day ago', stampedAt - day - 1],
  ['years ago', 1_444_944_181],
  ['a second ahead', stampedAt + 1],
  ['years ahead', stampedAt + 400 * day],
  ['with the smallest time', -62_135_596_800],
  ['with the largest time', 253_402_300_799],
])('a record of a message stamped %s has the time of arrival, and keeps what was sent', (_, timeStamp) => {
  expect(stampedRecord(timeStamp, stampedAt * 1000)).toEqual({
    timestamp: stampedAt * 1000,
    notifiedAt: timeStamp * 1000,
  });
});

test('a message without a stamp counts as notified when it arrived', () => {
  expect(stampedRecord(undefined, arrivedAt)).toEqual({ timestamp: arrivedAt, notifiedAt: arrivedAt });
});

test('a dead letter has the time of arrival', () => {
  const [record] = recordsOf(requestOf(envelope([jobs({})])));
  expect(record?.timestamp).toBe(arrivedAt);
});

test('a clientName of "" is an empty key', () => {
  const [record] = recordsOf(requestOf(envelope([jobs({ ...job, clientName: '' })])));
  expect(record).toMatchObject({ topic: topics.jobs, key: Buffer.alloc(0) });
  expect(valueOf(record)['clientName']).toBe('');
});

test.each(['ä', '€', '💾', 'ﬀ', 'a\u0000b'])('a key is the UTF-8 of clientName: %j', (clientName) => {
  const [record] = recordsOf(requestOf(envelope([images({ ...image, clientName })])));
  expect(record?.key.equals(Buffer.from(new TextEncoder().encode(clientName)))).toBe(true);
});

test('a resend with the same id gives the same bytes, whenever it comes', () => {
  const sent = envelope([jobs(job), images(image)]);
  const values = [arrivedAt, arrivedAt + 5_000].map((at) => {
    return recordsOf(requestOf(sent, 'primary1', at)).map(({ value }) => value.toString('hex'));
  });
  expect(values[1]).toEqual(values[0]);
});

test('a record has headers only where they are configured', () => {
  const records = recordsOf(requestOf(envelope([jobs(job, {})])));
  expect(records.map((record) => Object.hasOwn(record, 'headers'))).toEqual([false, false]);
});

test('the headers of dead letters say so, and name each event of a message by another id', () => {
  const sent = envelope([jobs({ clientName: 'c' }, 5), 'nonsense', 'nonsense'], { id: 'M1' });
  const headers = recordsOf(requestOf(sent), withHeaders).map((record) => record.headers ?? {});
  for (const header of headers) {
    expect(header).toMatchObject({
      ce_specversion: '1.0',
      ce_type: 'netbackup.dead-letter',
      ce_source: 'nbwss://primary1',
      'content-type': 'application/avro',
    });
  }
  expect(headers.map((header) => header['ce_subject'])).toEqual(['c', undefined, undefined, undefined]);
  expect(headers.slice(0, 2).map((header) => header['ce_id'])).toEqual(['M1:0', 'M1:1']);
  expect(new Set(headers.map((header) => header['ce_id'])).size).toBe(4);
});

test('frames without an id have header ids too, each its own', () => {
  const ids = ['{', '[', '{'].map((text) => {
    return recordsOf(requestOf(frameOf(text)), withHeaders)[0]?.headers?.['ce_id'];
  });
  expect(ids[0]).toMatch(/./);
  expect(ids[1]).not.toBe(ids[0]);
  expect(ids[2]).toBe(ids[0]);
});

test('an empty clientName is no subject: CloudEvents knows no empty one', () => {
  const sent = envelope([jobs({ ...job, clientName: '' })]);
  expect(recordsOf(requestOf(sent), withHeaders)[0]?.headers).not.toHaveProperty('ce_subject');
});

test('the time in the headers is a date of RFC 3339, whatever was sent', () => {
  for (const timeStamp of [0, -62_135_596_800, 253_402_300_799, 1e15, -1e15, 'x']) {
    const [record] = recordsOf(requestOf(envelope([jobs(job)], { timeStamp })), withHeaders);
    expect(record?.headers?.['ce_time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
});
