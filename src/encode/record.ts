import type { EntryName } from '../split/entry.ts';

/** Names and texts. */
export type RecordHeaders = Readonly<Record<string, string>>;

/** One Kafka record, complete but for its partition. */
export interface KafkaRecord {
  readonly topic: string;
  /** UTF-8 of `clientName`, or of the primary's name for a dead letter without one. */
  readonly key: Buffer;
  /** Confluent wire format: 0x00, the schema id (4 bytes, big-endian), the Avro body. */
  readonly value: Buffer;
  /** Unix ms; part of the record, so that a retry repeats it. */
  readonly timestamp: number;
  /** CloudEvents attributes and the context of a trace, where they are configured. */
  readonly headers?: RecordHeaders;
  /** What the record was made of, for the dead letter that it may need. */
  readonly entry: EntryName;
}

/** The longest key in bytes: the sender chooses `clientName`, and every consumer pays for long keys. */
export const maxKeyBytes = 4096;

/** Why a record's time is bounded: retention deletes what is stamped far back, and brokers refuse what is stamped ahead. */
const maxAgeMs = 24 * 60 * 60 * 1000;

/** The message's own time where it lies within the last 24 h, else the time of arrival; both Unix ms. */
export function recordTimestamp(notifiedAt: number, receivedAt: number): number {
  const usable = notifiedAt <= receivedAt && notifiedAt > receivedAt - maxAgeMs;
  return usable ? notifiedAt : receivedAt;
}
