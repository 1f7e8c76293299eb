import avro, { type Type } from 'avsc';
import { BridgeError, ExitCode, reasonOf } from '../errors.ts';

/** A field of a record schema, as the bridge sees it. */
export interface FieldType {
  readonly name: string;
  /** The field's earlier names. */
  readonly aliases: readonly string[];
  readonly type: Type;
  /** What its value is, beside null: `string`, `timestamp-millis`, `map of string`, `string or long`. */
  readonly kind: string;
  readonly nullable: boolean;
  /** `avsc` fills in the default where a value is undefined. */
  readonly hasDefault: boolean;
  readonly default: unknown;
  readonly doc: string | undefined;
}

/** A record schema, compiled. */
export interface RecordSchema {
  readonly type: Type;
  readonly fields: readonly FieldType[];
  /** `avsc`'s own constructor, which takes the fields' values in order: its instances encode fastest. */
  readonly construct: (values: readonly unknown[]) => unknown;
}

/** The registry's schema can't be written with (exit 78). Says which field and why. */
export class SchemaError extends BridgeError {
  override readonly name = 'SchemaError';
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'schema', exitCode: ExitCode.config, cause });
  }
}

/** What `avsc` has on its record types beside its type definitions. */
interface RecordType {
  readonly fields: readonly AvscField[];
  readonly recordConstructor: new (...values: readonly unknown[]) => unknown;
}
interface AvscField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: Type;
  readonly doc: string | undefined;
  defaultValue(): unknown;
}

/** Which logical type a schema gives its type: `avsc` writes the type below, and forgets the name. */
const logicalTypes = new WeakMap<Type, string>();

/** The logical types that the bridge writes, and what they stand on; a registry takes them on any type. */
const baseTypes: ReadonlyMap<string, string> = new Map([
  ['timestamp-millis', 'long'],
  ['timestamp-micros', 'long'],
]);

/**
 * Compiles a record schema.
 * @param schema its JSON text. @param references the JSON texts of the schemas that it refers to, each behind those that it refers to itself
 * @throws SchemaError for what is no record schema, or none that `avsc` can write
 */
export function readSchema(schema: string, references: readonly string[] = []): RecordSchema {
  // A null prototype: a type may be called "constructor".
  const registry = Object.create(null) as Record<string, Type>;
  for (const reference of references) compile(reference, registry);
  const type = compile(schema, registry);
  if (type.typeName !== 'record') throw new SchemaError('the schema is not a record');
  return recordSchema(type);
}

/** @param type an `avsc` record type. @throws SchemaError for a field that `avsc`'s instances can't hold */
export function recordSchema(type: Type): RecordSchema {
  const { fields, recordConstructor: Record } = type as unknown as RecordType;
  if (fields.some(({ name }) => name === '__proto__'))
    throw new SchemaError(`${kindOf(type)} with a field "__proto__", which can't be written`);
  return { type, fields: fields.map(fieldType), construct: (values) => new Record(...values) };
}

function compile(schema: string, registry: Record<string, Type>): Type {
  try {
    return avro.Type.forSchema(JSON.parse(schema) as avro.Schema, {
      registry,
      typeHook(part, options) {
        const early = withoutLateNulls(part);
        if (early !== part) return avro.Type.forSchema(early, options);
        if (!isLogical(part)) return undefined;
        const type = avro.Type.forSchema({ ...(part as object), logicalType: undefined } as never, options);
        logicalTypes.set(type, part.logicalType);
        return type;
      },
    });
  } catch (error) {
    throw new SchemaError(reasonOf(error), error);
  }
}

interface FieldPart {
  readonly type?: unknown;
  readonly default?: unknown;
}

/**
 * Avro takes a default of any branch of a union since 1.12, `avsc` only of the first. Null as the default is what a field that may be null
 * takes anyway, so that it needs not be said.
 */
function withoutLateNulls(part: avro.Schema): avro.Schema {
  const { fields } = part as { readonly fields?: unknown };
  if (!Array.isArray(fields)) return part;
  const isLate = ({ type, default: fallback }: FieldPart) =>
    fallback === null && Array.isArray(type) && type[0] !== 'null' && type.includes('null');
  if (!(fields as FieldPart[]).some(isLate)) return part;
  const early = (fields as FieldPart[]).map((field) =>
    isLate(field) ? { ...field, default: undefined } : field,
  );
  return { ...(part as object), fields: early } as unknown as avro.Schema;
}

function isLogical(schema: avro.Schema): schema is avro.Schema & { readonly logicalType: string } {
  return typeof schema === 'object' && 'logicalType' in schema && typeof schema.logicalType === 'string';
}

function fieldType(field: AvscField): FieldType {
  const { name, aliases, type, doc } = field;
  const fallback = field.defaultValue();
  const branches = branchesOf(type);
  const values = branches.filter(({ typeName }) => typeName !== 'null');
  return {
    name,
    aliases,
    type,
    kind: values.map(kindOf).join(' or '),
    nullable: values.length < branches.length,
    hasDefault: fallback !== undefined,
    default: fallback,
    doc,
  };
}

/** The types of a union, or the one type. */
export function branchesOf(type: Type): readonly Type[] {
  return type.typeName.startsWith('union:') ? (type as unknown as { types: Type[] }).types : [type];
}

/** A type in words: of a logical type that the bridge writes its name, of another one in quotes, so that it is no kind of ours. */
export function kindOf(type: Type): string {
  const logicalType = logicalTypes.get(type);
  if (logicalType !== undefined)
    return baseTypes.get(logicalType) === type.typeName
      ? logicalType
      : `"${logicalType}" on ${type.typeName}`;
  const { valuesType, itemsType } = type as unknown as { valuesType?: Type; itemsType?: Type };
  if (valuesType !== undefined) return `map of ${kindOf(valuesType)}`;
  if (itemsType !== undefined) return `array of ${kindOf(itemsType)}`;
  const { typeName, name } = type;
  return typeName === 'enum' || typeName === 'fixed' || typeName === 'record'
    ? `${typeName} ${name}`
    : typeName;
}
