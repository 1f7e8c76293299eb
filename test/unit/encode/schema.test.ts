import { expect, test } from 'vitest';
import type { RegisteredSchema } from '../../../src/encode/encoder.ts';
import { SchemaError } from '../../../src/encode/field-type.ts';
import { ExitCode } from '../../../src/errors.ts';
import { envelope, job, jobs, jobsText, requestOf, stampedAt } from '../../helpers/messages.ts';
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

/** A type that holds itself. */
const tree = {
  type: 'record',
  name: 'Tree',
  fields: [
    { name: 'size', type: 'int' },
    { name: 'below', type: { type: 'array', items: 'Tree' } },
  ],
};

/** As the decoder gives a map: without a prototype. */
function map(entries: readonly (readonly [string, unknown])[]): object {
  const empty = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of entries) empty[name] = value;
  return empty;
}

test.each([
  ['string', '"x"', 'x'],
  ['boolean', 'true', true],
  ['int', '7', 7],
  ['long', '-7', -7],
  ['double', '0.1', 0.1],
  ['double', '1.7976931348623157E308', Number.MAX_VALUE],
  ['double', '1152921504606846976', 2 ** 60],
  ['float', '1152921504606846976', 2 ** 60],
  ['float', '1152921504606847000', 2 ** 60],
  ['double', '-1152921504606846976', -(2 ** 60)],
  ['double', '18446744073709551616', 2 ** 64],
  ['long', '1234567890123456.0', 1234567890123456],
  ['float', '0.5', 0.5],
  [{ type: 'long', logicalType: 'timestamp-millis' }, '7', 7000],
  [{ type: 'long', logicalType: 'timestamp-micros' }, '7', 7_000_000],
  [{ type: 'string' }, '"x"', 'x'],
  [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, '"B"', 'B'],
  [{ type: 'array', items: 'string' }, '["x","y"]', ['x', 'y']],
  [
    { type: 'map', values: ['null', 'long'] },
    '{"__proto__":1,"b":null}',
    map([
      ['__proto__', 1],
      ['b', null],
    ]),
  ],
  [tree, '{"size":1,"below":[{"size":2,"below":[]}]}', { size: 1, below: [{ size: 2, below: [] }] }],
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
  ['double', '1152921504606846977', 'inexact-number'],
  ['double', '9223372036854775807', 'inexact-number'],
  // A double holds it; it is no text, and no long that is written.
  ['string', '18446744073709551616', 'wrong-type'],
  ['long', '18446744073709551616', 'wrong-type'],
  ['long', '9223372036854775807', 'inexact-number'],
  ['float', '0.1', 'wrong-type'],
  ['string', '1e400', 'inexact-number'],
  [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, '"C"', 'wrong-type'],
  [{ type: 'map', values: 'long' }, '[1]', 'wrong-type'],
  [{ type: 'map', values: 'long' }, '{"\\ud800":1}', 'bad-unicode'],
  [{ type: 'array', items: 'long' }, '{}', 'wrong-type'],
  [['int', 'string', 'null'], 'true', 'wrong-type'],
  [tree, '5', 'wrong-type'],
])('a gained field of type %j with %s makes a dead letter: %s', (type, sent, reason) => {
  const entry = `{"clientName":"a","jobId":1,"gained":${sent}}`;
  expect(
    written(plus({ name: 'gained', type: Array.isArray(type) ? type : ['null', type] }), jobsText(entry)),
  ).toMatchObject({
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
  ['a fixed', { type: 'fixed', name: 'F', size: 4 }],
  ['only null', 'null'],
  ['bytes', 'bytes'],
  ['bytes in a list', { type: 'array', items: 'bytes' }],
  ['bytes beside a string', ['string', 'bytes']],
  ['a decimal', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }],
  ['a day', { type: 'int', logicalType: 'date' }],
  ['a time of day', { type: 'int', logicalType: 'time-millis' }],
  ['a UUID', { type: 'string', logicalType: 'uuid' }],
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

test.each([
  [['null', 'int', 'long', 'double', 'string'], '5', 5],
  [['null', 'int', 'long', 'double', 'string'], '5000000000', 5_000_000_000],
  [['null', 'int', 'long', 'double', 'string'], '0.5', 0.5],
  [['null', 'int', 'long', 'double', 'string'], '"x"', 'x'],
  [['null', 'int', 'long', 'double', 'string'], 'null', null],
  [[{ type: 'enum', name: 'E', symbols: ['A'] }, 'string'], '"A"', 'A'],
  [[{ type: 'enum', name: 'E', symbols: ['A'] }, 'string'], '"B"', 'B'],
  [[tree, { type: 'map', values: 'string' }], '{"size":1,"below":[]}', { size: 1, below: [] }],
  [[tree, { type: 'map', values: 'string' }], '{"size":"1"}', map([['size', '1']])],
])(
  'of a union of several types the first that takes the value as it is gets it: %j, %s',
  (type, sent, value) => {
    const entry = jobsText(`{"clientName":"a","jobId":1,"gained":${sent}}`);
    expect(written(plus({ name: 'gained', type }), entry)).toMatchObject({ gained: value, extra: {} });
  },
);

test.each([
  [tree, '{"size":1,"below":[{"size":"2","below":[]}]}', '/below/0/size'],
  [tree, '{"size":1}', '/below'],
  [{ type: 'map', values: { type: 'array', items: 'int' } }, '{"a/b":[1,2.5]}', '/a~1b/1'],
])('a dead letter names the part of a value that failed: %j with %s', (type, sent, path) => {
  const entry = jobsText(`{"clientName":"a","jobId":1,"gained":${sent}}`);
  expect(written(plus({ name: 'gained', type }), entry)).toMatchObject({
    topic: topics.deadLetters,
    paths: [`/payload/0/data/0/gained${path}`],
  });
});

test('an object with more than its record type has a place for is kept whole in extra, beside the record', () => {
  const sent = '{"size":1,"below":[{"size":2,"below":[],"colour":"red"}]}';
  const entry = jobsText(`{"clientName":"a","jobId":1,"gained":${sent},"fine":{"size":1,"below":[]}}`);
  const fields = (all: Field[]) => [...all, { name: 'gained', type: tree }, { name: 'fine', type: 'Tree' }];
  expect(written(fields, entry)).toMatchObject({
    gained: { size: 1, below: [{ size: 2, below: [] }] },
    fine: { size: 1, below: [] },
    extra: { gained: sent },
  });
});

test('what a branch of a union met before another took the value is forgotten', () => {
  const type = [tree, { type: 'map', values: ['int', 'string'] }];
  const entry = jobsText('{"clientName":"a","jobId":1,"gained":{"size":1,"colour":"red"}}');
  expect(written(plus({ name: 'gained', type }), entry)).toMatchObject({
    gained: { size: 1, colour: 'red' },
    extra: {},
  });
});

const renamed = (from: string, to: string) => (fields: Field[]) =>
  fields.map((field) => (field.name === from ? { ...field, name: to, aliases: [from] } : field));

test('a renamed field takes the value of its earlier name', () => {
  expect(written(renamed('policyName', 'policy'))).toMatchObject({ policy: 'nightly', extra: {} });
  expect(written(renamed('clientName', 'client'))).toMatchObject({ client: 'client-a', extra: {} });
  expect(written(renamed('notifiedAt', 'sentAt'))).toMatchObject({ sentAt: stampedAt * 1000, extra: {} });
});

test('of a value under the present name and one under the earlier name the latter is kept in extra', () => {
  const entry = jobsText('{"clientName":"a","jobId":1,"policyName":"old","policy":"new"}');
  expect(written(renamed('policyName', 'policy'), entry)).toMatchObject({
    policy: 'new',
    extra: { policyName: '"old"' },
  });
});

test.each(['primary', 'messageId', 'entryIndex', 'extra'])(
  'what names an event, and what keeps the rest, can not be renamed: %s',
  (name) => {
    expect(() => written(renamed(name, 'another'))).toThrow(`lacks the field "${name}"`);
  },
);

test('a schema may refer to types of other subjects', () => {
  const jobs = {
    ...changed(schemas.jobs, plus({ name: 'gained', type: ['null', 'shared.Tree'] })),
    references: [JSON.stringify({ ...tree, namespace: 'shared' })],
  };
  const sent = jobsText('{"clientName":"a","jobId":1,"gained":{"size":1,"below":[]}}');
  const [record] = recordsOf(requestOf(sent), encoderWith({ schemas: { jobs } }));
  expect(record?.topic).toBe(topics.jobs);
  const whole = changed(schemas.jobs, plus({ name: 'gained', type: ['null', tree] }));
  expect(valueOf(record, { jobs: whole })).toMatchObject({ gained: { size: 1, below: [] } });
});

test('a reference that is not given is refused by its name', () => {
  expect(() => written(plus({ name: 'gained', type: 'shared.Tree' }))).toThrow(
    /undefined type name.*shared\.Tree/,
  );
});
