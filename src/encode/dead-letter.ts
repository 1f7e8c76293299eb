import type { JsonPath } from '../protocol/frame.ts';
import type { Entry, Origin, Unwritable } from '../split/entry.ts';
import { type FieldType, SchemaError } from './field-type.ts';
import { type EncodeError } from './value.ts';

/** Something that can't become a record of its own kind, and why. */
export interface DeadLetter {
  readonly entry: Entry;
  readonly reason: Unwritable;
  /** Why, in words. */
  readonly error: string;
  readonly path: JsonPath;
}

export function deadLetterOf(entry: Entry, error: EncodeError): DeadLetter {
  const path = error.field === null ? entry.path : [...entry.path, error.field];
  return { entry, reason: error.reason, error: error.message, path };
}

/** The slice of the frame that a dead letter is about, and whether it had to be cut to `maxBytes`. */
export function rawOf({ entry }: DeadLetter, maxBytes: number): { raw: Buffer; rawTruncated: boolean } {
  const raw = entry.path.length === 0 ? entry.origin.frame.bytes : entry.origin.frame.slice(entry.path);
  return raw.length <= maxBytes
    ? { raw, rawTruncated: false }
    : { raw: raw.subarray(0, Math.max(0, maxBytes)), rawTruncated: true };
}

/** The name that a dead letter's key and headers take: the entry's own where it is usable. */
export function clientNameOf(entry: Entry): string | null {
  return entry.clientName?.isWellFormed() === true ? entry.clientName : null;
}

type DeadLetterValues = Readonly<Record<string, unknown>>;

/**
 * Compiles how a dead letter becomes a record of the registry's schema.
 * @throws SchemaError when the schema has a field without a default that the bridge doesn't know
 */
export function compileDeadLetter(fields: readonly FieldType[]): (values: DeadLetterValues) => unknown[] {
  for (const { name, nullable, default: fallback } of fields) {
    if (!ownFields.has(name) && fallback === undefined && !nullable) {
      throw new SchemaError(
        `the dead letters' schema requires the field "${name}", which the bridge doesn't have`,
      );
    }
  }
  for (const name of ['primary', 'reason', 'raw', 'rawTruncated']) {
    if (!fields.some((field) => field.name === name))
      throw new SchemaError(`the schema lacks the field "${name}"`);
  }
  return (values) => fields.map(({ name, default: fallback }) => values[name] ?? fallback ?? null);
}

const ownFields: ReadonlySet<string> = new Set([
  'primary',
  'messageId',
  'entryIndex',
  'object',
  'receivedAt',
  'reason',
  'error',
  'paths',
  'raw',
  'rawTruncated',
]);

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
    reason,
    error: error.toWellFormed(),
    paths: path.length === 0 ? [] : [jsonPointer(path)],
    raw,
    rawTruncated,
  };
}

function objectOf(entry: Entry): string | null {
  if (entry.kind === 'unwritable') return entry.object;
  return entry.kind === 'job' ? 'JOB' : 'IMAGE';
}

/** RFC 6901. */
function jsonPointer(path: JsonPath): string {
  return path
    .map((step) => `/${String(step).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
