import type { Random } from '../../src/simulator/random.ts';
import { below, oneOf } from '../fuzz/choose.ts';
import type { AvroType } from '../schemas/versions.ts';

const longs = [0, 1, -1, 2 ** 53 - 2, -(2 ** 52), 2 ** 31, 1_760_000_000_000];
const ints = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)];

/** A default that fits the type, of a union any branch's; undefined where none is made: for types that are only named. */
export function makeDefault(random: Random, type: AvroType): unknown {
  if (typeof type === 'string') return ofPrimitive(random, type);
  if (isUnion(type)) return makeDefault(random, oneOf(random, type));
  const { type: kind, symbols, items, values, fields } = type as Readonly<Record<string, unknown>>;
  switch (kind) {
    case 'enum':
      return oneOf(random, symbols as string[]);
    case 'array': {
      const item = below(random, 2) === 0 ? undefined : makeDefault(random, items as AvroType);
      return item === undefined ? [] : [item];
    }
    case 'map': {
      const value = below(random, 2) === 0 ? undefined : makeDefault(random, values as AvroType);
      return value === undefined ? {} : { __proto__x: value };
    }
    case 'record':
      return ofRecord(random, fields as readonly Readonly<Record<string, unknown>>[]);
    default:
      return makeDefault(random, kind as AvroType);
  }
}

function ofPrimitive(random: Random, type: string): unknown {
  switch (type) {
    case 'null':
      return null;
    case 'boolean':
      return below(random, 2) === 0;
    case 'int':
      return oneOf(random, ints);
    case 'long':
      return oneOf(random, longs);
    case 'float':
      return oneOf(random, [0, 1, -1.5, 2 ** 24]);
    case 'double':
      return oneOf(random, [0, 0.1, -1e300, 2 ** 60]);
    case 'string':
      return oneOf(random, ['', 'x', '\u0000\u{1f600}', '__proto__']);
    default:
      return undefined;
  }
}

/** A field with a default of its own is left out sometimes. */
function ofRecord(random: Random, fields: readonly Readonly<Record<string, unknown>>[]): unknown {
  const made: [string, unknown][] = [];
  for (const field of fields) {
    if (Object.hasOwn(field, 'default') && below(random, 2) === 0) continue;
    const value = makeDefault(random, field['type'] as AvroType);
    if (value === undefined) return undefined;
    made.push([field['name'] as string, value]);
  }
  return Object.fromEntries(made);
}

function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}
