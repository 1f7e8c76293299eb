import { BridgeError, reasonOf, UnavailableError } from '../errors.ts';
import type { TopicShape } from '../produce/topic-lanes.ts';
import type { Cluster, Description } from './cluster.ts';
import { roomForBatch } from './produce-request.ts';
import { placeOf } from './read-range.ts';
import type { TopicView } from './topic-view.ts';
import { partitionCounts, readMaxMessageBytes } from './topics.ts';

export interface TopicWatch extends Disposable {
  /** The newest shape that the producers know too. */
  shapeOf(topic: string): TopicShape;
  /** Null while Kafka answers, and has all partitions with a leader; else what is wrong, in words. */
  readonly down: string | null;
}

export interface TopicWatchOptions {
  readonly cluster: Pick<Cluster, 'askAny'>;
  readonly view: TopicView;
  /** How often Kafka is asked, in ms. */
  readonly intervalMs: number;
  /** Replaces what the brokers say, where DESCRIBE_CONFIGS is denied. */
  readonly maxMessageBytes: number | undefined;
  /** The largest request: a batch has to fit into one. */
  readonly maxRequestBytes: number;
  /** Called when Kafka stops answering, or for a reason of another kind than before, and when it answers again (null). */
  readonly onChange: (error: Error | null) => void;
}

/** A new number of partitions counts when it was seen that often in a row: a broker that lags behind may still tell the old one. */
const readingsUntilAdopted = 2;
/** A partition is told to be without a leader when it was seen so that often in a row: an election takes a moment. */
const readingsUntilLeaderless = 2;
/** The time to the next question, in ms, while Kafka doesn't answer or a number of partitions is new. */
const recheckMs = 1_000;
/** `max.message.bytes` changes rarely: it is read every n-th time. */
const readingsPerDescription = 12;

/**
 * Keeps asking Kafka for the topics: the liveness of the connection, the partitions and their leaders, and the largest batch.
 * Resolves after the first answer.
 * @throws as TopicView.refresh, partitionCounts and readMaxMessageBytes
 */
export async function watchTopics(options: TopicWatchOptions): Promise<TopicWatch> {
  const { cluster, view, intervalMs, maxMessageBytes, onChange } = options;
  const { topics } = view;
  const maxBatchBytes = roomForBatch(options.maxRequestBytes);
  const shapes = new Map<string, TopicShape>();
  const changing = new Map<string, { partitions: number; readings: number }>();
  const limits = new Map<string, number>();
  let down: string | null = null;
  let code: string | null = null;
  let readings = 0;
  let leaderlessReadings = 0;
  let disposed = false;

  await read();
  let timer = setTimeout(() => void readQuietly(), waitMs());

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
    timer = setTimeout(() => void readQuietly(), waitMs());
  }

  function waitMs(): number {
    const unsettled = down !== null || changing.size > 0 || leaderlessReadings > 0;
    return unsettled ? Math.min(recheckMs, intervalMs) : intervalMs;
  }

  async function read(): Promise<void> {
    const described = await view.refresh();
    const leaderless = leaderlessOf(described, topics);
    leaderlessReadings = leaderless.length === 0 ? 0 : leaderlessReadings + 1;
    const counts = partitionCounts(described, topics);
    if (readings % readingsPerDescription === 0) await readLimits();
    // One that fails is made up for by the next.
    readings++;
    for (const { topic, partitions } of counts)
      adopt(topic, partitions, Math.min(limits.get(topic) ?? 0, maxBatchBytes));
    if (leaderlessReadings >= readingsUntilLeaderless) throw withoutLeaders(leaderless);
  }

  async function readLimits(): Promise<void> {
    if (maxMessageBytes !== undefined) topics.forEach((topic) => limits.set(topic, maxMessageBytes));
    else for (const [topic, bytes] of await readMaxMessageBytes(cluster, topics)) limits.set(topic, bytes);
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

/** Their names: "netbackup.jobs/3". */
function leaderlessOf(described: Description, topics: readonly string[]): string[] {
  return topics.flatMap((topic) =>
    [...(described.topics.get(topic)?.partitions.values() ?? [])]
      .filter(({ leader }) => leader < 0)
      .map(({ partition }) => placeOf(topic, partition)),
  );
}

/** How many partitions a message names. */
const namedPartitions = 5;

function withoutLeaders(names: readonly string[]): BridgeError {
  const more = names.length - namedPartitions;
  const list = names.slice(0, namedPartitions).join(', ') + (more > 0 ? ` and ${more} more` : '');
  const message =
    `no leader for ${list}: messages with entries there wait, the others go on. ` +
    'See that the brokers with their replicas run';
  return new UnavailableError(message, 'partitions-leaderless');
}
