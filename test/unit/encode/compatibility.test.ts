import avro from 'avsc';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { whatBreaks } from '../../../src/encode/compatibility.ts';
import { readSchema } from '../../../src/encode/field-type.ts';
import { schemasOf, steps } from '../../helpers/evolution-steps.ts';

type Field = Readonly<Record<string, unknown>>;

const record = (name: string, fields: readonly Field[], more: object = {}) => ({
  type: 'record',
  name,
  fields,
  ...more,
});
const typeOf = (schema: object) => readSchema(JSON.stringify(schema)).type;
const between = (reader: readonly Field[], writer: readonly Field[]) =>
  whatBreaks(typeOf(record('A', reader)), typeOf(record('A', writer)));

const site = (symbols: readonly string[], more: object = {}) => ({
  type: 'enum',
  name: 'Site',
  symbols,
  ...more,
});
const part = (...fields: readonly Field[]) => record('Part', fields);

test.each<[string, readonly Field[], readonly Field[], readonly string[]]>([
  [
    'a field that is read without a default',
    [{ name: 'x', type: 'int' }],
    [],
    ['"x" is read without a default, and is not written'],
  ],
  [
    'a narrower type',
    [{ name: 'x', type: 'int' }],
    [{ name: 'x', type: ['null', 'long'] }],
    [`"x" is written as long or null, and can't be read as int`],
  ],
  [
    'a new symbol',
    [{ name: 'x', type: site(['N']) }],
    [{ name: 'x', type: site(['N', 'E']) }],
    [`"x" is written as enum Site (N, E), and can't be read as enum Site (N)`],
  ],
  [
    'a new name, for those that know only the earlier one',
    [{ name: 'x', type: 'int' }],
    [{ name: 'y', aliases: ['x'], type: 'int' }],
    ['"x" is read without a default, and is not written'],
  ],
  [
    'two written fields for one that is read',
    [{ name: 'y', aliases: ['x'], type: 'int' }],
    [
      { name: 'x', type: 'int' },
      { name: 'y', type: 'int' },
    ],
    ['"y" is written twice, as "x" and as "y"'],
  ],
  [
    'a written field that is one field by its name and another by an alias',
    [
      { name: 't', type: 'float', aliases: ['p'] },
      { name: 'p', type: 'int' },
    ],
    [{ name: 'p', type: 'int' }],
    ['"t" is one of "p", "t" that "p" may be', '"p" is one of "p", "t" that "p" may be'],
  ],
  [
    'a field of a record in the record',
    [{ name: 'p', type: part({ name: 'x', type: 'int' }) }],
    [{ name: 'p', type: part({ name: 'x', type: 'string' }) }],
    [`in "p": "x" is written as string, and can't be read as int`],
  ],
  [
    'a record that may be null, where it may not',
    [{ name: 'p', type: part({ name: 'x', type: 'int' }) }],
    [{ name: 'p', type: ['null', part({ name: 'x', type: 'int' })] }],
    [`"p" is written as record Part or null, and can't be read as record Part`],
  ],
  [
    'a record of another name',
    [{ name: 'p', type: part({ name: 'x', type: 'int' }) }],
    [{ name: 'p', type: record('Other', [{ name: 'x', type: 'int' }]) }],
    [`"p" is written as record Other, and can't be read as record Part`],
  ],
  [
    'a list of something else',
    [{ name: 'p', type: { type: 'array', items: 'int' } }],
    [{ name: 'p', type: { type: 'array', items: 'string' } }],
    [`"p" is written as array of string, and can't be read as array of int`],
  ],
  [
    'a record that holds itself',
    [
      {
        name: 'n',
        type: record('Node', [
          { name: 'v', type: 'int' },
          { name: 'next', type: ['null', 'Node'] },
        ]),
      },
    ],
    [
      {
        name: 'n',
        type: record('Node', [
          { name: 'v', type: 'string' },
          { name: 'next', type: ['null', 'Node'] },
        ]),
      },
    ],
    [`in "n": "v" is written as string, and can't be read as int`],
  ],
  [
    'each field that breaks',
    [
      { name: 'x', type: 'int' },
      { name: 'y', type: 'int' },
      { name: 'z', type: 'int', default: 1 },
    ],
    [{ name: 'y', type: 'boolean' }],
    [
      '"x" is read without a default, and is not written',
      `"y" is written as boolean, and can't be read as int`,
    ],
  ],
])('says in words what breaks: %s', (_, reader, writer, sentences) => {
  expect(between(reader, writer)).toEqual(sentences);
});

test.each<[string, readonly Field[], readonly Field[]]>([
  ['a wider type', [{ name: 'x', type: 'long' }], [{ name: 'x', type: 'int' }]],
  ['a default', [{ name: 'x', type: 'long', default: 1 }], []],
  ['a default of a later branch', [{ name: 'x', type: ['string', 'null'], default: null }], []],
  ['a default that this bridge could not write', [{ name: 'x', type: 'long', default: 2 ** 60 }], []],
  [
    'an alias that is the name itself',
    [{ name: 'x', aliases: ['x'], type: 'int' }],
    [{ name: 'x', type: 'int' }],
  ],
  ['an alias', [{ name: 'y', aliases: ['x'], type: 'int' }], [{ name: 'x', type: 'int' }]],
  ['a field that is not read', [], [{ name: 'x', type: 'int' }]],
  [
    "an enum's own default",
    [{ name: 'x', type: site(['N', 'O'], { default: 'O' }) }],
    [{ name: 'x', type: site(['N', 'E']) }],
  ],
  [
    'a time, which is a long below',
    [{ name: 'x', type: 'long' }],
    [{ name: 'x', type: { type: 'long', logicalType: 'timestamp-millis' } }],
  ],
])('nothing breaks by %s', (_, reader, writer) => {
  expect(between(reader, writer)).toEqual([]);
});

test('records of different names are told as a whole, and what is no record is too', () => {
  const [a, b] = [typeOf(record('A', [])), typeOf(record('B', []))];
  expect(whatBreaks(a, b)).toEqual(["record B can't be read as record A"]);
  expect(whatBreaks(typeOf(record('A', [], { aliases: ['B'] })), b)).toEqual([]);
});

test.each(steps.map((step) => [step.name, step] as const))(
  'the step of an evolution breaks readers where its cells say so: %s',
  (_, step) => {
    const { older, newer } = schemasOf(step);
    const breaks = (reader: object, writer: object) => whatBreaks(typeOf(reader), typeOf(writer));
    expect(breaks(older, newer).length > 0).toBe(step.olderReaderNewerRecord === 'fails');
    expect(breaks(newer, older).length > 0).toBe(step.newerReaderOlderRecord === 'fails');
  },
);

const fieldName = fc.constantFrom('a', 'b', 'c');
const leaf: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  'int',
  'long',
  'double',
  'string',
  'bytes',
  ['null', 'int'],
  ['int', 'string'],
  { type: 'array', items: 'int' },
  { type: 'array', items: 'long' },
  { type: 'map', values: 'string' },
  site(['N']),
  site(['N', 'E']),
  site(['N', 'O'], { default: 'O' }),
);
/** Of the name that is given, and of records below it that may name those around them. */
const anyRecord = (name: string, depth: number, around: readonly string[]): fc.Arbitrary<object> => {
  const [known, below] = [[...around, name], `${name}_`];
  const inner = [
    leaf,
    fc.constantFrom(...known.map((each) => ['null', each])),
    ...(depth === 0
      ? []
      : [
          anyRecord(below, depth - 1, known),
          anyRecord(below, depth - 1, known).map((each) => ['null', each]),
        ]),
  ];
  const field = fc.record({
    name: fieldName,
    type: fc.oneof(...inner),
    aliases: fc.uniqueArray(fieldName, { maxLength: 1 }),
  });
  const fields = fc.uniqueArray(field, { selector: (each) => each.name, maxLength: 3 });
  return fields.map((all) => record(name, all.map(withDefault)));
};
const withDefault = (field: Field): Field =>
  Array.isArray(field['type']) && field['type'][0] === 'null' && field['name'] !== 'b'
    ? { ...field, default: null }
    : field;
/** Named types are defined once: later ones of a name refer to the first. */
function definedOnce(schema: unknown, names = new Set<string>()): unknown {
  if (Array.isArray(schema)) return schema.map((each) => definedOnce(each, names));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { name, type, fields, items, ...rest } = schema as Field;
  const isNamed = type === 'record' || type === 'enum';
  if (isNamed && names.has(String(name))) return name;
  if (isNamed) names.add(String(name));
  return {
    ...(name !== undefined && { name }),
    type: definedOnce(type, names),
    ...(fields !== undefined && { fields: definedOnce(fields, names) }),
    ...(items !== undefined && { items }),
    ...rest,
  };
}
const anySchema = anyRecord('R', 2, []).map((schema) => definedOnce(schema) as object);

/** Whether a written field may be two of the fields that are read: readers differ then, and avsc gives it to both. */
const isAmbiguous = (reader: object): boolean =>
  JSON.stringify(reader, (_, value: unknown) => {
    const fields = (value as { fields?: { name: string; aliases: string[] }[] } | null)?.fields;
    const names = fields?.flatMap(({ name, aliases }) => [...new Set([name, ...aliases])]) ?? [];
    return new Set(names).size < names.length ? 'ambiguous' : value;
  }).includes('"ambiguous"');

test('something is told exactly where Avro’s resolution fails, and by the name of a field', () => {
  fc.assert(
    fc.property(anySchema, anySchema, (reader, writer) => {
      fc.pre(!isAmbiguous(reader));
      let resolves = true;
      try {
        avro.Type.forSchema(reader as never).createResolver(avro.Type.forSchema(writer as never));
      } catch {
        resolves = false;
      }
      const sentences = whatBreaks(typeOf(reader), typeOf(writer));
      expect(sentences.length === 0).toBe(resolves);
      // In records that hold themselves it may be the whole that doesn't resolve.
      const holdsItself = /"null","R_*"/.test(JSON.stringify(reader));
      const named = /^(?:in "\w+": )*"\w+" is /;
      if (!holdsItself) for (const sentence of sentences) expect(sentence).toMatch(named);
    }),
    { numRuns: 2_000 },
  );
});
