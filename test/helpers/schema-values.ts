/** Any value of a record schema. */
import * as fc from 'fast-check';
import type { AvroType, RecordSchema } from '../../tools/schemas/versions.ts';

/** The longs that `avsc` holds. */
const long = fc.integer({ min: -(2 ** 52), max: 2 ** 53 - 2 });
const text = fc.string({ unit: 'binary', maxLength: 20 });
/** `avsc` writes the key `__proto__`, and loses it as it reads into a plain object. */
const key = text.filter((name) => name !== '__proto__');

export function valuesOf({ fields }: RecordSchema): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(Object.fromEntries(fields.map(({ name, type }) => [name, valueOf(type)])));
}

function valueOf(type: AvroType): fc.Arbitrary<unknown> {
  if (isUnion(type)) return fc.oneof(...type.map(valueOf));
  if (typeof type === 'string') return primitive(type);
  switch (type['type']) {
    case 'array':
      return fc.array(valueOf(type['items'] as AvroType), { maxLength: 4 });
    case 'map':
      return fc.dictionary(key, valueOf(type['values'] as AvroType), { maxKeys: 4, noNullPrototype: true });
    default:
      return valueOf(type['type'] as AvroType);
  }
}

function primitive(type: string): fc.Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'int':
      return fc.integer();
    case 'long':
      return long;
    case 'string':
      return text;
    case 'bytes':
      return fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
    default:
      throw new Error(`no values of the type ${type} are made here`);
  }
}

function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}
