import { isInexactNumber } from '../protocol/exact.ts';
import { BridgeError, ExitCode } from '../errors.ts';
import type { JsonValue } from '../protocol/message.ts';
import type { Unwritable } from '../split/entry.ts';
import type { Kind } from './field-type.ts';

/** An entry can never be written: it becomes a dead letter. Permanent by definition. */
export class EncodeError extends BridgeError {
  override readonly name = 'EncodeError';
  readonly reason: Unwritable;
  /** The entry's field that failed, where it is one. */
  readonly field: string | null;

  constructor(reason: Unwritable, message: string, field: string | null = null) {
    super(message, { code: reason, exitCode: ExitCode.data });
    this.reason = reason;
    this.field = field;
  }
}

/** `avsc` takes no long above, and below -(2^52) its zig-zag coding leaves what a double holds: it would write another number. */
const maxLong = 2 ** 53 - 2;
const minLong = -(2 ** 52);

/**
 * The Avro value of a wire value; times on the wire are Unix seconds, in records milliseconds.
 * @throws EncodeError where the value isn't of the field's kind, or can't be held without a change
 */
export function toAvro(kind: Kind, field: string, value: JsonValue): unknown {
  switch (kind) {
    case 'string':
      if (typeof value !== 'string') throw wrongType(kind, field, value);
      if (!value.isWellFormed())
        throw new EncodeError('bad-unicode', `${field} holds a lone surrogate`, field);
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongType(kind, field, value);
      return value;
    case 'int':
      if (!Number.isInteger(value) || (value as number) !== ((value as number) | 0))
        throw wrongType(kind, field, value);
      return value;
    case 'long':
      if (!isLong(value)) throw wrongType('long from -(2^52) to 2^53 - 2', field, value);
      return value;
    case 'timestamp-millis':
      if (!isLong(value) || !isLong(value * 1000)) throw wrongType('time in Unix seconds', field, value);
      return value * 1000;
    case 'double':
      if (typeof value !== 'number') throw wrongType(kind, field, value);
      return value;
    case 'float':
      if (typeof value !== 'number' || Math.fround(value) !== value) throw wrongType(kind, field, value);
      return value;
    case 'bytes':
    case 'map of string':
    case 'array of string':
      throw wrongType(kind, field, value);
  }
}

function isLong(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= minLong && (value as number) <= maxLong;
}

function wrongType(expected: string, field: string, value: JsonValue): EncodeError {
  if (isInexactNumber(value)) {
    return new EncodeError('inexact-number', `${field} is a number that can't be held exactly`, field);
  }
  const seen = JSON.stringify(value).slice(0, 60);
  return new EncodeError('wrong-type', `${field} is ${seen}, which is no ${expected}`, field);
}
