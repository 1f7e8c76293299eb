import type { Unwritable } from '../../src/split/entry.ts';
import { meaningOf } from '../helpers/json-text.ts';
import { type JsonNode, lastFields, stringOf } from './json-nodes.ts';

/** What a field of a record holds; `!`: every entry needs it. A time is sent in seconds and held in milliseconds. */
export type FieldKind = 'string' | 'string!' | 'int' | 'long' | 'long!' | 'time';

/** Why an entry can't be a record: every reason that applies, of which the bridge may tell any. */
export function unwritableBecause(
  entry: JsonNode,
  fields: Readonly<Record<string, FieldKind>> | null,
  notificationType: string | null,
): ReadonlySet<Unwritable> {
  const only = (reason: Unwritable) => new Set([reason]);
  if (entry.kind !== 'object') return only('not-an-object');
  if (fields === null) return only('unknown-object');
  const sent = lastFields(entry);
  const clientName = stringOf(sent.get('clientName'));
  if (clientName === undefined) return only('no-client-name');

  const reasons = new Set<Unwritable>();
  if (Buffer.byteLength(clientName) > 4096) reasons.add('key-too-long');
  if (notificationType?.isWellFormed() === false) reasons.add('bad-unicode');
  for (const name of sent.keys()) if (!name.isWellFormed()) reasons.add('bad-unicode');
  for (const [name, kind] of Object.entries(fields)) {
    const value = sent.get(name) ?? null;
    if (value === null || value.kind === 'null') {
      if (kind.endsWith('!')) reasons.add('missing');
    } else if (kind.startsWith('string')) {
      const text = stringOf(value);
      if (text?.isWellFormed() === false) reasons.add('bad-unicode');
      if (text === undefined) notOfKind(value);
    } else if (kind === 'time' && isUnreadableTime(value)) continue;
    else if (value.kind !== 'number' || !fits(Number(value.text), kind)) notOfKind(value);
    else if (!held(value.text)) reasons.add('inexact-number');
  }
  return reasons;

  function notOfKind(value: JsonNode): void {
    const isInexact = value.kind === 'number' && !held(value.text) && !isHeldInteger(value.text);
    reasons.add(isInexact ? 'inexact-number' : 'wrong-type');
  }
}

/** Whether a record's field takes that number; avsc's longs end before 2^53 and at -(2^52), times with the years. */
function fits(value: number, kind: FieldKind): boolean {
  if (!Number.isInteger(value)) return false;
  if (kind === 'int') return value >= -(2 ** 31) && value < 2 ** 31;
  return kind === 'time' ? isReadable(value) : value >= -(2 ** 52) && value <= 2 ** 53 - 2;
}

/** Every reader holds the times of these seconds, and RFC 3339 has a text for them. */
const years = {
  first: Date.parse('0001-01-01T00:00:00Z') / 1000,
  last: Date.parse('9999-12-31T23:59:59Z') / 1000,
};

export function isReadable(seconds: number): boolean {
  return seconds >= years.first && seconds <= years.last;
}

/** A time that a record doesn't hold: its field is null, and it is kept in `extra`. */
export function isUnreadableTime(node: JsonNode): boolean {
  return node.kind === 'number' && !isReadable(Number(node.text));
}

/** Whether JavaScript writes the number of that JSON text as the number that it is. */
export function held(text: string): boolean {
  return sameNumber(String(Number(text)), text);
}

/** Whether it is an integer that a double has, though JavaScript writes its shortest spelling, which is another number. */
function isHeldInteger(text: string): boolean {
  const value = Number(text);
  return Number.isInteger(value) && sameNumber(String(BigInt(value)), text);
}

/** Whether two JSON texts of numbers mean the same decimal number. */
export function sameNumber(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => JSON.stringify(isNumber(text) ? meaningOf(text) : text));
  return first === second;
}

function isNumber(text: string): boolean {
  return /^-?\d/.test(text);
}
