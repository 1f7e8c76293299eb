/** Two versions of a small record schema, the reader's evolved from the writer's, from a seed: steps that an owner may take, good and bad. */
import type { Random } from '../../src/simulator/random.ts';
import { below, oneOf } from '../fuzz/choose.ts';
import type { AvroType, Field, RecordSchema } from '../schemas/versions.ts';
import { makeDefault } from './make-default.ts';
import { createTypes } from './make-type.ts';
import type { Pair } from './shrink.ts';

type Definition = Readonly<Record<string, unknown>>;

const names = ['p', 'q', 'r', 's', 'constructor', 'toString'] as const;
const promotions: Readonly<Partial<Record<string, readonly AvroType[]>>> = {
  int: ['long', 'float', 'double', 'string'],
  long: ['float', 'double', 'int'],
  float: ['double', 'int'],
  string: ['int', ['null', 'string']],
  boolean: ['string'],
};

export function makePair(random: Random): Pair {
  const top = { name: 'Part', namespace: 'n' };
  const typeOf = createTypes(random, top);
  const taken = new Set(Array.from({ length: 1 + below(random, 4) }, () => oneOf(random, names)));
  const writer: RecordSchema = {
    type: 'record',
    ...top,
    fields: [...taken].map((name) => withDefault({ name, type: typeOf(1) })),
  };
  const evolved = fieldsOf(writer.fields);
  const added = names.filter(
    (name) => below(random, 6) === 0 && !evolved.some((field) => field.name === name),
  );
  const fields = [...evolved, ...added.map((name) => withDefault({ name, type: typeOf(2) }))];
  const namespace = below(random, 8) === 0 ? 'm' : top.namespace;
  return { writer, reader: renamedTypes({ ...writer, namespace, fields }) };

  function withDefault(field: Field): Field {
    const fallback = below(random, 3) === 0 ? undefined : makeDefault(random, field.type);
    return fallback === undefined ? field : { ...field, default: fallback };
  }

  function fieldsOf(before: readonly Field[]): Field[] {
    const seen = new Set<string>();
    return before
      .flatMap((field) => evolvedField(field))
      .filter(({ name }) => !seen.has(name) && seen.add(name) !== undefined);
  }

  function evolvedField(field: Field): Field[] {
    const { default: fallback, ...bare } = field;
    switch (below(random, 9)) {
      case 0:
        return [];
      case 1:
        return [{ ...field, name: oneOf(random, names), aliases: [field.name] }];
      case 2:
        return [withDefault({ ...bare, type: evolvedType(field.type) })];
      case 3:
        return [{ ...field, aliases: [oneOf(random, names)].filter((alias) => alias !== field.name) }];
      case 4:
        return [fallback === undefined ? withDefault(field) : bare];
      default:
        return [field];
    }
  }

  function evolvedType(type: AvroType): AvroType {
    if (typeof type === 'string') return oneOf<AvroType>(random, promotions[type] ?? [type]);
    if (isUnion(type)) return evolvedUnion(type);
    const { type: kind, symbols, items, values, fields } = type as Definition;
    switch (kind) {
      case 'enum':
        return evolvedEnum(type, symbols as readonly string[]);
      case 'array':
        return { type: 'array', items: evolvedType(items as AvroType) };
      case 'map':
        return { type: 'map', values: evolvedType(values as AvroType) };
      case 'record':
        return { ...(type as Definition), fields: fieldsOf(fields as readonly Field[]) };
      default:
        return ['null', type];
    }
  }

  function evolvedEnum(type: Definition, symbols: readonly string[]): AvroType {
    const kept = symbols.length > 1 && below(random, 2) === 0 ? symbols.slice(1) : [...symbols, 'MORE'];
    return { ...type, symbols: kept, ...(below(random, 3) === 0 ? { default: kept[0] } : {}) };
  }

  function evolvedUnion(type: readonly AvroType[]): AvroType {
    switch (below(random, 4)) {
      case 0:
        return type.toReversed();
      case 1:
        return type.length > 1 ? type.toSpliced(below(random, type.length), 1) : type;
      case 2:
        return type.includes('bytes') ? type : [...type, 'bytes'];
      default:
        return oneOf(random, type);
    }
  }

  /** One of the named types inside has another name, and the one before as an alias. */
  function renamedTypes(schema: RecordSchema): RecordSchema {
    const text = JSON.stringify(schema);
    const found = [...text.matchAll(/"name":"([A-Za-z]+_?\d+)"/g)].map(([, name]) => name ?? '');
    if (found.length === 0 || below(random, 6) > 0) return schema;
    const name = oneOf(random, found);
    const renamed = text
      .replaceAll(`"name":"${name}"`, `"name":"${name}new","aliases":["${name}"]`)
      .replaceAll(`.${name}"`, `.${name}new"`);
    return JSON.parse(renamed) as RecordSchema;
  }
}

function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}
