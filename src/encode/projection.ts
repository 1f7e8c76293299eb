import type { JsonObject, JsonValue } from '../protocol/message.ts';
import type { ImageEntry, JobEntry } from '../split/entry.ts';
import { type Converters, createConverters, inside, type NamesOfField, sourcesOf } from './convert.ts';
import { type FieldType, SchemaError } from './field-type.ts';
import { EncodeError } from './value.ts';

type WireEntry = JobEntry | ImageEntry;

/** An entry as values in the order of the schema's fields, in an array that the next call fills anew. @throws EncodeError */
export type Projection = (entry: WireEntry) => unknown[];

export interface ProjectionEvents {
  /** A time of the entry is one that no reader could hold: its field is null. */
  oddTime(entry: WireEntry): void;
  /** A field takes null, or its entry is a dead letter, because the schema's default can't be written. */
  defaultDropped(): void;
}

/** Undefined: the entry has no such field. */
type Read = (entry: WireEntry) => unknown;

interface OwnField {
  readonly kinds: readonly string[];
  /** Where the wire has it too: an entry's field of any other name is another one. */
  readonly wireName?: string;
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
  ['clientName', { kinds: ['string'], wireName: 'clientName', read: (entry) => entry.clientName }],
  // Filled last: it depends on all the others.
  ['extra', { kinds: ['map of string'], read: () => noExtra }],
]);
/** What names an event, and what keeps what has no field. */
const required = ['primary', 'messageId', 'entryIndex', 'extra'];

/**
 * Compiles how an entry becomes a record of the registry's schema: the bridge's own fields; the wire's fields, by their names or
 * earlier names (aliases); and in `extra`, as JSON text, every wire field that the schema doesn't have, or doesn't have all of.
 * A time that no reader could hold is null where the field takes that, and kept in `extra`.
 * @throws SchemaError when the schema can't hold what identifies an event, or has a field that nothing can fill
 */
export function compileProjection(
  fields: readonly FieldType[],
  events: ProjectionEvents = { oddTime() {}, defaultDropped() {} },
): Projection {
  for (const name of required) {
    if (!fields.some((field) => field.name === name))
      throw new SchemaError(`the schema lacks the field "${name}"`);
  }
  const converters = createConverters(events.defaultDropped);
  const owns = ownsOf(fields);
  const columns = fields.map((field, at) => compileColumn(field, owns[at], converters));
  const extraAt = fields.findIndex(({ name }) => name === 'extra');
  const onWire = fields.map((field, at) => asOnWire(field, owns[at]));
  const present = fields.map(({ name }) => name);
  let layout = layoutOf({});
  const values: unknown[] = [];

  return (entry) => {
    const { fields: sent } = entry;
    if (!hasNames(sent, layout.names)) layout = layoutOf(sent);
    const { sources, surplus } = layout;
    converters.forget();
    for (let at = 0; at < columns.length; at++) values[at] = (columns[at] as Column)(entry, sources[at]);
    const kept = converters.tookSurplus() ? [...surplus, ...notWhole(entry)] : surplus;
    values[extraAt] = kept.length === 0 ? noExtra : extraOf(sent, kept);
    if (kept !== surplus && converters.tookOddTime()) events.oddTime(entry);
    return values;
  };

  function layoutOf(sent: JsonObject): Layout {
    const names = Object.keys(sent);
    const sources = sourcesOf(sent, onWire, present);
    const taken = new Set(sources);
    return { names, sources, surplus: names.filter((name) => !taken.has(name)) };
  }

  /** The wire fields of which the schema has no place for a part; rare, so each is converted once more to find them. */
  function notWhole(entry: WireEntry): string[] {
    return columns.flatMap((column, at) => {
      const source = layout.sources[at];
      column(entry, source);
      return converters.tookSurplus() && source !== undefined ? [source] : [];
    });
  }
}

/** Where the names of an entry belong. Entries nearly always have the names of the entry before. */
interface Layout {
  readonly names: readonly string[];
  /** For each field of the schema the name under which the wire has its value. */
  readonly sources: readonly (string | undefined)[];
  /** The names that no field takes. */
  readonly surplus: readonly string[];
}

function hasNames(sent: JsonObject, names: readonly string[]): boolean {
  let at = 0;
  for (const name in sent) if (name !== names[at++]) return false;
  return at === names.length;
}

function extraOf(sent: JsonObject, names: readonly string[]): Readonly<Record<string, string>> {
  // A null prototype: "__proto__" is a name like any other here.
  const extra = Object.create(null) as Record<string, string>;
  for (const name of names) extra[wellFormed('a field name', name)] = JSON.stringify(sent[name]);
  return extra;
}

/** What the bridge itself fills each field with, by the field's name or else an earlier one; each value goes to one field. */
function ownsOf(fields: readonly FieldType[]): (OwnField | undefined)[] {
  const all = Object.fromEntries(ownFields.keys().map((name) => [name, null]));
  return sourcesOf(all, fields).map((source) => (source === undefined ? undefined : ownFields.get(source)));
}

/** The names by which the wire has a field's value; of the bridge's own most have none there. */
function asOnWire(field: FieldType, own: OwnField | undefined): NamesOfField {
  return own === undefined ? field : { name: own.wireName ?? null, aliases: [] };
}

/** A field's value. @param source the name under which the entry has it, where it comes from the wire */
type Column = (entry: WireEntry, source: string | undefined) => unknown;

function compileColumn(field: FieldType, own: OwnField | undefined, { of, absent }: Converters): Column {
  const { name, kind, nullable, type } = field;
  if (own !== undefined) {
    if (!own.kinds.includes(kind) || (name === 'extra' && nullable))
      throw new SchemaError(`the field "${name}" is ${kind}; it has to be ${own.kinds.join(' or ')}`);
    return (entry) => own.read(entry) ?? absent(field, null);
  }
  const convert = naming(name, () => of(type));
  return ({ fields }, source) => {
    if (source === undefined) return absent(field, undefined);
    const value = fields[source] as JsonValue;
    return value === null ? absent(field, null) : inside(source, convert, value);
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
