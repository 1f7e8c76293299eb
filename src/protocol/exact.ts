import { randomUUID } from 'node:crypto';
import type { Pieces } from '../pieces.ts';
import type { JsonValue } from './message.ts';

/**
 * Numbers as they were sent. JSON.parse rounds what a double can't hold; a rounded number must never reach a record. So text that may hold
 * one is parsed again with such numbers as marked strings, and each of these becomes raw JSON (`JSON.rawJSON`, the ECMAScript proposal
 * "JSON.parse source text access"): no typed field accepts it, and `JSON.stringify` writes it as it was sent. The proposal's own way, a
 * reviver that is given the source, takes eight times as long.
 */

// TypeScript's lib doesn't know the proposal yet.
interface JsonWithSource {
  rawJSON(text: string): JsonValue;
  isRawJSON(value: unknown): boolean;
}
const json = JSON as unknown as JsonWithSource;

/** A number token of 16 or more digits and dots, or with an exponent of three digits, and what comes before it. */
const suspicious = /[:,[\s]-?(?:[\d.]{16}|\d[\d.]*[eE][+-]?\d{3})/;
/** The same from where the token begins: to look behind takes eight times as long, so it is asked only where there is one. */
const suspiciousPlace = /(?<=[:,[\s])-?(?:[\d.]{16}|\d[\d.]*[eE][+-]?\d{3})/g;
const numberToken = /-?[\d.]+(?:[eE][+-]?\d+)?/y;

/**
 * Before the text of a number that stands in for it. Of the process, and told to nobody: no string that is sent begins like it. Short, because a
 * frame may hold 400,000.
 */
const mark = randomUUID().slice(-12);
const opening = `"${mark}`;
const tokensPerPiece = 2_048;
const valuesPerPiece = 8_192;

/** True when `text` may hold a number that a double doesn't hold exactly (no such number is missed). */
export function mayHoldInexactNumber(text: string): boolean {
  return suspicious.test(text);
}

/** The numbers of marked text are kept as raw JSON. The nesting must be bounded before. */
export function* parseMarked(marked: string): Pieces<JsonValue> {
  const value = JSON.parse(marked) as Container;
  yield;
  yield* unmark(value);
  return value as JsonValue;
}

/**
 * JSON text with each number that a double can't hold exactly as a string behind a mark: null where there is none. What stands in strings is
 * none.
 */
export function* withInexactMarked(text: string): Pieces<string | null> {
  const pieces: string[] = [];
  let copied = 0;
  /** Where the next string begins. */
  let nextString = text.indexOf('"');
  for (let at = 0, tokens = 1; (at = suspiciousFrom(text, at)) >= 0; tokens++) {
    if (tokens % tokensPerPiece === 0) yield;
    let closing = -1;
    while (nextString >= 0 && nextString < at && closing < at) {
      closing = endOfString(text, nextString);
      nextString = text.indexOf('"', closing + 1);
    }
    if (closing > at) {
      at = closing;
      continue;
    }
    numberToken.lastIndex = at;
    const source = numberToken.exec(text)?.[0] ?? '';
    if (!isExact(Number(source), source)) {
      pieces.push(text.slice(copied, at), opening, source, '"');
      copied = at + source.length;
    }
    at += source.length;
  }
  if (pieces.length === 0) return null;
  pieces.push(text.slice(copied));
  return pieces.join('');
}

function suspiciousFrom(text: string, start: number): number {
  suspiciousPlace.lastIndex = start;
  return suspiciousPlace.exec(text)?.index ?? -1;
}

/** The place of the quote that ends the string which begins at `opening`, in JSON. */
function endOfString(text: string, opening: number): number {
  let end = opening;
  for (let escapes = 1; escapes % 2 === 1;) {
    end = text.indexOf('"', end + 1);
    escapes = 0;
    while (text[end - 1 - escapes] === '\\') escapes++;
  }
  return end;
}

type Container = unknown[] | Record<string, unknown>;

/** In place, level by level: no input can exhaust the stack. */
function* unmark(top: Container): Pieces<void> {
  let seen = 0;
  for (let level = [top]; level.length > 0;) {
    const next: Container[] = [];
    const take = (value: unknown): unknown => {
      if (typeof value === 'string' && value.startsWith(mark)) return json.rawJSON(value.slice(mark.length));
      if (typeof value === 'object' && value !== null) next.push(value as Container);
      return value;
    };
    for (const container of level) {
      if (Array.isArray(container)) {
        for (let at = 0; at < container.length; at++) {
          container[at] = take(container[at]);
          if (++seen % valuesPerPiece === 0) yield;
        }
      } else {
        for (const name in container) {
          const value = container[name];
          const taken = take(value);
          if (taken !== value) container[name] = taken;
          if (++seen % valuesPerPiece === 0) yield;
        }
      }
    }
    level = next;
  }
}

/** True for a number that was kept as text because JavaScript would write another one. */
export function isInexactNumber(value: unknown): boolean {
  return json.isRawJSON(value);
}

/** Whether what JavaScript makes of a number is written as the number that was sent, whichever way either is spelled. */
function isExact(value: number, source: string): boolean {
  const written = String(value);
  return (
    written === source || (Number.isFinite(value) && isSameDecimal(decimalOf(written), decimalOf(source)))
  );
}

/** A decimal number: its digits without zeros around them, and the power of ten that the last of them stands for. */
interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

/** In one pass: on a number of megabytes a pattern that looks for trailing zeros takes quadratic time. */
function decimalOf(source: string): Decimal {
  const negative = source.startsWith('-');
  const [mantissa = '', power = '0'] = (negative ? source.slice(1) : source).split(/[eE]/);
  const point = mantissa.indexOf('.');
  const all = point < 0 ? mantissa : mantissa.slice(0, point) + mantissa.slice(point + 1);
  const fraction = point < 0 ? 0 : mantissa.length - point - 1;
  let first = 0;
  while (all[first] === '0') first++;
  let end = all.length;
  while (end > first && all[end - 1] === '0') end--;
  const digits = all.slice(first, end);
  return { negative, digits, exponent: digits === '' ? 0 : Number(power) - fraction + (all.length - end) };
}

function isSameDecimal(one: Decimal, other: Decimal): boolean {
  // Zero has no sign here: a record's long has none.
  const isSigned = one.digits !== '' && one.negative !== other.negative;
  return !isSigned && one.digits === other.digits && one.exponent === other.exponent;
}

/** The digits of the largest double. */
const maxIntegerDigits = 309;

/**
 * The number that was kept as text, where it is an integer that a double holds; null for any other. Its shortest spelling is another
 * number: 2^60 is 1152921504606846976, and JavaScript writes 1152921504606847000.
 */
export function heldInteger(inexact: JsonValue): number | null {
  const source = JSON.stringify(inexact);
  const { digits, exponent, negative } = decimalOf(source);
  if (exponent < 0 || digits.length + exponent > maxIntegerDigits) return null;
  const value = Number(source);
  if (!Number.isFinite(value)) return null;
  const sent = BigInt(digits + '0'.repeat(exponent)) * (negative ? -1n : 1n);
  return BigInt(value) === sent ? value : null;
}
