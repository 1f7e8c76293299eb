/** Defaults of a schema as Avro 1.12 takes them: of any branch of a union, and written as they are, or not at all. */
import { expect, test } from 'vitest';
import { readSchema, SchemaError, unusableDefaults } from '../../../src/encode/field-type.ts';
import { jobsText, requestOf } from '../../helpers/messages.ts';
import { encoderWith, recordsOf, schemas, valueOf } from '../../helpers/schemas.ts';

type Field = Readonly<Record<string, unknown>>;

function jobsWith(...gained: readonly Field[]) {
  const parsed = JSON.parse(schemas.jobs.schema) as { fields: Field[] };
  const schema = JSON.stringify({ ...parsed, fields: [...parsed.fields, ...gained] });
  return { ...schemas.jobs, id: 77, version: 2, schema };
}

/** What an entry becomes that sends these fields, as JSON text. */
function written(field: Field, sent = '') {
  const jobs = jobsWith(field);
  const request = requestOf(jobsText(`{"clientName":"a","jobId":1${sent}}`));
  const [record] = recordsOf(request, encoderWith({ schemas: { jobs } }));
  return valueOf(record, { jobs });
}

const part = (name: string, ...fields: readonly Field[]) => ({ type: 'record', name, fields });
const site = { type: 'enum', name: 'Site', symbols: ['N', 'S'] };

test.each<[string, unknown, unknown, unknown]>([
  ['of a later branch', ['null', 'string'], 'x', 'x'],
  ['null, of a later branch', ['string', 'null'], null, null],
  ['of the third branch', ['null', 'string', 'long'], 7, 7],
  ['of an enum behind null', ['null', site], 'S', 'S'],
  ['of the first branch that it fits', ['long', 'int'], 1, 1],
  ['of a list', { type: 'array', items: ['null', 'int'] }, [1, null], [1, null]],
  ['the largest long that is written', 'long', 2 ** 53 - 2, 2 ** 53 - 2],
  ['the smallest long that is written', 'long', -(2 ** 52), -(2 ** 52)],
  ['of a float', 'float', 0.1, Math.fround(0.1)],
  [
    'of a record, with what it leaves out',
    part('Part', { name: 'x', type: ['string', 'null'], default: null }, { name: 'y', type: 'int' }),
    { y: 2 },
    { x: null, y: 2 },
  ],
  [
    'of a record with a union of two numbers',
    part('Part', { name: 'x', type: ['int', 'long'], default: 1 }),
    {},
    { x: 1 },
  ],
  [
    'of a record in a record',
    part('Part', { name: 'inner', type: part('Inner', { name: 'x', type: 'int', default: 3 }), default: {} }),
    {},
    { inner: { x: 3 } },
  ],
])('a default %s is written where nothing was sent', (_, type, fallback, value) => {
  expect(written({ name: 'gained', type, default: fallback })['gained']).toEqual(value);
});

test('what was sent goes before the default, and null too where the field takes it', () => {
  const field = { name: 'gained', type: ['null', 'string'], default: 'x' };
  expect(written(field, ',"gained":"sent"')['gained']).toBe('sent');
  expect(written(field, ',"gained":null')['gained']).toBe(null);
});

test.each<[string, unknown, unknown, string]>([
  ['a long below what is written', 'long', -4503599627370497, '-4503599627370497 is no long'],
  ['the largest long', 'long', 9223372036854775807n, '9223372036854776000 is no long'],
  ['a text for a long', 'long', 'none', '"none" is no long'],
  ['a symbol that is none', site, 'E', '"E" is no enum nbwss.v1.Site'],
  ['text beyond bytes', 'bytes', '\u0100', '"\u0100" is no bytes'],
  ['a fixed of another size', { type: 'fixed', name: 'Two', size: 2 }, 'x', '"x" is no fixed nbwss.v1.Two'],
  ['one of no branch', ['null', 'long'], 'x', '"x" is no null or long'],
  ['a list with one that is none', { type: 'array', items: 'int' }, [1, 'x'], '"x" is no int'],
  ['a record that lacks a field', part('Part', { name: 'x', type: 'int' }), {}, '{} has no "x" of record'],
  [
    'a record that holds itself without an end',
    part('Node', { name: 'next', type: 'Node', default: {} }),
    {},
    'holds itself without an end',
  ],
])(
  'a default that can not be written is told, and not written as something else: %s',
  (_, type, fallback, why) => {
    const json = JSON.stringify(fallback, (__, value: unknown) =>
      typeof value === 'bigint' ? 'BIG' : value,
    );
    const field = `{"name":"gained","type":${JSON.stringify(type)},"default":${json.replace('"BIG"', '9223372036854775807')}}`;
    const jobs = jobsWith();
    const schema = jobs.schema.replace(/\]\}$/, `,${field}]}`);
    expect(unusableDefaults(readSchema(schema))[0]).toContain(why);
    const encoder = () => encoderWith({ schemas: { jobs: { ...jobs, schema } } });
    expect(encoder).toThrow(SchemaError);
    expect(encoder).toThrow(/version 2 .* the default of "(?:gained|next)" in record .* can't be written: /);
  },
);

test('bytes and fixed have defaults of text, U+0000 to U+00FF', () => {
  const fixed = { type: 'fixed', name: 'Two', size: 2 };
  const schema = part(
    'R',
    { name: 'a', type: 'bytes', default: 'a\u00ff' },
    { name: 'b', type: fixed, default: '\u0000\u00ff' },
  );
  const { fields } = readSchema(JSON.stringify(schema));
  expect(fields.map(({ fallback }) => fallback)).toMatchObject([
    { fault: null, value: Buffer.from([0x61, 0xff]) },
    { fault: null, value: Buffer.from([0, 0xff]) },
  ]);
});

test('where defaults are left out a field takes null, or makes a dead letter; both are counted', () => {
  const jobs = {
    ...jobsWith(
      { name: 'size', type: ['null', 'long'], default: 'none' },
      { name: 'room', type: 'long', default: 'none' },
    ),
    dropsDefaults: true as const,
  };
  const told: string[] = [];
  const encoder = encoderWith({ schemas: { jobs }, onDefaultDropped: (subject) => told.push(subject) });
  const become = (sent: string) =>
    valueOf(recordsOf(requestOf(jobsText(`{"clientName":"a","jobId":1${sent}}`)), encoder)[0], { jobs });
  expect(become(',"size":1,"room":2')).toMatchObject({ size: 1, room: 2 });
  expect(told).toEqual([]);
  expect(become(',"room":2')).toMatchObject({ size: null, room: 2 });
  expect(told).toEqual([jobs.subject]);
  expect(become(',"size":1')).toMatchObject({ reason: 'missing', paths: ['/payload/0/data/0/room'] });
  expect(told).toHaveLength(2);
});
