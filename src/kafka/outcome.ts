import { BridgeError } from '../errors.ts';
import { errorFrom } from './broker-error.ts';
import { CutError, NotSentError } from './link.ts';
import type { PartitionAnswer } from './produce-request.ts';
import type { Attempt, Cut } from './sender.ts';

/** What one attempt says of its batch. */
export type Outcome =
  | { readonly is: 'confirmed' }
  /** For a record in it that can never pass; nothing of it is written. */
  | { readonly is: 'refused'; readonly code: string; readonly error: Error }
  /** This attempt wrote nothing. */
  | { readonly is: 'not-written'; readonly code: string; readonly error: Error }
  | MaybeWritten
  /** The number that it has may belong to what was written, and the broker won't take it under this one. */
  | { readonly is: 'number-taken'; readonly code: string; readonly error: Error };

export interface MaybeWritten {
  readonly is: 'maybe-written';
  readonly code: string;
  readonly error: Error;
  /** Whether the broker says that the partition's replicas took too long. */
  readonly isSlow: boolean;
  /** The request, where the connection was cut on it. */
  readonly cut: Cut | null;
}

/** What earlier attempts leave open: nothing; whether its number is taken, by a batch that it is the beginning of; whether it is written itself. */
export type Doubt = 'none' | 'number' | 'batch';

/** The broker checks these before it appends (Kafka's `Errors`): MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_TIMESTAMP, INVALID_RECORD. */
const refusals: ReadonlySet<number> = new Set([10, 18, 32, 87]);
/** OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID. */
const sequenceErrors: ReadonlySet<number> = new Set([45, 47, 59]);
/** The broker has the batch already. */
const duplicateSequence = 46;
/** REQUEST_TIMED_OUT, NOT_ENOUGH_REPLICAS_AFTER_APPEND. */
const slowReplicas: ReadonlySet<number> = new Set([7, 20]);
/**
 * The broker checks these before it appends, too: CORRUPT_MESSAGE, INVALID_TOPIC_EXCEPTION, NOT_ENOUGH_REPLICAS, INVALID_REQUIRED_ACKS,
 * TOPIC_AUTHORIZATION_FAILED, CLUSTER_AUTHORIZATION_FAILED, UNSUPPORTED_VERSION, UNSUPPORTED_COMPRESSION_TYPE. Not so NOT_LEADER_OR_FOLLOWER: a
 * leader that steps down while it waits for its replicas says that of a batch that it has written.
 */
const notWritten: ReadonlySet<number> = new Set([2, 17, 19, 21, 29, 31, 35, 76]);

/** @param doubt what the attempts before this one left open */
export function outcomeOf(attempt: Attempt, doubt: Doubt): Outcome {
  switch (attempt.is) {
    case 'not-sent':
      return failed('not-written', attempt.error);
    case 'unanswered':
      return maybeWritten(attempt.error, { cut: attempt.cut });
    case 'answered':
      return outcomeOfAnswer(attempt.answer, doubt);
  }
}

function outcomeOfAnswer(answer: PartitionAnswer, doubt: Doubt): Outcome {
  const { errorCode, baseOffset } = answer;
  if (errorCode === 0)
    return baseOffset >= 0n ? { is: 'confirmed' } : maybeWritten(new UnverifiedError(answer));
  if (errorCode === duplicateSequence && doubt === 'batch') return { is: 'confirmed' };
  const error = errorFrom(answer);
  if (errorCode === duplicateSequence || sequenceErrors.has(errorCode)) return failed('number-taken', error);
  if (refusals.has(errorCode)) return failed(doubt === 'none' ? 'refused' : 'number-taken', error);
  if (notWritten.has(errorCode)) return failed('not-written', error);
  return maybeWritten(error, { isSlow: slowReplicas.has(errorCode) });
}

/** A broker that confirms a batch says where it stands. */
class UnverifiedError extends Error {
  override readonly name = 'UNVERIFIED_RESULT';
  constructor({ topic, partition, baseOffset }: PartitionAnswer) {
    super(`the broker confirms a batch for ${topic}/${partition} at the offset ${baseOffset}`);
  }
}

function failed(is: 'refused' | 'not-written' | 'number-taken', thrown: unknown): Outcome {
  return { is, ...withCode(thrown) };
}

function maybeWritten(
  thrown: unknown,
  { isSlow = false, cut = null }: Partial<Pick<MaybeWritten, 'isSlow' | 'cut'>> = {},
): Outcome {
  return { is: 'maybe-written', ...withCode(thrown), isSlow, cut };
}

function withCode(thrown: unknown): { code: string; error: Error } {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { code: codeOf(error), error };
}

/** The broker's name of an error where there is one, else ours, else the name of the client's innermost one. */
export function codeOf(error: unknown): string {
  let name = 'UNKNOWN';
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const { type } = e as Error & { readonly type?: unknown };
    if (typeof type === 'string') return type;
    if (e instanceof BridgeError) return e.code;
    if (!(e instanceof NotSentError || e instanceof CutError)) name = e.name;
  }
  return name;
}
