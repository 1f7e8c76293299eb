/** Any value for a field of a later version of a schema: its type, what is sent for it, and what is read for that. */
import * as fc from 'fast-check';

interface Evolved {
  /** With names of types that `renamedTypes` makes unique. */
  readonly type: unknown;
  readonly sent: unknown;
  readonly read: unknown;
  /** The value holds more than the type has a place for. */
  readonly surplus: boolean;
}

type Values = Readonly<Record<string, unknown>>;

const string = fc.string({ unit: 'binary', maxLength: 10 });
const long = fc.integer({ min: -(2 ** 52), max: 2 ** 53 - 2 });
/** Names that JavaScript has for something else, or puts before all others. */
const anyName = fc.constantFrom(
  'constructor',
  '__proto__',
  'toString',
  '',
  '0',
  '10',
  '2',
  'länge',
  'a b',
  'a',
);
const fieldName = fc.constantFrom(
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'isValid',
  'a',
  'b',
  '_1',
);

const plain =
  (type: unknown) =>
  (value: unknown): Evolved => ({ type, sent: value, read: value, surplus: false });

const leaf: fc.Arbitrary<Evolved> = fc.oneof(
  string.map(plain('string')),
  long.map(plain('long')),
  fc.boolean().map(plain('boolean')),
  fc.integer({ min: -4_503_599, max: 9_007_199_254 }).map((sent) => ({
    ...plain({ type: 'long', logicalType: 'timestamp-micros' })(sent),
    read: sent * 1_000_000,
  })),
  fc.constantFrom('ONE', 'TWO', 'THREE').map(plain(['string', numbers('ONE', 'TWO')])),
  fc.constantFrom('ONE', 'TWO', 'THREE').map(plain([numbers('ONE', 'TWO'), 'null', 'string'])),
  fc.oneof(fc.integer(), long).map(plain(['int', 'long'])),
  fc
    .oneof(long, fc.double({ noNaN: true, noDefaultInfinity: true }).filter(isNoMinusZero))
    .map(plain(['null', 'long', 'double'])),
);

function numbers(...symbols: readonly string[]) {
  return { type: 'enum', name: 'Numbers', symbols };
}

function isNoMinusZero(value: number): boolean {
  return !Object.is(value, -0);
}

/** One field of a record within: sent under its name or an earlier one, or not at all. */
const fieldOf = (inner: fc.Arbitrary<Evolved>) =>
  fc.record({
    name: fieldName,
    inner,
    aliases: fc.uniqueArray(fc.constantFrom('was', 'earlier', 'first'), { maxLength: 3 }),
    sentAs: fc.constantFrom('name', 'alias', 'both', 'nothing'),
  });

const recordOf = (inner: fc.Arbitrary<Evolved>, name = 'Part'): fc.Arbitrary<Evolved> =>
  fc
    .record({
      // The same alias for two fields would have both take its value.
      fields: fc.uniqueArray(fieldOf(inner), { selector: ({ name }) => name, maxLength: 3 }),
      more: fc.option(fc.dictionary(anyName, string, { minKeys: 1, maxKeys: 2 }), { nil: {}, freq: 3 }),
    })
    .map(({ fields, more }) => {
      const sent: [string, unknown][] = [];
      const read: [string, unknown][] = [];
      const taken = new Set<string>(fields.map(({ name }) => name));
      let surplus = false;
      const types = fields.map(({ name, inner: value, aliases, sentAs }, index) => {
        const earlier = aliases.map((alias) => `${alias}${index}`);
        const [alias] = earlier.toReversed();
        const isNamed = sentAs === 'name' || sentAs === 'both' || (sentAs === 'alias' && alias === undefined);
        if (alias !== undefined && (sentAs === 'alias' || sentAs === 'both')) sent.push([alias, value.sent]);
        if (isNamed) sent.push([name, value.sent]);
        surplus ||= (sentAs === 'both' && alias !== undefined) || (sentAs !== 'nothing' && value.surplus);
        read.push([name, sentAs === 'nothing' ? null : value.read]);
        const attributes = { name, ...(earlier.length > 0 && { aliases: earlier }) };
        return sentAs === 'nothing'
          ? { ...attributes, type: ['null', 'string'] }
          : { ...attributes, type: value.type };
      });
      for (const [key, value] of Object.entries(more)) {
        if (taken.has(key)) continue;
        sent.push([key, value]);
        surplus = true;
      }
      return {
        type: { type: 'record', name, fields: types },
        sent: asObject(sent),
        read: asObject(read),
        surplus,
      };
    });

/** A list whose every element has the type of one value. */
const listOf = (inner: fc.Arbitrary<Evolved>): fc.Arbitrary<Evolved> =>
  fc.tuple(inner, fc.integer({ min: 0, max: 2 })).map(([value, count]) => ({
    type: { type: 'array', items: value.type },
    sent: Array.from({ length: count }, () => value.sent),
    read: Array.from({ length: count }, () => value.read),
    surplus: value.surplus && count > 0,
  }));

const mapOf = (inner: fc.Arbitrary<Evolved>): fc.Arbitrary<Evolved> =>
  fc.tuple(inner, fc.uniqueArray(anyName, { maxLength: 3 })).map(([value, names]) => ({
    type: { type: 'map', values: value.type },
    sent: asObject(names.map((name) => [name, value.sent])),
    read: asObject(names.map((name) => [name, value.read])),
    surplus: value.surplus && names.length > 0,
  }));

/** A record that holds itself, some levels deep. */
const chain: fc.Arbitrary<Evolved> = fc
  .array(fc.record({ v: long, more: fc.boolean() }), { minLength: 1, maxLength: 12 })
  .map((levels) => ({
    type: {
      type: 'record',
      name: 'Node',
      fields: [
        { name: 'next', type: ['null', 'Node'], default: null },
        { name: 'v', type: 'long' },
      ],
    },
    sent: levels.reduceRight<Values | null>(
      (next, { v, more }) => ({ v, ...(next !== null && { next }), ...(more && { 1: 'more' }) }),
      null,
    ),
    read: levels.reduceRight<Values | null>((next, { v }) => ({ next, v }), null),
    surplus: levels.some(({ more }) => more),
  }));

/** One of two records, or of a record and a map: which it is only its names tell. */
const either: fc.Arbitrary<Evolved> = fc
  .record({
    isFirst: fc.boolean(),
    swapped: fc.boolean(),
    beside: fc.constantFrom('record', 'map'),
    v: string,
  })
  .map(({ isFirst, swapped, beside, v }) => {
    const first = {
      type: 'record',
      name: 'Part',
      fields: [{ name: 'a', type: ['null', 'string'], default: null }],
    };
    const second =
      beside === 'map'
        ? { type: 'map', values: 'string' }
        : { type: 'record', name: 'Part', fields: [{ name: 'b', type: ['null', 'string'], default: null }] };
    const sent = isFirst ? { a: v } : { b: v };
    return {
      type: ['null', ...(swapped ? [second, first] : [first, second])],
      sent,
      read: sent,
      surplus: false,
    };
  });

/** Values of every type that the bridge writes, some levels deep. */
export const evolvedValue: fc.Arbitrary<Evolved> = fc.letrec<{ any: Evolved }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    chain,
    either,
    recordOf(tie('any')),
    listOf(tie('any')),
    mapOf(tie('any')),
  ),
})).any;

/** With an own `__proto__`, as JSON text gives it. */
function asObject(entries: readonly (readonly [string, unknown])[]): unknown {
  return Object.fromEntries(entries);
}

/** The schema with another name for each type that it defines; what a type says of itself follows. */
export function renamedTypes(type: unknown, prefix: string): unknown {
  let count = 0;
  const rename = (part: unknown, names: ReadonlyMap<string, string>): unknown => {
    if (typeof part === 'string') return names.get(part) ?? part;
    if (Array.isArray(part)) return part.map((each) => rename(each, names));
    const { name, fields, items, values, ...rest } = part as Values;
    if (name === undefined) {
      return {
        ...rest,
        ...(items !== undefined && { items: rename(items, names) }),
        ...(values !== undefined && { values: rename(values, names) }),
      };
    }
    const now = `${prefix}${count++}`;
    const inner = new Map(names).set(name as string, now);
    const all = (fields as readonly Values[] | undefined)?.map((field) => ({
      ...field,
      type: rename(field['type'], inner),
    }));
    return { ...rest, name: now, ...(all !== undefined && { fields: all }) };
  };
  return rename(type, new Map());
}
