import { expect, test } from 'vitest';
import type { RegisteredSchema } from '../../../src/encode/encoder.ts';
import { SchemaError } from '../../../src/encode/field-type.ts';
import { ExitCode } from '../../../src/errors.ts';
import { envelope, job, jobs, jobsText, requestOf } from '../../helpers/messages.ts';
import { encoderWith, recordsOf, schemas, topics, valueOf } from '../../helpers/schemas.ts';

interface Field {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
}

/** The released schema with other fields, as the registry's next version. */
function changed(schema: RegisteredSchema, change: (fields: Field[]) => Field[], id = 99): RegisteredSchema {
  const parsed = JSON.parse(schema.schema) as { fields: Field[] };
  return { ...schema, id, version: 2, schema: JSON.stringify({ ...parsed, fields: change(parsed.fields) }) };
}

const without = (name: string) => (fields: Field[]) => fields.filter((field) => field.name !== name);
const plus = (field: Field) => (fields: Field[]) => [...fields, field];
const retyped = (name: string, type: unknown) => (fields: Field[]) =>
  fields.map((field) => (field.name === name ? { name, type } : field));

/** What the first entry becomes with the registry's jobs schema changed. */
function written(change: (fields: Field[]) => Field[], sent: string | object = envelope([jobs(job)])) {
  const known = { jobs: changed(schemas.jobs, change) };
  const [record] = recordsOf(requestOf(sent), encoderWith({ schemas: known }));
  const id = record?.value.readUInt32BE(1);
  return { topic: record?.topic, id, ...valueOf(record, known) };
}

test('fields in another order are written in that order', () => {
  expect(written((fields) => fields.toReversed())).toMatchObject({
    id: 99,
    jobId: 146,
    clientName: 'client-a',
    status: 0,
    startTime: job.startTime * 1000,
    extra: {},
  });
});

test.each([
  ['string', '"x"', 'x'],
  ['boolean', 'true', true],
  ['int', '7', 7],
  ['long', '-7', -7],
  ['double', '0.1', 0.1],
  ['float', '0.5', 0.5],
  [{ type: 'long', logicalType: 'timestamp-millis' }, '7', 7000],
  [{ type: 'string' }, '"x"', 'x'],
])('a field that the schema gained takes what the wire sends: %j', (type, sent, value) => {
  for (const branches of [
    ['null', type],
    [type, 'null'],
  ]) {
    const gained = written(
      plus({ name: 'gained', type: branches }),
      jobsText(`{"clientName":"a","jobId":1,"gained":${sent}}`),
    );
    expect(gained).toMatchObject({ topic: topics.jobs, gained: value, extra: {} });
  }
  expect(written(plus({ name: 'gained', type: ['null', type], default: null }))).toMatchObject({
    gained: null,
  });
});

test.each([
  ['int', '7.5', 'wrong-type'],
  ['boolean', '"true"', 'wrong-type'],
  ['double', '"1"', 'wrong-type'],
  ['double', '0.1234567890123456789', 'inexact-number'],
  ['float', '0.1', 'wrong-type'],
  ['string', '1e400', 'inexact-number'],
])('a gained field of type %s with %s makes a dead letter: %s', (type, sent, reason) => {
  const entry = `{"clientName":"a","jobId":1,"gained":${sent}}`;
  expect(written(plus({ name: 'gained', type: ['null', type] }), jobsText(entry))).toMatchObject({
    topic: topics.deadLetters,
    reason,
    paths: ['/payload/0/data/0/gained'],
  });
});

test('a gained field that has no default and no null, and is not sent, makes a dead letter', () => {
  expect(written(plus({ name: 'gained', type: 'string' }))).toMatchObject({ reason: 'missing' });
});

test.each([
  ['string', 'none', 'none'],
  ['long', 5, 5],
  [['string', 'null'], 'none', 'none'],
  [['null', 'string'], null, null],
])('a field that is not sent takes the default of the schema: %j, %j', (type, fallback, value) => {
  expect(written(plus({ name: 'gained', type, default: fallback }))).toMatchObject({ gained: value });
});

test('a field that is sent as null is null where the schema allows it, whatever its default', () => {
  const sent = jobsText('{"clientName":"a","jobId":1,"gained":null}');
  const gained = (type: unknown) => written(plus({ name: 'gained', type, default: 'none' }), sent);
  expect(gained(['string', 'null'])).toMatchObject({ gained: null });
  expect(gained('string')).toMatchObject({ gained: 'none' });
});

test('a gained field named like a part of Object.prototype is absent where it is not sent', () => {
  for (const name of ['constructor', 'toString', 'hasOwnProperty']) {
    const gained = written(plus({ name, type: ['null', 'string'], default: null }));
    expect(gained).toMatchObject({ topic: topics.jobs, jobId: 146 });
    expect(Object.entries(gained).find(([field]) => field === name)).toEqual([name, null]);
  }
});

test('a field that the schema lost goes to extra', () => {
  expect(written(without('policyName'))).toMatchObject({ extra: { policyName: '"nightly"' } });
});

test.each(['primary', 'messageId', 'entryIndex', 'extra'])(
  'a schema without %s, or with another type there, is refused by name',
  (name) => {
    for (const change of [without(name), retyped(name, 'boolean'), retyped(name, 'bytes')]) {
      expect(() => written(change)).toThrow(
        new RegExp(`netbackup\\.jobs-value.*version 2.*id 99.*"${name}"`),
      );
    }
  },
);

test.each([
  ['an enum', { type: 'enum', name: 'E', symbols: ['A'] }],
  ['a record', { type: 'record', name: 'R', fields: [] }],
  ['a fixed', { type: 'fixed', name: 'F', size: 4 }],
  ['a union of two types', ['null', 'string', 'long']],
  ['only null', 'null'],
  ['a map of longs', { type: 'map', values: 'long' }],
  ['a map of strings', { type: 'map', values: 'string' }],
  ['a list of strings', { type: 'array', items: 'string' }],
  ['bytes', 'bytes'],
  ['a decimal', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }],
  ['a time in microseconds', { type: 'long', logicalType: 'timestamp-micros' }],
  ['a day', { type: 'int', logicalType: 'date' }],
])('a field of a type that nothing on the wire can fill is refused by name: %s', (_, type) => {
  expect(() => written(plus({ name: 'gained', type }))).toThrow(/netbackup\.jobs-value.*"gained"/);
});

test.each([
  '',
  '{',
  'null',
  '"string"',
  '[]',
  '5',
  '{"type":"record","name":"R"}',
  '{"type":"enum","name":"E","symbols":["A"]}',
])('what is no record schema is refused with the subject: %s', (schema) => {
  const jobs = { ...schemas.jobs, schema };
  const attempt = () => encoderWith({ schemas: { jobs } });
  expect(attempt).toThrow(SchemaError);
  expect(attempt).toThrow(expect.objectContaining({ exitCode: ExitCode.config }));
  expect(attempt).toThrow(/netbackup\.jobs-value/);
});

test("the dead letters' schema may gain fields that need no value, in any order", () => {
  const deadLetters = changed(schemas.deadLetters, (fields) => [
    { name: 'note', type: 'string', default: 'none' },
    { name: 'more', type: 'bytes', default: '\u00ff' },
    { name: 'constructor', type: ['null', 'string'], default: null },
    ...fields.toReversed(),
  ]);
  const [record] = recordsOf(requestOf('{'), encoderWith({ schemas: { deadLetters } }));
  expect(valueOf(record, { deadLetters })).toMatchObject({
    note: 'none',
    more: Buffer.from([0xff]),
    reason: 'not-json',
    messageId: null,
  });
});

test.each([
  ['requires what the bridge does not have', 'note', plus({ name: 'note', type: 'string' })],
  ['lacks the primary', 'primary', without('primary')],
  ['lacks the reason', 'reason', without('reason')],
  ['lacks the raw bytes', 'raw', without('raw')],
  ['lacks the mark of cut bytes', 'rawTruncated', without('rawTruncated')],
  ['needs a message id, which a frame may not have', 'messageId', retyped('messageId', 'string')],
  ['needs an entry index', 'entryIndex', retyped('entryIndex', 'int')],
  ['needs an object', 'object', retyped('object', 'string')],
  ['has raw bytes as text', 'raw', retyped('raw', 'string')],
  ['has the reason as a number', 'reason', retyped('reason', 'int')],
  ['has one path only', 'paths', retyped('paths', 'string')],
  ['has the time as text', 'receivedAt', retyped('receivedAt', 'string')],
])("a dead letters' schema is refused by the field's name when it %s", (_, name, change) => {
  const deadLetters = changed(schemas.deadLetters, change);
  expect(() => encoderWith({ schemas: { deadLetters } })).toThrow(
    new RegExp(`netbackup\\.dead-letters-value.*"${name}"`),
  );
});
