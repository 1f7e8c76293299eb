import { expect, test } from 'vitest';
import { readSchema, SchemaError } from '../../../src/encode/field-type.ts';
import { jobsText, requestOf } from '../../helpers/messages.ts';
import { encoderWith, recordsOf, schemas, topics, valueOf } from '../../helpers/schemas.ts';

/** What the registry takes, and few would register. */

type Field = Readonly<Record<string, unknown>>;

function jobsWith(change: (fields: readonly Field[]) => readonly Field[]) {
  const parsed = JSON.parse(schemas.jobs.schema) as { fields: Field[] };
  const schema = JSON.stringify({ ...parsed, fields: change(parsed.fields) });
  return { ...schemas.jobs, id: 77, version: 2, schema };
}

/** What a job entry becomes by a schema with this change. @param sent further fields, as JSON text */
function written(change: (fields: readonly Field[]) => readonly Field[], sent: string) {
  const jobs = jobsWith(change);
  const request = requestOf(jobsText(`{"clientName":"a","jobId":1,${sent}}`));
  const [record] = recordsOf(request, encoderWith({ schemas: { jobs } }));
  return { topic: record?.topic, value: valueOf(record, { jobs }) };
}

const renamed = (name: string, to: string) => (fields: readonly Field[]) =>
  fields.map((field) => (field['name'] === name ? { ...field, name: to, aliases: [name] } : field));
const plus = (field: Field) => (fields: readonly Field[]) => [...fields, field];

test.each([
  ['a time on an int', { type: 'int', logicalType: 'timestamp-millis' }, 0],
  ['a time on text', { type: 'string', logicalType: 'timestamp-micros' }, ''],
  ["a logical type with a type's name", { type: 'long', logicalType: 'string' }, 0],
  ['a logical type that names something of JavaScript', { type: 'long', logicalType: 'constructor' }, 0],
  ['a logical type with a name like our words', { type: 'long', logicalType: 'map of string' }, 0],
  ['a logical type that nobody knows', { type: 'string', logicalType: 'site' }, ''],
])('%s is refused at once, and not with the first record', (_, type, fallback) => {
  const jobs = jobsWith(plus({ name: 'odd', type, default: fallback }));
  expect(() => encoderWith({ schemas: { jobs } })).toThrow(SchemaError);
  expect(() => encoderWith({ schemas: { jobs } })).toThrow(
    new RegExp(`"odd" is of the type "${type.logicalType}" on ${type.type}`),
  );
});

test.each(['notifiedAt', 'extra'])(
  "the bridge's own field %s with a logical type that is none is refused",
  (name) => {
    const type =
      name === 'extra'
        ? { type: 'int', logicalType: 'map of string' }
        : { type: 'int', logicalType: 'timestamp-millis' };
    const jobs = jobsWith((fields) =>
      fields.map((field) => (field['name'] === name ? { name, type, default: 0 } : field)),
    );
    expect(() => encoderWith({ schemas: { jobs } })).toThrow(new RegExp(`the field "${name}" is "`));
  },
);

test('a field called "__proto__" is refused, here and within: the value of no record could hold it', () => {
  const proto = { name: '__proto__', type: ['null', 'string'], default: null };
  const part = { type: 'record', name: 'Part', fields: [proto] };
  for (const field of [
    proto,
    { name: 'part', type: ['null', part], default: null },
    { name: 'parts', type: { type: 'array', items: part }, default: [] },
  ])
    expect(() => encoderWith({ schemas: { jobs: jobsWith(plus(field)) } })).toThrow(
      /netbackup\.jobs-value.*__proto__/,
    );
});

test('types may have the names of what JavaScript knows', () => {
  const type = {
    type: 'record',
    name: 'constructor',
    namespace: '',
    fields: [{ name: 'toString', type: 'string' }],
  };
  const { value } = written(plus({ name: 'odd', type }), '"odd":{"toString":"x"}');
  expect(value['odd']).toEqual({ toString: 'x' });
});

test('clientName under a new name: what the wire has by that name is not lost', () => {
  const renamed = (fields: readonly Field[]) =>
    fields.map((field) =>
      field['name'] === 'clientName' ? { ...field, name: 'client', aliases: ['clientName'] } : field,
    );
  const { value } = written(renamed, '"client":"b"');
  expect(value).toMatchObject({ client: 'a', extra: { client: '"b"' } });
  expect(value['extra']).not.toHaveProperty('clientName');
});

test("a field that is called like one of the bridge's own was takes the bridge's value, and the wire's goes to extra", () => {
  const { value } = written(
    renamed('notificationType', 'kind'),
    '"kind":"k","notificationType":"n","primary":"p"',
  );
  expect(value).toMatchObject({ kind: 'INFO', primary: 'primary1' });
  expect(value['extra']).toEqual({ kind: '"k"', notificationType: '"n"', primary: '"p"' });
});

test("an alias that is the present name of one of the bridge's own fields means nothing: each value goes to one field", () => {
  const both = plus({ name: 'kind', aliases: ['notificationType'], type: ['null', 'string'], default: null });
  const { value } = written(both, '"kind":"k","notificationType":"n"');
  expect(value).toMatchObject({ kind: 'k', notificationType: 'INFO', extra: { notificationType: '"n"' } });
  expect(written(both, '"notificationType":"n"').value).toMatchObject({
    kind: null,
    notificationType: 'INFO',
    extra: { notificationType: '"n"' },
  });
});

test('a value of a union goes to the branch that has a place for all of it', () => {
  const part = (name: string, field: string) => ({
    type: 'record',
    name,
    fields: [{ name: field, type: ['null', 'string'], default: null }],
  });
  const type = ['null', part('One', 'a'), part('Two', 'b')];
  const either = plus({ name: 'part', type, default: null });
  expect(written(either, '"part":{"b":"x"}').value).toMatchObject({ part: { b: 'x' }, extra: {} });
  expect(written(either, '"part":{"b":"x","c":1}').value).toMatchObject({
    part: { a: null },
    extra: { part: '{"b":"x","c":1}' },
  });
});

test('what fails in a renamed field is named as it was sent', () => {
  const part = { type: 'record', name: 'Part', fields: [{ name: 'now', aliases: ['was'], type: 'int' }] };
  const { topic, value } = written(
    plus({ name: 'part', aliases: ['piece'], type: ['null', part], default: null }),
    '"piece":{"was":"x"}',
  );
  expect(topic).toBe(topics.deadLetters);
  expect(value).toMatchObject({ paths: ['/payload/0/data/0/piece/was'] });
});

test.each<[string, unknown, unknown, unknown]>([
  ['an int', 'int', 3, 3],
  ['a long', 'long', 2 ** 40, 2 ** 40],
  ['a double', 'double', 1e300, 1e300],
  ['a boolean', 'boolean', true, true],
  ['text', 'string', 'ä', 'ä'],
  ['a time', { type: 'long', logicalType: 'timestamp-millis' }, 5, 5],
  ['an enum', { type: 'enum', name: 'E', symbols: ['A', 'B'] }, 'B', 'B'],
  ['a list', { type: 'array', items: 'int' }, [1, 2], [1, 2]],
  ['a map', { type: 'map', values: 'int' }, { constructor: 1 }, { constructor: 1 }],
  [
    'a record',
    {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'a', type: 'int' },
        { name: 'b', type: 'string', default: 'b' },
      ],
    },
    { a: 7 },
    { a: 7, b: 'b' },
  ],
  ['the first of a union', ['int', 'null'], 9, 9],
  ['the first of a union of numbers', ['int', 'long'], 9, 9],
])('a default is written where nothing is sent: %s', (_, type, fallback, expected) => {
  for (const sent of ['"more":1', '"more":1,"odd":null'].slice(0, Array.isArray(type) ? 1 : 2))
    expect(written(plus({ name: 'odd', type, default: fallback }), sent).value['odd']).toEqual(expected);
});

test.each([
  ['"site":"berlin"', 'berlin'],
  ['"site":null', null],
  ['"more":1', null],
])('null may be the default of a union that begins with something else: %s', (sent, expected) => {
  const part = {
    type: 'record',
    name: 'Part',
    fields: [{ name: 'site', type: ['string', 'null'], default: null }],
  };
  const change = (fields: readonly Field[]) => [
    ...fields,
    { name: 'site', type: ['string', 'null'], default: null },
    { name: 'part', type: ['null', part], default: null },
  ];
  const { topic, value } = written(change, `${sent},"part":{${sent}}`);
  expect(topic).toBe(topics.jobs);
  expect(value['site']).toBe(expected);
  expect(value['part']).toEqual({ site: expected });
});

test('what avsc can not read is a SchemaError with its reason, also in what is referred to', () => {
  const odd = '{"type":"record","name":"R","fields":[{"name":"x","type":"strange"}]}';
  expect(() => readSchema(odd)).toThrow(SchemaError);
  expect(() => readSchema(odd)).toThrow(/strange/);
  expect(() => readSchema('{"type":"record","name":"S","fields":[]}', [odd])).toThrow(SchemaError);
  expect(() => readSchema('no JSON')).toThrow(SchemaError);
});

const nullableInt = { type: ['null', 'int'], default: null };

test.each([
  ['the present name goes before an alias', '"b":1', { a: null, b: 1 }, {}],
  ['each takes its own', '"a":1,"b":2', { a: 1, b: 2 }, {}],
])('where an alias is the present name of another field %s', (_, sent, expected, extra) => {
  const fields = (all: readonly Field[]) => [
    ...all,
    { name: 'a', aliases: ['b'], ...nullableInt },
    { name: 'b', ...nullableInt },
  ];
  expect(written(fields, sent).value).toMatchObject({ ...expected, extra });
  const part = { type: 'record', name: 'Part', fields: fields([]) };
  const nested = written(plus({ name: 'part', type: ['null', part], default: null }), `"part":{${sent}}`);
  expect(nested.value).toMatchObject({ part: expected, extra: {} });
});

test('a value of another type than the field with the alias goes to the field of that name', () => {
  const fields = (all: readonly Field[]) => [
    ...all,
    { name: 'a', aliases: ['b'], ...nullableInt },
    { name: 'b', type: ['null', 'string'], default: null },
  ];
  expect(written(fields, '"b":"x"').value).toMatchObject({ a: null, b: 'x', extra: {} });
});

test('an earlier name that two fields had goes to the first of them', () => {
  const fields = (all: readonly Field[]) => [
    ...all,
    { name: 'a', aliases: ['old'], ...nullableInt },
    { name: 'b', aliases: ['old'], ...nullableInt },
  ];
  expect(written(fields, '"old":1').value).toMatchObject({ a: 1, b: null, extra: {} });
});
