import type { KafkaRecord } from '../encode/record.ts';
import type { Doubt, MaybeWritten } from './outcome.ts';

/** A lane's batch, from its first attempt to its end. It keeps its bytes, and with them its number, for all of its attempts. */
export type Batch = UnwrittenBatch | UncertainBatch;

interface AnyBatch {
  readonly records: readonly KafkaRecord[];
  /** Attempts so far; each has failed. */
  readonly failures: number;
  /** Whether a connection was cut on a request that held it: it needs one of its own, so that it is known what is cut. */
  readonly goesAlone: boolean;
  /** The larger batch that it is the beginning of, which may be written under the number that both have; null where there is none. */
  readonly whole: Written | null;
}

/** No attempt so far can have written it: whatever comes in its place may have its number, but for what `whole` says. */
export interface UnwrittenBatch extends AnyBatch {
  readonly is: 'unwritten';
  /** Null before it has a number. */
  readonly bytes: Buffer | null;
}

/** An attempt may have written it. */
export interface UncertainBatch extends AnyBatch {
  readonly is: 'uncertain';
  readonly bytes: Buffer;
  /** Unix ms: from here on the broker counts the time after which it may have forgotten the batch. */
  readonly since: number;
}

/** What may be in the log. */
interface Written {
  readonly records: number;
  /** Unix ms, as `since` above. */
  readonly since: number;
}

export function newBatch(records: readonly KafkaRecord[]): UnwrittenBatch {
  return { is: 'unwritten', records, failures: 0, goesAlone: false, whole: null, bytes: null };
}

/**
 * The first records of a batch as one that takes its place and its number (docs/adr/0017-requests-that-are-cut.md); null where they are anything
 * else, or as many. With as many the broker couldn't tell one from the other.
 */
export function beginningOf(batch: Batch, records: readonly KafkaRecord[]): UnwrittenBatch | null {
  const isBeginning =
    records.length < batch.records.length && records.every((record, at) => record === batch.records[at]);
  if (!isBeginning) return null;
  const { goesAlone, failures } = batch;
  return { is: 'unwritten', records, failures, goesAlone, whole: mayBeWritten(batch), bytes: null };
}

/** The largest batch that may be in the log under the number; null where its number is free. */
export function mayBeWritten(batch: Batch): Written | null {
  if (batch.whole !== null) return batch.whole;
  return batch.is === 'uncertain' ? { records: batch.records.length, since: batch.since } : null;
}

export function doubtOf(batch: Batch): Doubt {
  if (batch.is === 'uncertain') return 'batch';
  return batch.whole === null ? 'none' : 'number';
}

/** The batch after an attempt that may have written it. @param startedAt when that began, Unix ms */
export function afterUncertain(batch: Batch, outcome: MaybeWritten, startedAt: number): UncertainBatch {
  const { records, failures, whole } = batch;
  const since = batch.is === 'uncertain' ? batch.since : rememberedSince(records, startedAt);
  const goesAlone = batch.goesAlone || outcome.cut !== null;
  return {
    is: 'uncertain',
    records,
    failures: failures + 1,
    goesAlone,
    whole,
    bytes: batch.bytes as Buffer,
    since,
  };
}

/**
 * A broker counts from the newest timestamp of the producer's last batch, not from its own clock: records that are stamped back are forgotten
 * sooner (Kafka, `ProducerStateManager.isProducerExpired`).
 */
function rememberedSince(records: readonly KafkaRecord[], startedAt: number): number {
  const newest = records.reduce((latest, { timestamp }) => Math.max(latest, timestamp), -Infinity);
  return Math.min(newest, startedAt);
}
