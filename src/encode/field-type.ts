import type { Type } from 'avsc';
import {
  type AvscField,
  branchesOf,
  compileType,
  defaultsOf,
  innerOf,
  kindOf,
  recordPartsOf,
  type SchemaJson,
} from './avro-types.ts';
import { DefaultError, defaultValue } from './default-value.ts';
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
  /** Null where there is none. */
  readonly fallback: Fallback | null;
  /** How records are sorted by it: `ascending`, `descending`, `ignore`. */
  readonly order: string;
  readonly doc: string | undefined;
}

/** A field's default as the schema has it, and as `avsc` writes it, or why it can't be written. */
export type Fallback =
  | { readonly json: SchemaJson; readonly fault: null; readonly value: unknown }
  | { readonly json: SchemaJson; readonly fault: string };

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

/** Which defaults of a schema can't be written, and why, a sentence for each: those of the records inside, too. */
export function unusableDefaults({ type }: RecordSchema): string[] {
  return [...recordsIn(type)].flatMap((record) =>
    recordSchema(record).fields.flatMap(({ name, fallback }) =>
      fallback === null || fallback.fault === null
        ? []
        : [`the default of "${name}" in ${kindOf(record)} can't be written: ${fallback.fault}`],
    ),
  );
}

function compile(schema: string, registry: Record<string, Type>): Type {
  try {
    return compileType(schema, registry);
  } catch (error) {
    throw new SchemaError(reasonOf(error), error);
  }
}

/** The record types in a type, itself included; a type may hold itself. */
function recordsIn(type: Type, found = new Set<Type>()): Set<Type> {
  for (const branch of branchesOf(type)) {
    const inner = innerOf(branch);
    if (inner !== null) recordsIn(inner, found);
    if (branch.typeName !== 'record' || found.has(branch)) continue;
    found.add(branch);
    for (const field of recordPartsOf(branch).fields) recordsIn(field.type, found);
  }
  return found;
}

/** @param type an `avsc` record type. @throws SchemaError for a field that `avsc`'s instances can't hold */
export function recordSchema(type: Type): RecordSchema {
  const { fields, recordConstructor: Record } = recordPartsOf(type);
  if (fields.some(({ name }) => name === '__proto__'))
    throw new SchemaError(`${kindOf(type)} with a field "__proto__", which can't be written`);
  return {
    type,
    fields: fields.map((field) => fieldType(field, type)),
    construct: (values) => new Record(...values),
  };
}

function fieldType(field: AvscField, record: Type): FieldType {
  const { name, aliases, type, order, doc } = field;
  const branches = branchesOf(type);
  const values = branches.filter(({ typeName }) => typeName !== 'null');
  return {
    name,
    aliases,
    type,
    kind: values.map(kindOf).join(' or '),
    nullable: values.length < branches.length,
    fallback: fallbackOf(field, record),
    order,
    doc,
  };
}

function fallbackOf({ name, type }: AvscField, record: Type): Fallback | null {
  const defaults = defaultsOf(record);
  if (!defaults.has(name)) return null;
  const json = defaults.get(name);
  try {
    return { json, fault: null, value: defaultValue(type, json) };
  } catch (error) {
    if (!(error instanceof DefaultError)) throw error;
    return { json, fault: error.message };
  }
}
