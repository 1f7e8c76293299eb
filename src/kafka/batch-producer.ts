import type { KafkaJSError, PartitionerArgs, RecordMetadata } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaRecord } from '../encode/record.ts';
import { reasonOf } from '../errors.ts';
import { AppendError, type TopicPartition } from '../produce/append.ts';
import kafkajs from './kafkajs.ts';
import { forOnePartition } from './one-partition.ts';
import { createClient, type KafkaClientOptions } from './client.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** One idempotent kafkajs producer, whose results are believed only when they name the batch. */
export interface BatchProducer {
  /** Idempotent; a call that fails may be repeated. @throws AppendError `unknown` */
  connect(): Promise<void>;
  /** @throws AppendError; `distrusted` tells whether the batch needs another producer */
  send(to: TopicPartition, batch: readonly KafkaRecord[]): Promise<void>;
  /** Destroys its connections, and refuses new ones: nothing is written through it any more. */
  kill(reason: string): void;
  /** Only when no send is under way: kafkajs would go on retrying it for ever. */
  disconnect(): Promise<void>;
}

/** An outcome after which the producer's numbering of this partition can't be relied on. */
export class DistrustError extends AppendError {}

/** Kafka's errors for a record that can never pass: MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_TIMESTAMP, INVALID_RECORD. */
const refusals: ReadonlySet<number> = new Set([10, 18, 32, 87]);
/** OUT_OF_ORDER_SEQUENCE_NUMBER, DUPLICATE_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID. */
const sequenceErrors: ReadonlySet<number> = new Set([45, 46, 47, 59]);

const compressionTypes = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  zstd: kafkajs.CompressionTypes.ZSTD,
} as const;

export interface BatchProducerOptions extends KafkaClientOptions {
  readonly compression: Compression;
  /** How old the client's view of the partitions may get, in ms. */
  readonly metadataMaxAgeMs: number;
}

/** Connects nothing yet. Its broker requests, and so its sends, are bounded by `requestTimeoutMs` and few retries. */
export function createBatchProducer(options: BatchProducerOptions, log: Logger): BatchProducer {
  const { kafka, sockets } = createClient(options, log);
  /** How often the client found a send's partition, and so tried to write to it: by the first message, which it asks about each time. */
  const attempts = new WeakMap<object, number>();
  const producer = kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    metadataMaxAge: options.metadataMaxAgeMs,
    retry: { retries: 2 },
    createPartitioner: () => (args) => {
      const partition = partitionGiven(args);
      attempts.set(args.message, (attempts.get(args.message) ?? 0) + 1);
      return partition;
    },
  });
  const compression = compressionTypes[options.compression];
  // The broker's own bound stays under ours, so that it is the one to speak.
  const timeout = Math.ceil(options.requestTimeoutMs * 0.9);
  let connecting: Promise<void> | undefined;

  return {
    connect() {
      // kafkajs would send without a producer id, and so without protection from copies, if this had failed half-way.
      connecting ??= producer.connect().catch((error: unknown) => {
        connecting = undefined;
        throw new AppendError('unknown', codeOf(error), `can't connect to Kafka: ${reasonOf(error)}`, error);
      });
      return connecting;
    },
    async send({ topic, partition }, batch) {
      const messages = forOnePartition(
        batch.map(({ key, value, timestamp, headers }) =>
          headers === undefined
            ? { key, value, timestamp, partition }
            : { key, value, timestamp, partition, headers },
        ),
      );
      let result: RecordMetadata[];
      try {
        result = await producer.send({ topic, messages, acks: -1, timeout, compression });
      } catch (error) {
        throw ofAllAttempts(asAppendError(error), attempts.get(messages[0] ?? {}) ?? 0);
      }
      verify(result, topic, partition);
    },
    kill: (reason) => sockets.destroy(reason),
    async disconnect() {
      await producer.disconnect();
      sockets.destroy('the producer was disconnected');
    },
  };
}

/** Named as the error on which the client asks for the partitions again, and tries twice more. */
class PartitionAbsentError extends Error {
  override readonly name = 'KafkaJSMetadataNotLoaded';
}

/** The client would resolve a send to a partition that it doesn't know, with an empty result. */
function partitionGiven({ topic, partitionMetadata, message }: PartitionerArgs): number {
  const partition = message.partition as number;
  const isHere = ({ partitionId }: { partitionId: number }) => partitionId === partition;
  if (partitionMetadata.some(isHere)) return partition;
  throw new PartitionAbsentError(
    `${topic} has no partition ${partition}, but ${partitionMetadata.length} others`,
  );
}

/** `send()` can resolve although nothing was written (kafkajs issue 1798), so only the exact partition with an offset counts. */
function verify(result: readonly RecordMetadata[], topic: string, partition: number): void {
  const [only, ...others] = result;
  const offset = Number(only?.baseOffset ?? -1);
  if (only?.topicName === topic && only.partition === partition && others.length === 0) {
    if (only.errorCode === 0 && offset >= 0) return;
  }
  const seen = JSON.stringify(result).slice(0, 200);
  throw new DistrustError(
    'unknown',
    'UNVERIFIED_RESULT',
    `the client's result doesn't name the batch: ${seen}`,
  );
}

function asAppendError(error: unknown): AppendError {
  const code = protocolCodeOf(error);
  const message = reasonOf(error);
  if (isAbsence(error)) return new AppendError('absent', 'PARTITION_ABSENT', message, error);
  if (code !== undefined && refusals.has(code))
    return new AppendError('refused', codeOf(error), message, error);
  if (code !== undefined && sequenceErrors.has(code))
    return new DistrustError('unknown', codeOf(error), message, error);
  return new AppendError('unknown', codeOf(error), message, error);
}

/** The client tries again by itself and tells of its last attempt; one before that may have been written. */
function ofAllAttempts(last: AppendError, attempts: number): AppendError {
  const before = last.outcome === 'absent' ? attempts : attempts - 1;
  if (last.outcome === 'unknown' || before <= 0) return last;
  return new AppendError('unknown', last.code, last.message, last);
}

function isAbsence(error: unknown): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause)
    if (e instanceof PartitionAbsentError) return true;
  return false;
}

/** The broker's error code, wherever kafkajs wrapped it. */
function protocolCodeOf(error: unknown): number | undefined {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if ('code' in e && typeof e.code === 'number') return e.code;
  }
  return undefined;
}

/** The broker's error name where there is one, else the innermost kafkajs error's. */
function codeOf(error: unknown): string {
  let name = 'UNKNOWN';
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const { type } = e as KafkaJSError & { type?: unknown };
    if (typeof type === 'string') return type;
    name = e.name;
  }
  return name;
}
