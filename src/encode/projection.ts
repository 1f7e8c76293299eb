import type { ImageEntry, JobEntry } from '../split/entry.ts';
import { type FieldType, type Kind, SchemaError } from './field-type.ts';
import { EncodeError, toAvro } from './value.ts';

type WireEntry = JobEntry | ImageEntry;

/** An entry as values in the order of the schema's fields. @throws EncodeError */
export type Projection = (entry: WireEntry) => unknown[];

interface Field {
  readonly kinds: readonly Kind[];
  readonly read: (entry: WireEntry) => unknown;
}

/** What the bridge itself knows of an entry; the registry's schema has to have those that are `required`. */
const ownFields: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['primary', { kinds: ['string'], read: (entry) => entry.origin.primary }],
  ['messageId', { kinds: ['string'], read: (entry) => entry.origin.messageId }],
  ['entryIndex', { kinds: ['int', 'long'], read: (entry) => entry.entryIndex }],
  [
    'notificationType',
    { kinds: ['string'], read: (entry) => wellFormed('notificationType', entry.notificationType) },
  ],
  ['notifiedAt', { kinds: ['timestamp-millis', 'long'], read: (entry) => entry.origin.notifiedAt }],
  ['clientName', { kinds: ['string'], read: (entry) => entry.clientName }],
]);
const required = ['primary', 'messageId', 'entryIndex', 'extra'];

const noExtra: Readonly<Record<string, string>> = Object.freeze(
  Object.create(null) as Record<string, string>,
);

/**
 * Compiles how an entry becomes a record of the registry's schema: the bridge's own fields, then the wire's fields by their
 * names, and in `extra` every wire field that the schema doesn't have, as JSON text.
 * @throws SchemaError when the schema can't hold what identifies an event, or has a field that nothing can fill
 */
export function compileProjection(fields: readonly FieldType[]): Projection {
  for (const name of required) {
    if (!fields.some((field) => field.name === name))
      throw new SchemaError(`the schema lacks the field "${name}"`);
  }
  const known = new Set(
    fields.map((field) => field.name).filter((name) => name !== 'extra' && !isOwnOnly(name)),
  );
  const readers = fields.map((field) => compileField(field, known));
  return (entry) => {
    const values: unknown[] = [];
    for (const read of readers) values.push(read(entry));
    return values;
  };
}

/** Fields of ours that the wire doesn't have: an entry's field of that name goes to `extra`. */
function isOwnOnly(name: string): boolean {
  return ownFields.has(name) && name !== 'clientName';
}

function compileField(field: FieldType, known: ReadonlySet<string>): (entry: WireEntry) => unknown {
  const { name, kind, nullable } = field;
  if (name === 'extra') {
    if (kind !== 'map of string' || nullable)
      throw new SchemaError('the field "extra" has to be a map of string');
    return (entry) => extraOf(entry, known);
  }
  const own = ownFields.get(name);
  if (own !== undefined) {
    if (own.kinds.includes(kind)) return withDefault(field, own.read);
    throw new SchemaError(`the field "${name}" is ${kind}; it has to be ${own.kinds.join(' or ')}`);
  }
  if (kind === 'bytes' || kind === 'map of string' || kind === 'array of string') {
    throw new SchemaError(`the field "${name}" is ${kind}, which no field of NetBackup's can fill`);
  }
  const inherited = name in Object.prototype;
  return withDefault(field, ({ fields }) => {
    const value = inherited && !Object.hasOwn(fields, name) ? undefined : fields[name];
    return value === undefined || value === null ? value : toAvro(kind, name, value);
  });
}

/** Absent: the schema's default. Null, where the field takes none: the entry can't be written. */
function withDefault({ name, nullable, default: fallback }: FieldType, read: Field['read']): Field['read'] {
  return (entry) => {
    const value = read(entry);
    if (value !== undefined && value !== null) return value;
    if (value === null && nullable) return null;
    if (fallback !== undefined) return fallback;
    if (nullable) return null;
    throw new EncodeError('missing', `${name} is missing`, name);
  };
}

function extraOf({ fields }: WireEntry, known: ReadonlySet<string>): Readonly<Record<string, string>> {
  let extra: Record<string, string> | undefined;
  for (const name of Object.keys(fields)) {
    if (known.has(name)) continue;
    // A null prototype: "__proto__" is a name like any other here.
    extra ??= Object.create(null) as Record<string, string>;
    extra[wellFormed('a field name', name)] = JSON.stringify(fields[name]);
  }
  return extra ?? noExtra;
}

function wellFormed<T extends string | null>(what: string, text: T): T {
  if (text === null || text.isWellFormed()) return text;
  throw new EncodeError('bad-unicode', `${what} holds a lone surrogate`);
}
