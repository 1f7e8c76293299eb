import type { JsonValue } from './message.ts';

/**
 * Numbers as they were sent. JSON.parse rounds what a double can't hold; a rounded number must never reach a record. So text
 * that may hold one is parsed again with its source text, and such numbers stay text (`JSON.rawJSON`, the ECMAScript
 * proposal "JSON.parse source text access"): no typed field accepts them, and `JSON.stringify` writes them as they were sent.
 */

// TypeScript's lib doesn't know the proposal yet.
interface JsonWithSource {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): JsonValue;
  isRawJSON(value: unknown): boolean;
}
const json = JSON as unknown as JsonWithSource;

/** A number token of 16 or more digits and dots, or with an exponent of three digits. */
const suspicious = /[:,[\s]-?(?:[\d.]{16}|\d[\d.]*[eE][+-]?\d{3})/;

/** True when `text` may hold a number that a double doesn't hold exactly (no such number is missed). */
export function mayHoldInexactNumber(text: string): boolean {
  return suspicious.test(text);
}

/** Parses JSON text; numbers that a double can't hold exactly become raw JSON. The nesting must be bounded before. */
export function parseExactly(text: string): JsonValue {
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && !isExact(value, source)
      ? json.rawJSON(source)
      : value,
  ) as JsonValue;
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
