import { heldInteger, isInexactNumber } from '../protocol/exact.ts';
import { BridgeError, ExitCode } from '../errors.ts';
import type { JsonPath } from '../protocol/frame.ts';
import type { JsonValue } from '../protocol/message.ts';
import { readableYears } from '../protocol/years.ts';
import type { Unwritable } from '../split/entry.ts';

/** An entry can never be written: it becomes a dead letter. Permanent by definition. */
export class EncodeError extends BridgeError {
  override readonly name = 'EncodeError';
  readonly reason: Unwritable;
  readonly detail: string;
  /** From the entry to what failed; empty where that is the entry itself. */
  readonly path: JsonPath;

  /** @param detail what is wrong, in words that follow the place */
  constructor(reason: Unwritable, detail: string, path: JsonPath = []) {
    super(path.length === 0 ? detail : `${path.join('.')} ${detail}`, {
      code: reason,
      exitCode: ExitCode.data,
    });
    this.reason = reason;
    this.detail = detail;
    this.path = path;
  }

  /** The same error, seen from the value around. */
  within(step: string | number): EncodeError {
    return new EncodeError(this.reason, this.detail, [step, ...this.path]);
  }
}

/** `avsc` takes no long above, and below -(2^52) its zig-zag coding leaves what a double holds: it would write another number. */
const maxLong = 2 ** 53 - 2;
const minLong = -(2 ** 52);

/** The Avro value of a wire value. @throws EncodeError where the value isn't of the kind, or can't be held without a change */
export type Convert = (value: JsonValue) => unknown;

/** The kinds of times, and how many of their units a second has. */
const perSecond: Readonly<Record<string, number>> = {
  'timestamp-millis': 1_000,
  'timestamp-micros': 1_000_000,
};

export function isTimeKind(kind: string): boolean {
  return Object.hasOwn(perSecond, kind);
}

/** The kinds without parts. Times on the wire are Unix seconds. */
export const leafConverters: Readonly<Record<string, Convert>> = {
  string: asString,
  boolean(value) {
    if (typeof value !== 'boolean') throw wrongType('boolean', value);
    return value;
  },
  int(value) {
    if (!Number.isInteger(value) || (value as number) !== ((value as number) | 0))
      throw wrongType('int', value);
    return value;
  },
  long(value) {
    if (!isLong(value)) throw wrongType('long from -(2^52) to 2^53 - 2', value);
    return value;
  },
  ...Object.fromEntries(Object.entries(perSecond).map(([kind, units]) => [kind, asTime(units)])),
  double(value) {
    const held = isInexactNumber(value) ? heldInteger(value) : value;
    if (typeof held !== 'number') throw wrongType('double', value);
    return held;
  },
  float(value) {
    const held = isInexactNumber(value) ? heldInteger(value) : value;
    if (typeof held !== 'number' || Math.fround(held) !== held) throw wrongType('float', value);
    return held;
  },
};

function asString(value: JsonValue): string {
  if (typeof value !== 'string') throw wrongType('string', value);
  if (!value.isWellFormed()) throw new EncodeError('bad-unicode', 'holds a lone surrogate');
  return value;
}

/** Whole seconds that every reader can hold as a time, and `avsc` as a long. */
function asTime(units: number): Convert {
  const first = Math.max(readableYears.first, Math.ceil(minLong / units));
  const last = Math.min(readableYears.last, Math.floor(maxLong / units));
  return (value) => {
    if (Number.isInteger(value) && (value as number) >= first && (value as number) <= last)
      return (value as number) * units;
    const number = isInexactNumber(value) ? Number(JSON.stringify(value)) : value;
    if (typeof number === 'number' && (number < first || number > last)) {
      const years = [first, last].map((seconds) => new Date(seconds * 1000).getUTCFullYear()).join(' to ');
      throw new EncodeError(
        'time-out-of-range',
        `is ${shown(value)}, which is no time of the years ${years}`,
      );
    }
    throw wrongType('time in Unix seconds', value);
  };
}

/** Whether a conversion failed for a time itself, and not for a part of what was converted, that is beyond what a field can hold. */
export function isTimeOutOfRange(error: unknown): boolean {
  return error instanceof EncodeError && error.reason === 'time-out-of-range' && error.path.length === 0;
}

/** @param kind what the value should be, in words */
export function wrongType(kind: string, value: JsonValue): EncodeError {
  if (isInexactNumber(value) && heldInteger(value) === null)
    return new EncodeError('inexact-number', "is a number that can't be held exactly");
  return new EncodeError('wrong-type', `is ${shown(value)}, which is no ${kind}`);
}

function shown(value: JsonValue): string {
  return JSON.stringify(value).slice(0, 60);
}

/** Whether a long is written as it is. */
export function isLong(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= minLong && (value as number) <= maxLong;
}
