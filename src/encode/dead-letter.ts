import type { JsonPath } from '../protocol/frame.ts';
import { type EntryName, type Origin, pathOf, type Unwritable } from '../split/entry.ts';
import { type FieldType, SchemaError } from './field-type.ts';
import { type EncodeError } from './value.ts';

/** Something that can't become a record of its own kind, and why. */
export interface DeadLetter {
  readonly entry: EntryName;
  readonly reason: Unwritable;
  /** Why, in words. */
  readonly error: string;
  readonly path: JsonPath;
}

/** The dead letter of an entry that could not be encoded, or that Kafka refused; its path names the field, where it is one. */
export function deadLetterOf(entry: EntryName, error: EncodeError): DeadLetter {
  const path = [...pathOf(entry), ...error.path];
  return { entry, reason: error.reason, error: error.message, path };
}

/** The slice of the frame that a dead letter is about, and whether it had to be cut to `maxBytes`. */
export function rawOf({ entry }: DeadLetter, maxBytes: number): { raw: Buffer; rawTruncated: boolean } {
  const { frame } = entry.origin;
  const raw = entry.notification === null ? frame.bytes : frame.slice(pathOf(entry));
  return raw.length <= maxBytes
    ? { raw, rawTruncated: false }
    : { raw: raw.subarray(0, Math.max(0, maxBytes)), rawTruncated: true };
}

/** The name that a dead letter's key and headers take: the entry's own where it is usable. */
export function clientNameOf(entry: EntryName): string | null {
  return entry.clientName?.isWellFormed() === true ? entry.clientName : null;
}

type DeadLetterValues = Readonly<Record<string, unknown>>;

/**
 * Compiles how a dead letter becomes a record of the registry's schema.
 * @throws SchemaError when some dead letter couldn't be written with it: a field is missing, of another type, or needs a value
 * that the bridge may not have
 */
export function compileDeadLetter(fields: readonly FieldType[]): (values: DeadLetterValues) => unknown[] {
  for (const name of ['primary', 'reason', 'raw', 'rawTruncated']) {
    if (!fields.some((field) => field.name === name))
      throw new SchemaError(`the schema lacks the field "${name}"`);
  }
  const readers = fields.map(compileField);
  return (values) => readers.map((read) => read(values));
}

interface OwnField {
  readonly kinds: readonly string[];
  /** A frame, or a notification, has no such value. */
  readonly optional?: true;
}

const ownFields: ReadonlyMap<string, OwnField> = new Map<string, OwnField>([
  ['primary', { kinds: ['string'] }],
  ['messageId', { kinds: ['string'], optional: true }],
  ['entryIndex', { kinds: ['int', 'long'], optional: true }],
  ['object', { kinds: ['string'], optional: true }],
  ['receivedAt', { kinds: ['timestamp-millis', 'long'] }],
  ['notifiedAt', { kinds: ['timestamp-millis', 'long'], optional: true }],
  ['notificationType', { kinds: ['string'], optional: true }],
  ['reason', { kinds: ['string'] }],
  ['error', { kinds: ['string'] }],
  ['paths', { kinds: ['array of string'] }],
  ['raw', { kinds: ['bytes'] }],
  ['rawTruncated', { kinds: ['boolean'] }],
]);

function compileField(field: FieldType): (values: DeadLetterValues) => unknown {
  const { name, kind, nullable, fallback } = field;
  const own = ownFields.get(name);
  if (own !== undefined && !own.kinds.includes(kind))
    throw new SchemaError(`the field "${name}" is ${kind}; it has to be ${own.kinds.join(' or ')}`);
  if ((own === undefined || own.optional === true) && fallback?.fault !== null && !nullable)
    throw new SchemaError(`the field "${name}" needs a value, which not every dead letter has`);
  const absent = fallback?.fault === null ? fallback.value : null;
  return own === undefined ? () => absent : (values) => values[name] ?? absent;
}

/** @returns the values of a dead letter's fields, by name */
export function deadLetterValues(letter: DeadLetter, raw: Buffer, rawTruncated: boolean): DeadLetterValues {
  const { entry, reason, error, path } = letter;
  const origin: Origin = entry.origin;
  return {
    primary: origin.primary,
    messageId: origin.messageId,
    entryIndex: entry.entryIndex,
    object: objectOf(entry)?.toWellFormed(),
    receivedAt: origin.receivedAt,
    notifiedAt: entry.entryIndex === null ? null : origin.notifiedAt,
    notificationType: ofBoundedLength(entry.notificationType)?.toWellFormed(),
    reason,
    error: (error.length <= maxTextLength ? error : `${error.slice(0, maxTextLength - 1)}…`).toWellFormed(),
    paths: [...pathsOf(path, entry), ...pathsOfUnwritableType(entry)],
    raw,
    rawTruncated,
  };
}

/**
 * What a dead letter takes at most beside its key and its raw bytes, headers included: five texts of at most 1,024 characters that the
 * sender chose, one of them twice with CloudEvents, and there the client's name.
 */
export const deadLetterOverheadBytes = 28 * 1024;

/** As long as an `object` may be. The names in an error and in a path are the sender's. */
const maxTextLength = 1_024;

function ofBoundedLength(text: string | null): string | null {
  return text !== null && text.length <= maxTextLength ? text : null;
}

/** To the value that is wrong, or to the entry that it is in where that would take too much. */
function pathsOf(path: JsonPath, entry: EntryName): string[] {
  const pointer = jsonPointer(path);
  const short = pointer.length <= maxTextLength ? pointer : jsonPointer(pathOf(entry));
  return short === '' ? [] : [short];
}

/** To the `notificationType` where no text of Avro can hold it: what the letter has of it isn't what was sent, and `replay` must not write that. */
function pathsOfUnwritableType({ notification, notificationType }: EntryName): string[] {
  if (notification === null || (notificationType?.isWellFormed() ?? true)) return [];
  return [jsonPointer(['payload', notification, 'notificationType'])];
}

function objectOf(entry: EntryName): string | null {
  if (entry.kind === 'unwritable') return entry.object;
  return entry.kind === 'job' ? 'JOB' : 'IMAGE';
}

/** RFC 6901. */
function jsonPointer(path: JsonPath): string {
  return path
    .map((step) => `/${String(step).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
