/** Steps from one version of a schema to the next, and `avsc` as a judge of what can be read after them. */
import avro, { type Type } from 'avsc';
import type { Field, RecordSchema } from '../../tools/schemas/versions.ts';

export type Change = (schema: RecordSchema) => RecordSchema;

export const plus =
  (...fields: readonly Field[]): Change =>
  (schema) => ({ ...schema, fields: [...schema.fields, ...fields] });

export const without =
  (name: string): Change =>
  (schema) => ({ ...schema, fields: schema.fields.filter((field) => field !== fieldOf(schema, name)) });

/** Replaces attributes of a field; the others stay. */
export const altered =
  (name: string, attributes: Partial<Field>): Change =>
  (schema) => ({
    ...schema,
    fields: schema.fields.map((field) =>
      field === fieldOf(schema, name) ? { ...field, ...attributes } : field,
    ),
  });

/** Renames a field; the old name stays as an alias. */
export const renamed = (name: string, to: string): Change => altered(name, { name: to, aliases: [name] });

function fieldOf(schema: RecordSchema, name: string): Field {
  const field = schema.fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new Error(`the schema has no field ${name}`);
  return field;
}

/** Encodes a record's value, without the wire format's header. */
export function encodeWith(schema: RecordSchema, value: unknown): Buffer {
  return typeOf(schema).toBuffer(value);
}

/** How one schema's reader gives back what another schema's writer wrote, by `avsc`. @throws where they don't resolve */
export function readerOf(
  reader: RecordSchema,
  writer: RecordSchema,
): (bytes: Buffer) => Record<string, unknown> {
  const type = typeOf(reader);
  const resolver = type.createResolver(typeOf(writer));
  return (bytes) => plain(type.fromBuffer(bytes, resolver)) as Record<string, unknown>;
}

function typeOf(schema: RecordSchema): Type {
  return avro.Type.forSchema(schema as unknown as avro.Schema);
}

/** `avsc`'s records and maps have prototypes of their own. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
