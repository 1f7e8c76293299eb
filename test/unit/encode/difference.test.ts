import { expect, test } from 'vitest';
import { differences } from '../../../src/encode/difference.ts';
import { readSchema } from '../../../src/encode/field-type.ts';
import { schemasOf, steps } from '../../helpers/evolution-steps.ts';
import { schemas } from '../../helpers/schemas.ts';

type Field = Readonly<Record<string, unknown>>;

const record = (name: string, ...fields: readonly Field[]) => ({ type: 'record', name, fields });
const between = (earlier: readonly Field[], later: readonly Field[]) =>
  differences(
    readSchema(JSON.stringify(record('A', ...earlier))),
    readSchema(JSON.stringify(record('A', ...later))),
  ).map(({ is, field, what }) => `${is} ${field}: ${what}`);

const x = { name: 'x', type: 'int' };
const millis = { type: 'long', logicalType: 'timestamp-millis' };
const micros = { type: 'long', logicalType: 'timestamp-micros' };
const site = (...symbols: readonly string[]) => ({ type: 'enum', name: 'Site', symbols });

test.each<[string, readonly Field[], readonly Field[], readonly string[]]>([
  ['nothing', [x], [x], []],
  [
    'the order of the fields, which a constructor has too',
    [x, { ...x, name: 'y' }],
    [{ ...x, name: 'y' }, x],
    ['changed record A: has its fields in another order'],
  ],
  ['a new field', [], [x], ['added x: int, without a default']],
  [
    'a new field with a default',
    [],
    [{ ...x, type: ['null', 'int'], default: null }],
    ['added x: int or null, with a default'],
  ],
  ['a field less', [x], [], ['removed x: int']],
  ['another type', [x], [{ ...x, type: ['null', 'long'] }], ['changed x: int becomes long or null']],
  [
    'a time',
    [{ ...x, type: 'long' }],
    [{ ...x, type: { type: 'long', logicalType: 'timestamp-millis' } }],
    ['changed x: long becomes timestamp-millis'],
  ],
  [
    'a new symbol',
    [{ ...x, type: site('N') }],
    [{ ...x, type: site('N', 'E') }],
    ['changed x: enum Site (N) becomes enum Site (N, E)'],
  ],
  [
    'a new symbol in a list',
    [{ ...x, type: { type: 'array', items: site('N') } }],
    [{ ...x, type: { type: 'array', items: site('N', 'E') } }],
    ['changed x: array of enum Site (N) becomes array of enum Site (N, E)'],
  ],
  [
    "an enum's own default that comes, goes, or is another",
    [
      { name: 'a', type: site('N', 'S') },
      { name: 'b', type: { ...site('N', 'S'), name: 'B', default: 'N' } },
      { name: 'c', type: { type: 'array', items: { ...site('N', 'S'), name: 'C', default: 'N' } } },
    ],
    [
      { name: 'a', type: { ...site('N', 'S'), default: 'N' } },
      { name: 'b', type: { ...site('N', 'S'), name: 'B' } },
      { name: 'c', type: { type: 'array', items: { ...site('N', 'S'), name: 'C', default: 'S' } } },
    ],
    [
      'changed a: its enum Site gains the default N for symbols that a reader does not know',
      'changed b: its enum B loses its default N',
      'changed c: its enum C has another default: S',
    ],
  ],
  [
    'a unit inside of a list, a map, and a union of several',
    [
      { name: 'a', type: { type: 'array', items: millis } },
      { name: 'b', type: { type: 'map', values: ['null', millis] } },
      { name: 'c', type: ['null', 'string', millis] },
    ],
    [
      { name: 'a', type: { type: 'array', items: micros } },
      { name: 'b', type: { type: 'map', values: ['null', 'long'] } },
      { name: 'c', type: ['null', 'string', 'long'] },
    ],
    [
      'changed a: array of timestamp-millis becomes array of timestamp-micros',
      'changed b: map of (timestamp-millis or null) becomes map of (long or null)',
      'changed c: string or timestamp-millis or null becomes string or long or null',
    ],
  ],
  [
    'a record in a list, and one in a union of several',
    [
      { name: 'a', type: { type: 'array', items: record('P', { ...x, type: millis }) } },
      { name: 'b', type: ['null', 'string', record('Q', x)] },
    ],
    [
      { name: 'a', type: { type: 'array', items: record('P', { ...x, type: 'long' }) } },
      { name: 'b', type: ['null', 'string', { ...record('Q', { ...x, name: 'y' }), doc: 'Q.' }] },
    ],
    [
      'changed a.x: timestamp-millis becomes long',
      'changed b: its record Q has another doc',
      'removed b.x: int',
      'added b.y: int, without a default',
    ],
  ],
  [
    'the namespace, aliases and size of types within',
    [
      { name: 'a', type: { ...site('N'), namespace: 'v1' } },
      { name: 'b', type: { type: 'fixed', name: 'F', size: 2 } },
    ],
    [
      { name: 'a', type: { ...site('N'), namespace: 'v2', aliases: ['v1.Site'] } },
      { name: 'b', type: { type: 'fixed', name: 'F', size: 4 } },
    ],
    [
      'changed a: enum v1.Site (N) becomes enum v2.Site (N)',
      'changed b: fixed F (2 bytes) becomes fixed F (4 bytes)',
    ],
  ],
  [
    'how it is sorted',
    [x],
    [{ ...x, order: 'ignore' }],
    ['changed x: is sorted ignore instead of ascending'],
  ],
  ['a default that comes', [x], [{ ...x, default: 1 }], ['changed x: gains a default']],
  ['a default that goes', [{ ...x, default: 1 }], [x], ['changed x: loses its default']],
  ['another default', [{ ...x, default: 1 }], [{ ...x, default: 2 }], ['changed x: has another default: 2']],
  ['another doc', [{ ...x, doc: 'An x.' }], [{ ...x, doc: 'The x.' }], ['changed x: has another doc']],
  ['a new name', [x], [{ ...x, name: 'y', aliases: ['x'] }], ['changed x: is now called y']],
  [
    'a new name without the earlier one',
    [x],
    [{ ...x, name: 'y' }],
    ['removed x: int', 'added y: int, without a default'],
  ],
  ['a new alias', [x], [{ ...x, aliases: ['w'] }], ['changed x: gains the alias w']],
  [
    'an alias that goes',
    [{ ...x, aliases: ['w', 'v'] }],
    [{ ...x, aliases: ['v'] }],
    ['changed x: loses the alias w'],
  ],
  [
    'a name that goes before an alias',
    [x],
    [x, { name: 'y', aliases: ['x'], type: 'string' }],
    ['added y: string, without a default'],
  ],
  [
    'all at once',
    [{ ...x, doc: 'An x.' }],
    [{ name: 'y', aliases: ['x', 'w'], type: 'long', default: 1 }],
    ['changed x: is now called y; int becomes long; gains a default; gains the alias w; has another doc'],
  ],
  [
    'what is in a record of the record',
    [{ ...x, type: ['null', record('Part', x, { ...x, name: 'gone' })] }],
    [{ ...x, type: ['null', record('Part', { ...x, type: 'long' }, { ...x, name: 'y' })], doc: 'Parts.' }],
    [
      'changed x: has another doc',
      'changed x.x: int becomes long',
      'removed x.gone: int',
      'added x.y: int, without a default',
    ],
  ],
  [
    'what is in a record that holds itself',
    [{ ...x, type: record('Node', x, { name: 'next', type: ['null', 'Node'] }) }],
    [{ ...x, type: record('Node', { ...x, type: 'long' }, { name: 'next', type: ['null', 'Node'] }) }],
    ['changed x.x: int becomes long'],
  ],
])('tells of %s', (_, earlier, later, lines) => {
  expect(between(earlier, later)).toEqual(lines);
});

test.each(Object.entries(schemas))('a schema does not differ from itself: %s', (_, { schema }) => {
  expect(differences(readSchema(schema), readSchema(schema))).toEqual([]);
});

test.each(steps.map((step) => [step.name, step] as const))(
  'every step of an evolution is one difference, and its way back another: %s',
  (_, step) => {
    const { older, newer } = schemasOf(step);
    const [earlier, later] = [readSchema(JSON.stringify(older)), readSchema(JSON.stringify(newer))];
    expect(differences(earlier, later)).toHaveLength(1);
    expect(differences(later, earlier).length).toBeGreaterThan(0);
  },
);

test('the record itself is told of by its earlier name: another namespace, aliases, another doc, another order of its fields', () => {
  const read = (schema: object) => readSchema(JSON.stringify(schema));
  const earlier = { ...record('Job', x, { ...x, name: 'y' }), namespace: 'v1', doc: 'A job.' };
  const later = {
    ...record('Job', { ...x, name: 'y' }, x),
    namespace: 'v2',
    doc: 'The job.',
    aliases: ['v1.Job', 'Task'],
  };
  expect(differences(read(earlier), read(later))).toEqual([
    {
      is: 'changed',
      field: 'record v1.Job',
      what: 'is now called v2.Job; gains the alias v2.Task; has another doc; has its fields in another order',
    },
  ]);
});
