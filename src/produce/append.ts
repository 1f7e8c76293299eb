import type { KafkaRecord } from '../encode/record.ts';
import { BridgeError } from '../errors.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/**
 * The client's port: one batch to one partition, one attempt. Resolves only when the partition's leader has confirmed exactly
 * this batch, with a base offset. A retry passes the identical array, and a client that numbers its batches sends it under
 * the same number (KIP-98), so that the broker drops a copy. One call at a time for a partition.
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
