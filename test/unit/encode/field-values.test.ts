import { expect, test } from 'vitest';
import { envelope, image, images, job, jobs, jobsText, requestOf } from '../../helpers/messages.ts';
import { recordsOf, schemas, topics, valueOf } from '../../helpers/schemas.ts';

const maxLong = 2 ** 53 - 2;
const minLong = -(2 ** 52);

/** What a job entry becomes with one field of another value. */
function withField(field: string, value: unknown) {
  const [record] = recordsOf(requestOf(envelope([jobs({ ...job, [field]: value })])));
  return valueOf(record);
}

test.each([
  ['a string', 'state', ['', 'x', 'ä€💾', '\u0000', ' '], (value: unknown) => value],
  ['an int', 'status', [0, -1, 2 ** 31 - 1, -(2 ** 31)], (value: unknown) => value],
  ['a long', 'parentJobId', [0, -1, 2 ** 31, -(2 ** 31) - 1, maxLong, minLong], (value: unknown) => value],
  [
    'a time',
    'startTime',
    [0, -1, 1, 253_402_300_799, -62_135_596_800],
    (value: unknown) => Number(value) * 1000,
  ],
])('%s is written as it was sent (times in milliseconds), up to its bounds', (_, field, values, expected) => {
  for (const value of values) expect(withField(field, value)[field]).toBe(expected(value));
});

test.each([
  ['a string', 'state', [5, true, {}, [], ['DONE']]],
  ['an int', 'status', ['0', 0.5, 2 ** 31, -(2 ** 31) - 1, 1e300, true, {}, [0]]],
  [
    'a long',
    'parentJobId',
    ['1', 1.5, 2 ** 53 - 1, 2 ** 53, -(2 ** 52) - 1, -(2 ** 53), 1e300, false, {}, [1]],
  ],
  ['a time', 'startTime', ['2026-01-01', 1.5, true, {}, [1]]],
])('whatever is no value of %s makes a dead letter that names the field', (_, field, values) => {
  for (const value of values) {
    expect(withField(field, value), JSON.stringify(value)).toMatchObject({
      reason: 'wrong-type',
      paths: [`/payload/0/data/0/${field}`],
      error: expect.stringContaining(field),
    });
  }
});

test.each([
  'parentJobId',
  'jobType',
  'state',
  'status',
  'startTime',
  'policyName',
  'policyType',
  'scheduleType',
])('a job may lack %s, or have null there', (field) => {
  expect(withField(field, null)).toMatchObject({ jobId: 146, [field]: null, extra: {} });
  expect(withField(field, undefined)).toMatchObject({ jobId: 146, [field]: null, extra: {} });
});

test.each(['backupTime', 'createdTime', 'operationId', 'clientType'])('an image may lack %s', (field) => {
  const [record] = recordsOf(requestOf(envelope([images({ ...image, [field]: undefined })])));
  expect(valueOf(record)).toMatchObject({ backupId: image.backupId, [field]: null });
});

test.each([undefined, null])('an image needs its backupId: %s', (backupId) => {
  const [record] = recordsOf(requestOf(envelope([images({ ...image, backupId })])));
  expect(valueOf(record)).toMatchObject({ reason: 'missing', paths: ['/payload/0/data/0/backupId'] });
});

test('minus zero is zero', () => {
  const [record] = recordsOf(requestOf(jobsText('{"clientName":"a","jobId":-0,"status":-0,"startTime":-0}')));
  expect(valueOf(record)).toMatchObject({ jobId: 0, status: 0, startTime: 0 });
});

test.each([
  '9007199254740993',
  '1e400',
  '1e-400',
  '0.1234567890123456789',
  '123456789.123456789',
  '[1,{"a":18446744073709551615}]',
  '{"a":[0.1234567890123456789,"x"]}',
])('a number that JavaScript does not hold is kept exactly in an unknown field: %s', (number) => {
  const [record] = recordsOf(requestOf(jobsText(`{"clientName":"a","jobId":1,"more": ${number} }`)));
  expect(record?.topic).toBe(topics.jobs);
  expect(valueOf(record)['extra']).toEqual({ more: number });
});

test.each([
  ['a string', '"text \\u0041"', '"text A"'],
  ['a lone surrogate, escaped', '"\\ud800"', '"\\ud800"'],
  ['null', 'null', 'null'],
  ['an object', '{ "b": 1, "a": [ true ] }', '{"b":1,"a":[true]}'],
  ['duplicate keys', '{"b":1,"b":2}', '{"b":2}'],
  ['a function of JSON', '{"toJSON":1}', '{"toJSON":1}'],
])('an unknown field is kept as JSON text: %s', (_, sent, text) => {
  const [record] = recordsOf(requestOf(jobsText(`{"clientName":"a","jobId":1,"more":${sent}}`)));
  expect(valueOf(record)['extra']).toEqual({ more: text });
});

test('unknown fields keep their names, whatever these are', () => {
  const names = [
    '',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'ä💾',
    'a b',
    'extra',
    'primary',
  ];
  const own = ['messageId', 'entryIndex', 'notificationType', 'notifiedAt', 'JobId', 'backupId'];
  const fields = [...names, ...own].map((name, i) => `${JSON.stringify(name)}:${i}`);
  const [record] = recordsOf(requestOf(jobsText(`{"clientName":"a","jobId":1,${fields.join(',')}}`)));
  const value = valueOf(record);
  expect(value).toMatchObject({
    primary: 'primary1',
    messageId: 'M1',
    entryIndex: 0,
    notificationType: 'INFO',
  });
  expect(Object.entries(value['extra'] as object)).toEqual(
    [...names, ...own].map((name, i) => [name, String(i)]),
  );
});

test('every field of the schemas has a doc', () => {
  for (const { schema } of Object.values(schemas)) {
    const { doc, fields } = JSON.parse(schema) as { doc: string; fields: { doc?: string }[] };
    for (const text of [doc, ...fields.map((field) => field.doc)]) expect(text).toMatch(/\.$/);
  }
});
