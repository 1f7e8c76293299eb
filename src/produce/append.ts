import type { KafkaRecord } from '../encode/record.ts';
import { BridgeError } from '../errors.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/**
 * The client's port: one batch to one partition, one attempt. Resolves only when the partition's leader has confirmed exactly
 * this batch, with a base offset. A retry passes the identical array, and a client that numbers its batches sends it under
 * the same number (KIP-98), so that the broker drops a copy. After CutBatchError a call may also pass the first records of the batch, fewer
 * than it had; they take its place. One call at a time for a partition.
 * @throws AppendError
 */
export type Append = (to: TopicPartition, batch: readonly KafkaRecord[]) => Promise<void>;

/**
 * - `refused`: the broker says that a record of the batch can never pass, and nothing is left open: neither this attempt wrote it nor
 *   an earlier one by the same number, so that the next batch may have it
 * - `unsent`: this attempt wrote nothing, and another one may
 * - `unknown`: the batch may have been written; only the same batch again can tell
 */
export type AppendOutcome = 'refused' | 'unsent' | 'unknown';

export class AppendError extends BridgeError {
  override readonly name = 'AppendError';
  readonly outcome: AppendOutcome;

  /** @param code the broker's error name, or the client's; stable and safe as a metric label */
  constructor(outcome: AppendOutcome, code: string, message: string, cause?: unknown) {
    super(message, { code, retryable: outcome !== 'refused', cause });
    this.outcome = outcome;
  }
}

/** The connection was cut on a request that held nothing but this batch: `unknown`, and a smaller batch may pass. */
export class CutBatchError extends AppendError {
  /** What the request took, in bytes, as a broker counts it. */
  readonly requestBytes: number;

  constructor(requestBytes: number, code: string, cause: Error) {
    super('unknown', code, cause.message, cause);
    this.requestBytes = requestBytes;
  }
}

/** The code of a record that is given up because connections end on each request that holds it. */
export const requestCut = 'REQUEST_CUT';
