import type { JsonValue } from '../protocol/message.ts';
import type { ImageEntry, JobEntry } from '../split/entry.ts';
import { absent, createConverters, inside, sourceOf, surplusOf } from './convert.ts';
import { type FieldType, SchemaError } from './field-type.ts';
import { type Convert, EncodeError } from './value.ts';

type WireEntry = JobEntry | ImageEntry;

/** An entry as values in the order of the schema's fields. @throws EncodeError */
export type Projection = (entry: WireEntry) => unknown[];

/** Undefined: the entry has no such field. */
type Read = (entry: WireEntry) => unknown;

interface OwnField {
  readonly kinds: readonly string[];
  /** The entry itself has a field of that name too. */
  readonly isOnWire?: true;
  readonly read: Read;
}

const noExtra: Readonly<Record<string, string>> = Object.freeze(
  Object.create(null) as Record<string, string>,
);

/** What the bridge itself knows of an entry. */
const ownFields: ReadonlyMap<string, OwnField> = new Map<string, OwnField>([
  ['primary', { kinds: ['string'], read: (entry) => entry.origin.primary }],
  ['messageId', { kinds: ['string'], read: (entry) => entry.origin.messageId }],
  ['entryIndex', { kinds: ['int', 'long'], read: (entry) => entry.entryIndex }],
  ['notificationType', { kinds: ['string'], read: readNotificationType }],
  ['notifiedAt', { kinds: ['timestamp-millis', 'long'], read: (entry) => entry.origin.notifiedAt }],
  ['clientName', { kinds: ['string'], isOnWire: true, read: (entry) => entry.clientName }],
  // Filled last: it depends on all the others.
  ['extra', { kinds: ['map of string'], read: () => noExtra }],
]);
/** What names an event, and what keeps what has no field. */
const required = ['primary', 'messageId', 'entryIndex', 'extra'];

/**
 * Compiles how an entry becomes a record of the registry's schema: the bridge's own fields; the wire's fields, by their names or
 * earlier names (aliases); and in `extra`, as JSON text, every wire field that the schema doesn't have, or doesn't have all of.
 * @throws SchemaError when the schema can't hold what identifies an event, or has a field that nothing can fill
 */
export function compileProjection(fields: readonly FieldType[]): Projection {
  for (const name of required) {
    if (!fields.some((field) => field.name === name))
      throw new SchemaError(`the schema lacks the field "${name}"`);
  }
  const converters = createConverters();
  const fromWire = fields
    .filter(isFromWire)
    .map((field) => ({ field, convert: naming(field.name, () => converters.of(field.type)) }));
  const wireReaders = new Map(fromWire.map(({ field, convert }) => [field, readWire(field, convert)]));
  const readers = fields.map((field) => wireReaders.get(field) ?? compileOwn(field));
  const extraAt = fields.findIndex(({ name }) => name === 'extra');
  const isSurplus = surplusOf(fields.filter((field) => isFromWire(field) || ownOf(field)?.isOnWire === true));

  return (entry) => {
    const values: unknown[] = [];
    for (const read of readers) values.push(read(entry));
    values[extraAt] = extraOf(entry, converters.tookSurplus() ? notWhole(entry) : []);
    return values;
  };

  /** The wire fields of which the schema has no place for a part; rare, so each is converted once more to find them. */
  function notWhole({ fields: sent }: WireEntry): string[] {
    return fromWire.flatMap(({ field, convert }) => {
      const source = sourceOf(sent, field);
      if (source !== undefined && sent[source] !== null) convert(sent[source] as JsonValue);
      return converters.tookSurplus() && source !== undefined ? [source] : [];
    });
  }

  function extraOf({ fields: sent }: WireEntry, whole: readonly string[]): Readonly<Record<string, string>> {
    let extra: Record<string, string> | undefined;
    for (const name of Object.keys(sent)) {
      if (!isSurplus(name, sent) && !whole.includes(name)) continue;
      // A null prototype: "__proto__" is a name like any other here.
      extra ??= Object.create(null) as Record<string, string>;
      extra[wellFormed('a field name', name)] = JSON.stringify(sent[name]);
    }
    return extra ?? noExtra;
  }
}

/** What the bridge itself fills a field with, by the field's name or an earlier one. */
function ownOf({ name, aliases }: FieldType): OwnField | undefined {
  if (required.includes(name)) return ownFields.get(name);
  return [name, ...aliases].map((each) => ownFields.get(each)).find((own) => own !== undefined);
}

function isFromWire(field: FieldType): boolean {
  return ownOf(field) === undefined;
}

function compileOwn(field: FieldType): Read {
  const { name, kind, nullable } = field;
  const own = ownOf(field) as OwnField;
  if (!own.kinds.includes(kind) || (name === 'extra' && nullable))
    throw new SchemaError(`the field "${name}" is ${kind}; it has to be ${own.kinds.join(' or ')}`);
  return (entry) => own.read(entry) ?? absent(field, null);
}

function readWire(field: FieldType, convert: Convert): Read {
  const { name } = field;
  return ({ fields }) => {
    const source = sourceOf(fields, field);
    const value = source === undefined ? undefined : fields[source];
    if (value === undefined || value === null) return absent(field, value);
    return inside(source ?? name, convert, value);
  };
}

function naming<T>(name: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new SchemaError(`the field "${name}" is of the type ${error.message}`);
  }
}

function readNotificationType({ notificationType }: WireEntry): string | null {
  return wellFormed('notificationType', notificationType);
}

function wellFormed<T extends string | null>(what: string, text: T): T {
  if (text === null || text.isWellFormed()) return text;
  throw new EncodeError('bad-unicode', `${what} holds a lone surrogate`);
}
