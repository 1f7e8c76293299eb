/**
 * Reads Avro's binary encoding (specification 1.12, "Binary Encoding"), driven by a schema's JSON. It shares nothing with the code
 * that writes, so that both can't be wrong in the same way. Logical types stay the numbers that they are.
 */

export type AvroSchema = string | readonly AvroSchema[] | ComplexSchema;

interface ComplexSchema {
  readonly type: AvroSchema;
  readonly fields?: readonly { readonly name: string; readonly type: AvroSchema }[];
  readonly items?: AvroSchema;
  readonly values?: AvroSchema;
  readonly symbols?: readonly string[];
  readonly name?: string;
}

/** A long beyond 2^53 is a bigint; a map has no prototype. */
export type AvroValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | readonly AvroValue[]
  | { readonly [name: string]: AvroValue };

export interface WireValue {
  readonly schemaId: number;
  readonly fields: Readonly<Record<string, AvroValue>>;
}

/** Reads a value in Confluent wire format. @param schemas the schemas' JSON texts, by id. Throws for anything left over. */
export function decodeWire(value: Buffer, schemas: ReadonlyMap<number, string>): WireValue {
  if (value[0] !== 0) throw new Error(`the magic byte is ${value[0]}`);
  const schemaId = value.readUInt32BE(1);
  const schema = schemas.get(schemaId);
  if (schema === undefined) throw new Error(`no schema has the id ${schemaId}`);
  const fields = decodeAvro(JSON.parse(schema) as AvroSchema, value.subarray(5));
  return { schemaId, fields: fields as WireValue['fields'] };
}

export function decodeAvro(schema: AvroSchema, bytes: Buffer): AvroValue {
  let position = 0;
  /** The named types that were met; a schema may name them again. */
  const named = new Map<string, ComplexSchema>();
  const value = read(schema);
  if (position !== bytes.length) throw new Error(`${bytes.length - position} bytes are left over`);
  return value;

  function take(count: number): Buffer {
    if (count < 0 || position + count > bytes.length) throw new Error(`no ${count} bytes at ${position}`);
    return bytes.subarray(position, (position += count));
  }

  function readLong(): number | bigint {
    let zigzag = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = take(1).readUInt8();
      zigzag |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
      if (shift > 56n) throw new Error(`a varint of more than 10 bytes at ${position}`);
    }
    const long = (zigzag >> 1n) ^ -(zigzag & 1n);
    return Number.isSafeInteger(Number(long)) ? Number(long) : long;
  }

  function readCount(): number {
    return Number(readLong());
  }

  /** Blocks of items up to one of none; a negative count is followed by the block's size in bytes. */
  function readBlocks(item: () => void): void {
    for (let count = readCount(); count !== 0; count = readCount()) {
      if (count < 0) readCount();
      for (let i = 0; i < Math.abs(count); i++) item();
    }
  }

  function readInt(): number {
    const value = readCount();
    if (value !== (value | 0)) throw new Error(`${value} is no int`);
    return value;
  }

  function readText(): string {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(take(readCount()));
  }

  function read(type: AvroSchema): AvroValue {
    if (typeof type === 'string') return readNamed(type);
    if (isUnion(type)) return read(type[readCount()] ?? 'no such branch');
    if (type.name !== undefined) named.set(type.name, type);
    if (type.type === 'record') return readRecord(type);
    if (type.type === 'enum') return type.symbols?.[readCount()] ?? 'no such symbol';
    if (type.type === 'array') return readArray(type);
    if (type.type === 'map') return readMap(type);
    return read(type.type);
  }

  function readNamed(name: string): AvroValue {
    const type = named.get(name);
    return type === undefined ? readPrimitive(name) : read(type);
  }

  function readRecord({ fields = [] }: ComplexSchema): AvroValue {
    const record = Object.create(null) as Record<string, AvroValue>;
    for (const { name, type } of fields) record[name] = read(type);
    return record;
  }

  function readArray({ items = 'no items' }: ComplexSchema): AvroValue {
    const array: AvroValue[] = [];
    readBlocks(() => array.push(read(items)));
    return array;
  }

  function readMap({ values = 'no values' }: ComplexSchema): AvroValue {
    const map = Object.create(null) as Record<string, AvroValue>;
    readBlocks(() => {
      const key = readText();
      map[key] = read(values);
    });
    return map;
  }

  function readPrimitive(type: string): AvroValue {
    switch (type) {
      case 'null':
        return null;
      case 'boolean':
        return take(1).readUInt8() === 1;
      case 'int':
        return readInt();
      case 'long':
        return readLong();
      case 'float':
        return take(4).readFloatLE();
      case 'double':
        return take(8).readDoubleLE();
      case 'string':
        return readText();
      case 'bytes':
        return Buffer.from(take(readCount()));
      default:
        throw new Error(`this decoder doesn't know the type ${type}`);
    }
  }
}

function isUnion(schema: Exclude<AvroSchema, string>): schema is readonly AvroSchema[] {
  return Array.isArray(schema);
}
