/**
 * Avro types for reading what others wrote. `avsc` believes a count: some bytes that name a billion items would take all memory before it
 * sees that they aren't there.
 */
import avro, { type Type } from 'avsc';

type TypeHook = NonNullable<avro.ForSchemaOptions['typeHook']>;

/** What the types around one call to have a value read. */
const typesRead = '_read';

interface Reads extends Type {
  [typesRead](tap: Tap): unknown;
}

/** Where `avsc` reads. Behind the end of the bytes it reads zeros, and says so when the value is whole. */
interface Tap {
  readonly buf: Buffer;
  readLong(): number;
  skipLong(): void;
  readString(): string;
}

/**
 * The type of a schema, whose arrays and maps have no more items in one value, all of them together, than the value has bytes. Maps have no
 * prototype: `avsc` reads them into plain objects, where the name "__proto__" is lost.
 * @param references the texts of what it refers to, each behind what that refers to itself
 * @throws Error for what is no schema
 */
export function readWithin(schema: string, references: readonly string[] = []): Type {
  const registry: Record<string, Type> = {};
  for (const reference of references) compile(reference, registry);
  return compile(schema, registry);
}

function compile(schema: string, registry: Record<string, Type>): Type {
  return avro.Type.forSchema(JSON.parse(schema) as avro.Schema, { registry, typeHook });
}

const typeHook: TypeHook = (schema, options) => {
  // What was written needs no defaults to be read, and `avsc` refuses some that registries take.
  const { fields: parts, type: kind } = schema as { readonly fields?: unknown; readonly type?: unknown };
  if (Array.isArray(parts) && (parts as object[]).some((field) => 'default' in field)) {
    const bare = (parts as object[]).map((field) =>
      Object.fromEntries(Object.entries(field).filter(([name]) => name !== 'default')),
    );
    return avro.Type.forSchema({ ...(schema as object), fields: bare } as never, options);
  }
  if (kind === 'map') {
    const type = new avro.types.MapType(schema, options);
    return reading(type, (tap) => {
      const map = Object.create(null) as Record<string, unknown>;
      eachItem(tap, () => {
        const name = tap.readString();
        map[name] = (type.valuesType as Reads)[typesRead](tap);
      });
      return map;
    });
  }
  if (kind === 'array') {
    const type = new avro.types.ArrayType(schema, options);
    return reading(type, (tap) => {
      const items: unknown[] = [];
      eachItem(tap, () => items.push((type.itemsType as Reads)[typesRead](tap)));
      return items;
    });
  }
  return undefined;
};

/** A type itself is frozen. */
function reading(type: Type, read: (tap: Tap) => unknown): Type {
  return Object.create(type, { [typesRead]: { value: read } }) as Type;
}

/** How many items a value may still have: there is one of these for each value. */
const itemsLeft = new WeakMap<Tap, number>();

/** Reads the blocks of an array or a map (Avro, "Binary encoding"): a count, then so many items, until the count is zero. */
function eachItem(tap: Tap, readItem: () => void): void {
  for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
    // A negative count has the block's size behind it.
    if (count < 0) tap.skipLong();
    const left = (itemsLeft.get(tap) ?? tap.buf.length) - Math.abs(count);
    if (left < 0) throw new Error(`it has more items than its ${tap.buf.length} bytes can hold`);
    itemsLeft.set(tap, left);
    for (let n = Math.abs(count); n > 0; n--) readItem();
  }
}
