import type { ReadRecord } from '../kafka/read.ts';
import { printable } from '../printable.ts';

/** A decoded record. */
export type Value = Readonly<Record<string, unknown>> | null;

/** As JSON, without the characters that JSON leaves as they are and a terminal obeys: a sender must not reach the reader's. */
function quoted(value: unknown): string {
  return printable(JSON.stringify(value));
}

/** Where a record is, for a reader. */
export function placeText({ topic, partition, offset }: Omit<ReadRecord, 'value'>): string {
  return `${topic}[${partition}]@${offset}`;
}

/** One record for a reader: where it is, its key, and its fields but the empty ones. */
export function textLine(record: ReadRecord, value: Value): string {
  const fields = Object.entries(value ?? {}).flatMap(([name, field]) => {
    if (
      field === null ||
      (typeof field === 'object' && !Buffer.isBuffer(field) && Object.keys(field).length === 0)
    )
      return [];
    return [`${name}=${quoted(readable(name, field))}`];
  });
  const key = record.key === null ? '-' : quoted(record.key).slice(1, -1);
  return `${placeText(record)} ${key}  ${fields.join(' ')}`;
}

/** One record for a program: its place, time, key, headers and schema, and its fields with times in Unix ms. */
export function jsonFields({ value: bytes, ...record }: ReadRecord, value: Value): object {
  const schemaId = bytes !== null && bytes[0] === 0 && bytes.length >= 5 ? bytes.readInt32BE(1) : null;
  const fields =
    value && Object.fromEntries(Object.entries(value).map(([name, field]) => [name, asText(field)]));
  return { ...record, schemaId, value: fields };
}

/** The last moment that has a text (ECMAScript, "Time Values"); a sender may name a later one. */
const maxDateMs = 8.64e15;

/** Times for a reader; whole numbers for a program (`--json`). */
function readable(name: string, field: unknown): unknown {
  const isTime = typeof field === 'number' && Math.abs(field) <= maxDateMs && /(?:Time|At)$/.test(name);
  return isTime ? new Date(field).toISOString() : asText(field);
}

function asText(field: unknown): unknown {
  return Buffer.isBuffer(field) ? field.toString('utf8') : field;
}
