import type { KafkaRecord } from '../encode/record.ts';
import type { Append } from './append.ts';
import { createLane, type Item, type Lane, type LaneEvents } from './lane.ts';
import { partitionFor } from './partition.ts';

/** A record that Kafka will never take: its place among those that were to be produced, and the broker's code. */
export interface RefusedRecord {
  readonly index: number;
  readonly code: string;
}

/**
 * Resolves when every record but those returned is confirmed by its partition's leader and in-sync replicas.
 * Rejects only when the producer is stopped. Order is kept per topic and key, across calls too.
 */
export type Produce = (records: readonly KafkaRecord[]) => Promise<readonly RefusedRecord[]>;

/** What the cluster says of a topic. */
export interface TopicShape {
  readonly partitions: number;
  /** The topic's `max.message.bytes`: a batch has to stay below it. */
  readonly maxMessageBytes: number;
}

export interface Producer extends AsyncDisposable {
  readonly produce: Produce;
  /** Fails everything that is pending with `reason`, and whatever comes later. */
  stop(reason: Error): void;
}

export interface ProducerOptions {
  readonly append: Append;
  /** The newest known shape of a topic. */
  readonly shapeOf: (topic: string) => TopicShape;
  readonly maxBatchRecords: number;
  readonly retryWaitCapMs: number;
  readonly events: LaneEvents;
}

/** A batch's own header (Kafka's record batch format v2: 61 bytes). */
const batchOverheadBytes = 61;
/** The most that lengths, deltas and attributes add to one record (varints of the same format). */
const recordOverheadBytes = 36;

/** What is left for the value of a record with a key of `keyBytes` in a topic of this shape. */
export function maxValueBytes(shape: TopicShape, keyBytes: number): number {
  return shape.maxMessageBytes - batchOverheadBytes - recordOverheadBytes - keyBytes;
}

export function createProducer(options: ProducerOptions): Producer {
  const { append, shapeOf, maxBatchRecords, retryWaitCapMs, events } = options;
  const stopping = new AbortController();
  const topics = new Map<string, { shape: TopicShape; lanes: Map<number, Lane> }>();

  /** The lanes of a topic; a new number of partitions is taken over only when no record is on its way, or order would break. */
  function lanesOf(topic: string) {
    const newest = shapeOf(topic);
    const known = topics.get(topic);
    if (known?.shape === newest) return known;
    const samePartitions = known?.shape.partitions === newest.partitions;
    if (known !== undefined && !samePartitions && !known.lanes.values().every((lane) => lane.idle))
      return known;
    const lanes = known !== undefined && samePartitions ? known.lanes : new Map<number, Lane>();
    const entry = { shape: newest, lanes };
    topics.set(topic, entry);
    return entry;
  }

  function laneFor(record: KafkaRecord): { lane: Lane; shape: TopicShape } {
    const { topic, key } = record;
    const { lanes, shape } = lanesOf(topic);
    const partition = partitionFor(key, shape.partitions);
    let lane = lanes.get(partition);
    if (lane === undefined) {
      const maxBytes = () => shapeOf(topic).maxMessageBytes - batchOverheadBytes;
      const limits = { maxRecords: maxBatchRecords, maxBytes, retryWaitCapMs };
      lane = createLane({ topic, partition }, append, limits, events, stopping.signal);
      lanes.set(partition, lane);
    }
    return { lane, shape };
  }

  return {
    produce(records) {
      const { promise, resolve, reject } = Promise.withResolvers<readonly RefusedRecord[]>();
      const refused: RefusedRecord[] = [];
      let open = records.length;
      const settleOne = () => {
        if (--open === 0) resolve(refused);
      };
      if (open === 0) resolve(refused);
      records.forEach((record, index) => {
        const { lane, shape } = laneFor(record);
        const refuse = (code: string) => {
          refused.push({ index, code });
          settleOne();
        };
        const bytes = sizeOf(record);
        if (bytes > shape.maxMessageBytes - batchOverheadBytes) return refuse('MESSAGE_TOO_LARGE');
        lane.add({ record, bytes, confirmed: settleOne, refused: refuse, failed: reject } satisfies Item);
      });
      return promise;
    },
    stop(reason) {
      stopping.abort(reason);
    },
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('the producer is closed'));
    },
  };
}

/** What a record takes in a batch at most, in bytes. */
function sizeOf({ key, value, headers }: KafkaRecord): number {
  let bytes = recordOverheadBytes + key.length + value.length;
  for (const name in headers) bytes += 10 + Buffer.byteLength(name) + Buffer.byteLength(headers[name] ?? '');
  return bytes;
}
