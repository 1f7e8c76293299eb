import type { Admin } from 'kafkajs';
import { reasonOf } from '../errors.ts';
import type { TopicShape } from '../produce/producer.ts';
import { describeTopics, readPartitions } from './topics.ts';

export interface TopicWatch extends AsyncDisposable {
  /** The newest shape that the producers know too. */
  shapeOf(topic: string): TopicShape;
  /** Null while Kafka answers; else why it doesn't, in words. */
  readonly down: string | null;
}

export interface TopicWatchOptions {
  readonly admin: Admin;
  readonly topics: readonly string[];
  /** How often Kafka is asked, in ms. */
  readonly intervalMs: number;
  /** Replaces what the brokers say, where DESCRIBE_CONFIGS is denied. */
  readonly maxMessageBytes: number | undefined;
  /** Called when Kafka stops answering (with the reason) and when it answers again (null). */
  readonly onChange: (down: string | null) => void;
}

/** A new number of partitions counts when it was seen that often: by then the producers' own metadata is as new. */
const readingsUntilAdopted = 3;
/** `max.message.bytes` changes rarely: it is read every n-th time. */
const readingsPerDescription = 12;

/**
 * Keeps asking Kafka for the topics: the liveness of the connection, the partitions, and the largest batch.
 * Resolves after the first answer.
 * @throws as describeTopics
 */
export async function watchTopics(options: TopicWatchOptions): Promise<TopicWatch> {
  const { admin, topics, intervalMs, maxMessageBytes, onChange } = options;
  const shapes = new Map<string, TopicShape>();
  const changing = new Map<string, { partitions: number; readings: number }>();
  const limits = new Map<string, number>();
  let down: string | null = null;
  let readings = 0;

  await read();
  let reading: Promise<void> | undefined;
  const timer = setInterval(() => {
    reading ??= readQuietly().finally(() => (reading = undefined));
  }, intervalMs);

  return {
    shapeOf(topic) {
      const shape = shapes.get(topic);
      if (shape === undefined) throw new Error(`no topic ${topic} is watched`);
      return shape;
    },
    get down() {
      return down;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await reading;
    },
  };

  async function readQuietly(): Promise<void> {
    let reason: string | null = null;
    try {
      await read();
    } catch (error) {
      reason = reasonOf(error);
    }
    if ((reason === null) !== (down === null)) onChange(reason);
    down = reason;
  }

  async function read(): Promise<void> {
    const counts = await readPartitions(admin, topics);
    if (readings++ % readingsPerDescription === 0) await readLimits();
    for (const { topic, partitions } of counts) adopt(topic, partitions, limits.get(topic) ?? 0);
  }

  async function readLimits(): Promise<void> {
    if (maxMessageBytes !== undefined) topics.forEach((topic) => limits.set(topic, maxMessageBytes));
    else
      for (const { topic, maxMessageBytes: bytes } of await describeTopics(admin, topics))
        limits.set(topic, bytes);
  }

  function adopt(topic: string, partitions: number, bytes: number): void {
    const known = shapes.get(topic);
    if (known === undefined) {
      shapes.set(topic, { partitions, maxMessageBytes: bytes });
      return;
    }
    const change = changing.get(topic);
    const seen = change?.partitions === partitions ? change.readings + 1 : 1;
    changing.set(topic, { partitions, readings: seen });
    const adopted = seen >= readingsUntilAdopted ? partitions : known.partitions;
    if (adopted !== known.partitions || bytes !== known.maxMessageBytes) {
      shapes.set(topic, { partitions: adopted, maxMessageBytes: bytes });
    }
  }
}
