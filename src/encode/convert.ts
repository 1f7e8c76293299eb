import type { Type } from 'avsc';
import { isInexactNumber } from '../protocol/exact.ts';
import type { JsonObject, JsonValue } from '../protocol/message.ts';
import { branchesOf, innerOf, kindOf, symbolsOf } from './avro-types.ts';
import { type FieldType, recordSchema, SchemaError } from './field-type.ts';
import {
  type Convert,
  EncodeError,
  isTimeKind,
  isTimeOutOfRange,
  leafConverters,
  wrongType,
} from './value.ts';

/** Compiles how wire values become values of Avro types. */
export interface Converters {
  /** @throws SchemaError naming a type that no value on the wire can fill */
  of(type: Type): Convert;
  /**
   * What a field takes that has no value: null where that was sent and the field takes it, else the schema's default, else null.
   * @throws EncodeError where there is none
   */
  absent(field: FieldType, given: null | undefined): unknown;
  /** Forgets what conversions met that came to no end: the next entry has nothing of it. */
  forget(): void;
  /** Whether a conversion since the last call met fields of an object that its record type has no place for. */
  tookSurplus(): boolean;
  /** Whether a conversion since the last call met a time beyond what its field can hold, and took null for it: that is surplus, too. */
  tookOddTime(): boolean;
}

/**
 * Each type is compiled once; a type may hold itself.
 * @param onDefaultDropped told each time that a default was needed which can't be written
 */
export function createConverters(onDefaultDropped: () => void): Converters {
  const compiled = new Map<Type, Convert>();
  let surplus = false;
  let oddTime = false;

  function of(type: Type): Convert {
    const known = compiled.get(type);
    if (known !== undefined) return known;
    // What a type that holds itself calls, until it is complete.
    compiled.set(type, (value) => of(type)(value));
    const convert = compile(type);
    compiled.set(type, convert);
    return convert;
  }

  function compile(type: Type): Convert {
    const kind = kindOf(type);
    const leaf = leafConverters[kind];
    if (leaf !== undefined) return leaf;
    // Its kind is the name of a logical type, where it has one that isn't known.
    if (kind.startsWith('map of ')) return mapOf(innerOf(type) as Type);
    if (kind.startsWith('array of ')) return arrayOf(innerOf(type) as Type);
    if (kind.startsWith('enum ')) return enumOf(kind, symbolsOf(type));
    if (kind.startsWith('record ')) return recordOf(type);
    if (kind.startsWith('union:')) return unionOf(branchesOf(type), kind === 'union:wrapped');
    throw new SchemaError(`${kind}, which no value of NetBackup's can fill`);
  }

  function mapOf(valuesType: Type): Convert {
    const convert = of(valuesType);
    return (value) => {
      const map = Object.create(null) as Record<string, unknown>;
      for (const [name, inner] of Object.entries(asObject('map', value))) {
        if (!name.isWellFormed()) throw new EncodeError('bad-unicode', 'has a name with a lone surrogate');
        map[name] = inside(name, convert, inner);
      }
      return map;
    };
  }

  function arrayOf(itemsType: Type): Convert {
    const convert = of(itemsType);
    return (value) => {
      if (!Array.isArray(value)) throw wrongType('array', value);
      return value.map((item: JsonValue, index) => inside(index, convert, item));
    };
  }

  function recordOf(type: Type): Convert {
    const { fields, construct } = recordSchema(type);
    const readers = fields.map((field) => ({ field, convert: of(field.type) }));
    return (value) => {
      const object = asObject('record', value);
      const sources = sourcesOf(object, fields);
      surplus ||= Object.keys(object).some((name) => !sources.includes(name));
      return construct(
        readers.map(({ field, convert }, at) => {
          const source = sources[at];
          const given = source === undefined ? undefined : object[source];
          return given === undefined || given === null
            ? absent(field, given)
            : inside(source ?? field.name, convert, given);
        }),
      );
    };
  }

  /** The first branch that takes the value as it is, and has a place for all of it; else the first that takes it. */
  function unionOf(types: readonly Type[], wrapped: boolean): Convert {
    const branches = types.filter(({ typeName }) => typeName !== 'null');
    const nullable = branches.length < types.length;
    const values = branches.map((type) => ({ name: String(type.branchName), convert: of(type) }));
    const [only] = values;
    if (only !== undefined && values.length === 1 && nullable) {
      const isTime = branches.every((branch) => isTimeKind(kindOf(branch)));
      const convert = isTime ? orNull(only.convert) : only.convert;
      return (value) => (value === null ? null : convert(value));
    }
    const kinds = types.map(kindOf).join(' or ');
    return (value) => {
      if (value === null && nullable) return null;
      const before = surplus;
      let notWhole: { readonly taken: unknown } | undefined;
      let outOfRange: EncodeError | undefined;
      for (const { name, convert } of values) {
        surplus = false;
        try {
          const converted = convert(value);
          const taken = wrapped ? { [name]: converted } : converted;
          if (!surplus) {
            surplus = before;
            return taken;
          }
          notWhole ??= { taken };
        } catch (error) {
          if (!(error instanceof EncodeError)) throw error;
          if (isTimeOutOfRange(error)) outOfRange = error;
        }
      }
      surplus = before || notWhole !== undefined;
      if (notWhole !== undefined) return notWhole.taken;
      if (outOfRange !== undefined && nullable) return insteadOfTime();
      throw outOfRange ?? wrongType(kinds, value);
    };
  }

  function orNull(convert: Convert): Convert {
    return (value) => {
      try {
        return convert(value);
      } catch (error) {
        if (isTimeOutOfRange(error)) return insteadOfTime();
        throw error;
      }
    };
  }

  function insteadOfTime(): null {
    surplus = true;
    oddTime = true;
    return null;
  }

  function absent({ name, nullable, fallback }: FieldType, given: null | undefined): unknown {
    if (given === null && nullable) return null;
    if (fallback?.fault === null) return fallback.value;
    if (fallback !== null) onDefaultDropped();
    if (nullable) return null;
    throw new EncodeError('missing', 'is missing', [name]);
  }

  return {
    of,
    absent,
    forget() {
      surplus = false;
      oddTime = false;
    },
    tookSurplus() {
      const took = surplus;
      surplus = false;
      return took;
    },
    tookOddTime() {
      const took = oddTime;
      oddTime = false;
      return took;
    },
  };
}

function enumOf(kind: string, symbols: readonly string[]): Convert {
  const known = new Set(symbols);
  return (value) => {
    if (typeof value !== 'string' || !known.has(value)) throw wrongType(`symbol of ${kind}`, value);
    return value;
  };
}

/** The names under which a field's value is sent. */
export interface NamesOfField {
  /** Null: none. */
  readonly name: string | null;
  readonly aliases: readonly string[];
}

/**
 * For each field the name under which an object has its value: its present name, or else an earlier one. What is the present name of a field
 * belongs to that field, and what one field takes no other does.
 * @param reserved names that are no earlier ones of these fields either
 */
export function sourcesOf(
  object: JsonObject,
  fields: readonly NamesOfField[],
  reserved: readonly string[] = [],
): (string | undefined)[] {
  const taken = new Set<string | null>([...reserved, ...fields.map(({ name }) => name)]);
  return fields.map(({ name, aliases }) => {
    if (name !== null && Object.hasOwn(object, name)) return name;
    const earlier = aliases.find((alias) => !taken.has(alias) && Object.hasOwn(object, alias));
    if (earlier !== undefined) taken.add(earlier);
    return earlier;
  });
}

function asObject(kind: string, value: JsonValue): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isInexactNumber(value))
    throw wrongType(kind, value);
  return value as JsonObject;
}

/** Converts a part; what is wrong with it is named from the whole. */
export function inside(step: string | number, convert: Convert, value: JsonValue): unknown {
  try {
    return convert(value);
  } catch (error) {
    throw error instanceof EncodeError ? error.within(step) : error;
  }
}
