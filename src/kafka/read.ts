import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Kafka } from 'kafkajs';

/** A record as it was read, not decoded. */
export interface ReadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Unix ms. */
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ReadOptions {
  readonly topics: readonly string[];
  readonly fromBeginning: boolean;
  /** Called once every partition is assigned: what is written from then on is read. */
  readonly onReady?: () => void;
  readonly onRecord: (record: ReadRecord) => Promise<void>;
}

/** A group of its own for every run, never committed: reading disturbs no other consumer. */
const groupPrefix = 'nbwss-bridge-tail-';

/** Reads the topics until `stop` aborts. Rejects with what `onRecord` throws, or when the topics can't be read. */
export async function readTopics(kafka: Kafka, options: ReadOptions, stop: AbortSignal): Promise<void> {
  const { topics, fromBeginning, onReady, onRecord } = options;
  const consumer = kafka.consumer({ groupId: groupPrefix + randomUUID(), allowAutoTopicCreation: false });
  const failed = Promise.withResolvers<never>();
  consumer.on('consumer.crash', ({ payload: { error, restart } }) => {
    if (!restart) failed.reject(error);
  });
  consumer.on('consumer.group_join', () => onReady?.());
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning });
    await consumer.run({
      autoCommit: false,
      async eachMessage({ topic, partition, message: { offset, timestamp, key, value, headers = {} } }) {
        if (stop.aborted) return;
        const record: ReadRecord = {
          topic,
          partition,
          offset,
          timestamp: Number(timestamp),
          key: key?.toString() ?? null,
          value,
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, header]) => [name, String(header)]),
          ),
        };
        await onRecord(record).catch((error: unknown) => failed.reject(error));
      },
    });
    if (!stop.aborted) await Promise.race([once(stop, 'abort'), failed.promise]);
  } finally {
    await consumer.disconnect();
  }
}
