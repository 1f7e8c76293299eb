import type { Admin, Kafka } from 'kafkajs';
import { UnavailableError } from '../errors.ts';

/** Where to begin: at what the topics still hold, at what comes from now on, or at the first record of a time (Unix ms) or later. */
export type ReadFrom = 'beginning' | 'now' | { readonly since: number };

/** What is to be read of one partition. */
export interface Range {
  readonly topic: string;
  readonly partition: number;
  /** The offset to go on at. */
  next: number;
  /** Behind the last record that was there when the reading began. */
  readonly end: number;
}

export type Ranges = Map<string, Range>;

export function placeOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/** What the topics hold now, by place. Rejects with the client's error. */
export async function readRanges(kafka: Kafka, topics: readonly string[], from: ReadFrom): Promise<Ranges> {
  return await asAdmin(kafka, async (admin) => {
    const ranges: Ranges = new Map();
    for (const topic of topics) {
      const starts = new Map<number, number>();
      if (typeof from === 'object') {
        // The end of the partition where all of its records are older.
        for (const { partition, offset } of await admin.fetchTopicOffsetsByTimestamp(topic, from.since))
          starts.set(partition, offsetOf(offset, placeOf(topic, partition)));
      }
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        const place = placeOf(topic, partition);
        const end = offsetOf(high, place);
        const next = from === 'now' ? end : (starts.get(partition) ?? offsetOf(low, place));
        ranges.set(place, { topic, partition, next, end });
      }
    }
    return ranges;
  });
}

/** The first offset that each partition still holds, by place. Rejects with the client's error. */
export async function readLows(kafka: Kafka, topics: readonly string[]): Promise<Map<string, number>> {
  return await asAdmin(kafka, async (admin) => {
    const lows = new Map<string, number>();
    for (const topic of topics) {
      for (const { partition, low } of await admin.fetchTopicOffsets(topic))
        lows.set(placeOf(topic, partition), offsetOf(low, placeOf(topic, partition)));
    }
    return lows;
  });
}

/** @throws UnavailableError where the broker doesn't tell it: a partition that nobody reads would look empty */
export function offsetOf(told: unknown, place: string): number {
  if (typeof told === 'string' && /^\d+$/.test(told)) return Number(told);
  throw new UnavailableError(
    `the cluster doesn't tell the offsets of ${place} (${String(told)}): it can't be read`,
    'kafka-offsets',
  );
}

async function asAdmin<T>(kafka: Kafka, ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}
