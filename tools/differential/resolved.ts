/** A schema as the judge sees it: names resolved by the specification ("Names"), without the help of a library. */
import type { AvroType } from '../schemas/versions.ts';

export type Resolved =
  | { readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'string' }
  /** @param units of it in a second */
  | { readonly kind: 'time'; readonly units: bigint }
  | { readonly kind: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | { readonly kind: 'array' | 'map'; readonly inner: Resolved }
  | ResolvedRecord
  | { readonly kind: 'union'; readonly branches: readonly Resolved[] };

export interface ResolvedRecord {
  readonly kind: 'record';
  /** In full. */
  readonly name: string;
  readonly fields: readonly ResolvedField[];
}

export interface ResolvedField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: Resolved;
  /** Undefined where there is none. */
  readonly fallback: { readonly json: unknown } | undefined;
}

type Definition = Readonly<Record<string, unknown>>;

const timeUnits: Readonly<Record<string, bigint>> = {
  'timestamp-millis': 1_000n,
  'timestamp-micros': 1_000_000n,
};
const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'string'] as const;

/** @throws Error for a type that the judge doesn't know */
export function resolve(schema: AvroType): Resolved {
  const named = new Map<string, Resolved>();
  return ofType(schema, '');

  function ofType(type: AvroType, namespace: string): Resolved {
    if (typeof type === 'string') return ofName(type, namespace);
    if (isUnion(type)) return { kind: 'union', branches: type.map((branch) => ofType(branch, namespace)) };
    const { logicalType, type: kind } = type;
    const units = typeof logicalType === 'string' ? timeUnits[logicalType] : undefined;
    if (units !== undefined) return { kind: 'time', units };
    if (kind === 'array') return { kind, inner: ofType(type['items'] as AvroType, namespace) };
    if (kind === 'map') return { kind, inner: ofType(type['values'] as AvroType, namespace) };
    if (kind === 'enum') {
      const name = fullName(type, namespace);
      const made = { kind, name, symbols: type['symbols'] as readonly string[] } as const;
      named.set(name, made);
      return made;
    }
    return kind === 'record' ? ofRecord(type, namespace) : ofType(kind as AvroType, namespace);
  }

  function ofName(name: string, namespace: string): Resolved {
    const primitive = primitives.find((each) => each === name);
    if (primitive !== undefined) return { kind: primitive };
    const full = name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
    const found = named.get(full) ?? named.get(name);
    if (found === undefined) throw new Error(`no type is called ${name}`);
    return found;
  }

  function ofRecord(type: Definition, namespace: string): Resolved {
    const name = fullName(type, namespace);
    const fields: ResolvedField[] = [];
    const made: ResolvedRecord = { kind: 'record', name, fields };
    // Before its fields: they may hold it.
    named.set(name, made);
    const inside = name.slice(0, Math.max(0, name.lastIndexOf('.')));
    for (const field of type['fields'] as readonly Definition[])
      fields.push({
        name: field['name'] as string,
        aliases: (field['aliases'] as readonly string[] | undefined) ?? [],
        type: ofType(field['type'] as AvroType, inside),
        fallback: Object.hasOwn(field, 'default') ? { json: field['default'] } : undefined,
      });
    return made;
  }
}

function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}

function fullName({ name, namespace: own }: Definition, around: string): string {
  const short = String(name);
  const namespace = typeof own === 'string' ? own : around;
  return short.includes('.') || namespace === '' ? short : `${namespace}.${short}`;
}

/** The schema as readers of bytes get it: what decides how bytes are read, and nothing that they could refuse or interpret. */
export function asRead(type: AvroType): AvroType {
  if (typeof type === 'string') return type;
  if (isUnion(type)) return type.map(asRead);
  const { default: _default, aliases: _aliases, doc: _doc, logicalType: _logicalType, ...rest } = type;
  return Object.fromEntries(
    Object.entries(rest).map(([name, part]) => {
      if (name === 'type' || name === 'items' || name === 'values') return [name, asRead(part as AvroType)];
      return [name, name === 'fields' ? (part as AvroType[]).map(asRead) : part];
    }),
  );
}
