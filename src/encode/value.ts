import { isInexactNumber } from '../protocol/exact.ts';
import { BridgeError, ExitCode } from '../errors.ts';
import type { JsonPath } from '../protocol/frame.ts';
import type { JsonValue } from '../protocol/message.ts';
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
  'timestamp-millis': asTime(1_000),
  'timestamp-micros': asTime(1_000_000),
  double(value) {
    if (typeof value !== 'number') throw wrongType('double', value);
    return value;
  },
  float(value) {
    if (typeof value !== 'number' || Math.fround(value) !== value) throw wrongType('float', value);
    return value;
  },
};

function asString(value: JsonValue): string {
  if (typeof value !== 'string') throw wrongType('string', value);
  if (!value.isWellFormed()) throw new EncodeError('bad-unicode', 'holds a lone surrogate');
  return value;
}

function asTime(perSecond: number): Convert {
  return (value) => {
    if (!isLong(value) || !isLong(value * perSecond)) throw wrongType('time in Unix seconds', value);
    return value * perSecond;
  };
}

/** @param kind what the value should be, in words */
export function wrongType(kind: string, value: JsonValue): EncodeError {
  if (isInexactNumber(value))
    return new EncodeError('inexact-number', "is a number that can't be held exactly");
  return new EncodeError('wrong-type', `is ${JSON.stringify(value).slice(0, 60)}, which is no ${kind}`);
}

function isLong(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= minLong && (value as number) <= maxLong;
}
