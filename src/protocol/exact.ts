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

/** True for a number that was kept as text because JavaScript can't hold it. */
export function isInexactNumber(value: unknown): boolean {
  return json.isRawJSON(value);
}

/** A double holds every decimal of up to 15 significant digits, in its normal range (IEEE 754). */
function isExact(value: number, source: string): boolean {
  if (String(value) === source) return true;
  const digits = significantDigits(source);
  if (digits === 0) return true;
  const normal = Math.abs(value) >= 2.2250738585072014e-308 && Number.isFinite(value);
  return normal && digits <= 15;
}

/** Counted in one pass: on a number of megabytes a pattern that looks for trailing zeros takes quadratic time. */
function significantDigits(source: string): number {
  let digits = 0;
  let zeros = 0;
  for (const character of source) {
    if (character === 'e' || character === 'E') break;
    if (character === '0') zeros++;
    else if (character >= '1' && character <= '9') {
      digits += digits === 0 ? 1 : zeros + 1;
      zeros = 0;
    }
  }
  return digits;
}
