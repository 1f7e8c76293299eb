import type { Admin } from 'kafkajs';
import { BridgeError, reasonOf } from '../errors.ts';
import type { TopicShape } from '../produce/topic-lanes.ts';
import { describeTopics, readPartitions } from './topics.ts';

export interface TopicWatch extends Disposable {
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
  /** Called when Kafka stops answering, or for a reason of another kind than before, and when it answers again (null). */
  readonly onChange: (error: Error | null) => void;
}

/** A new number of partitions counts when it was seen that often in a row: a broker that lags behind may still tell the old one. */
const readingsUntilAdopted = 2;
/** The time to the next question, in ms, while Kafka doesn't answer or a number of partitions is new. */
const recheckMs = 1_000;
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
  let code: string | null = null;
  let readings = 0;
  let disposed = false;

  await read();
  let timer = setTimeout(() => void readQuietly(), intervalMs);

  return {
    shapeOf(topic) {
      const shape = shapes.get(topic);
      if (shape === undefined) throw new Error(`no topic ${topic} is watched`);
      return shape;
    },
    get down() {
      return down;
    },
    [Symbol.dispose]() {
      // A question that Kafka leaves open ends with its connection: a stop doesn't wait for it.
      clearTimeout(timer);
      disposed = true;
    },
  };

  async function readQuietly(): Promise<void> {
    const error = await read().then(
      () => null,
      (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(reasonOf(thrown))),
    );
    if (disposed) return;
    // By code: while brokers come and go the words differ from question to question.
    const seen = error instanceof BridgeError ? error.code : error && 'unexpected';
    if (seen !== code) onChange(error);
    code = seen;
    down = error && reasonOf(error);
    const unsettled = down !== null || changing.size > 0;
    timer = setTimeout(() => void readQuietly(), unsettled ? Math.min(recheckMs, intervalMs) : intervalMs);
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
    const seen = (changing.get(topic)?.partitions === partitions ? changing.get(topic)?.readings : 0) ?? 0;
    changing.delete(topic);
    if (partitions !== known.partitions && seen + 1 < readingsUntilAdopted)
      changing.set(topic, { partitions, readings: seen + 1 });
    const adopted = changing.has(topic) ? known.partitions : partitions;
    if (adopted !== known.partitions || bytes !== known.maxMessageBytes) {
      shapes.set(topic, { partitions: adopted, maxMessageBytes: bytes });
    }
  }
}
