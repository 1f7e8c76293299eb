import avro, { type Type } from 'avsc';

/**
 * What a schema says that `avsc`'s types don't: it writes the type below a logical type and forgets the name, and of defaults it takes those
 * of a union's first branch only (Avro takes any since 1.12), and writes longs wrong that it takes.
 */

/** A value as a schema has it, parsed. */
export type SchemaJson = unknown;

/** Which logical type a schema gives its type. */
const logicalTypes = new WeakMap<Type, string>();
/** The defaults of a record type's fields, by name. */
const defaults = new WeakMap<Type, ReadonlyMap<string, SchemaJson>>();

/** The logical types that the bridge writes, and what they stand on; a registry takes them on any type. */
const baseTypes: ReadonlyMap<string, string> = new Map([
  ['timestamp-millis', 'long'],
  ['timestamp-micros', 'long'],
]);

/**
 * Compiles a schema.
 * @param schema its JSON text
 * @param registry the types that it may refer to, by name; those that it defines are added
 * @throws an Error of JSON.parse, or of `avsc`
 */
export function compileType(schema: string, registry: Record<string, Type>): Type {
  return avro.Type.forSchema(JSON.parse(schema) as avro.Schema, { registry, typeHook });
}

function typeHook(part: avro.Schema, options: avro.ForSchemaOptions): Type | undefined {
  const { fields } = part as { readonly fields?: unknown };
  if (Array.isArray(fields) && (fields as object[]).some((field) => Object.hasOwn(field, 'default')))
    return withoutDefaults(part as object, fields as FieldPart[], options);
  if (!isLogical(part)) return undefined;
  const type = avro.Type.forSchema({ ...(part as object), logicalType: undefined } as never, options);
  logicalTypes.set(type, part.logicalType);
  return type;
}

interface FieldPart {
  readonly name: string;
  readonly default?: SchemaJson;
}

function withoutDefaults(part: object, fields: readonly FieldPart[], options: avro.ForSchemaOptions): Type {
  const found = new Map<string, SchemaJson>();
  const bare = fields.map((field) => {
    if (!Object.hasOwn(field, 'default')) return field;
    const { default: fallback, ...rest } = field;
    found.set(field.name, fallback);
    return rest;
  });
  const type = avro.Type.forSchema({ ...part, fields: bare } as never, options);
  defaults.set(type, found);
  return type;
}

function isLogical(schema: avro.Schema): schema is avro.Schema & { readonly logicalType: string } {
  return typeof schema === 'object' && 'logicalType' in schema && typeof schema.logicalType === 'string';
}

/** The defaults of a record type's fields, by name, as the schema has them. */
export function defaultsOf(record: Type): ReadonlyMap<string, SchemaJson> {
  return defaults.get(record) ?? new Map();
}

/** What `avsc` has on its record types beside its type definitions. */
interface RecordParts {
  readonly fields: readonly AvscField[];
  readonly recordConstructor: new (...values: readonly unknown[]) => unknown;
}

export interface AvscField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: Type;
  readonly order: string;
  readonly doc: string | undefined;
}

/** @param record a record type */
export function recordPartsOf(record: Type): RecordParts {
  return record as unknown as RecordParts;
}

/** The types of a union, or the one type. */
export function branchesOf(type: Type): readonly Type[] {
  return isUnion(type) ? (type as unknown as { types: Type[] }).types : [type];
}

export function isUnion({ typeName }: Type): boolean {
  return typeName.startsWith('union:');
}

/** What a list or a map holds; null for any other type. */
export function innerOf(type: Type): Type | null {
  const { valuesType, itemsType } = type as unknown as { valuesType?: Type; itemsType?: Type };
  return valuesType ?? itemsType ?? null;
}

/** The symbols of an enum, in their order. */
export function symbolsOf(type: Type): readonly string[] {
  return (type as unknown as { readonly symbols: readonly string[] }).symbols;
}

/** The symbol for those that an enum doesn't know; undefined where it has none. */
export function enumDefaultOf(type: Type): string | undefined {
  return (type as unknown as { readonly default: string | undefined }).default;
}

/** A type in words: of a logical type that the bridge writes its name, of another one in quotes, so that it is no kind of ours. */
export function kindOf(type: Type): string {
  const logicalType = logicalTypes.get(type);
  if (logicalType !== undefined)
    return baseTypes.get(logicalType) === type.typeName
      ? logicalType
      : `"${logicalType}" on ${type.typeName}`;
  const inner = innerOf(type);
  if (inner !== null) return `${type.typeName} of ${kindOf(inner)}`;
  const { typeName, name } = type;
  return typeName === 'enum' || typeName === 'fixed' || typeName === 'record'
    ? `${typeName} ${name}`
    : typeName;
}
