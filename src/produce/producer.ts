import type { KafkaRecord } from '../encode/record.ts';
import type { Item } from './lane.ts';
import {
  batchOverheadBytes,
  createTopicLanes,
  type TopicLanes,
  type TopicLanesOptions,
  type TopicShape,
} from './topic-lanes.ts';

/** A record that Kafka will never take: its place among those that were to be produced, and the broker's code. */
export interface RefusedRecord {
  readonly index: number;
  readonly code: string;
}

/**
 * Resolves when every record but those returned, in their order, is confirmed by its partition's leader and in-sync replicas.
 * Rejects only when the producer is stopped. Order is kept per topic and key, across calls too.
 */
export type Produce = (records: readonly KafkaRecord[]) => Promise<readonly RefusedRecord[]>;

export interface Producer extends AsyncDisposable {
  readonly produce: Produce;
  /** Fails everything that is pending with `reason`, and whatever comes later. */
  stop(reason: Error): void;
}

export type ProducerOptions = TopicLanesOptions;

/** The most that lengths, deltas and attributes add to one record (varints of the same format). */
const recordOverheadBytes = 36;

/** What is left for the value of a record with a key of `keyBytes` in a topic of this shape. */
export function maxValueBytes(shape: TopicShape, keyBytes: number): number {
  return shape.maxMessageBytes - batchOverheadBytes - recordOverheadBytes - keyBytes;
}

/** Makes lanes as records need them. Disposal fails what is pending; the client below is its owner's to end. */
export function createProducer(options: ProducerOptions): Producer {
  const stopping = new AbortController();
  const topics = new Map<string, TopicLanes>();

  function lanesOf(topic: string): TopicLanes {
    let lanes = topics.get(topic);
    if (lanes === undefined) topics.set(topic, (lanes = createTopicLanes(topic, options, stopping.signal)));
    return lanes;
  }

  return {
    produce(records) {
      const { promise, resolve, reject } = Promise.withResolvers<readonly RefusedRecord[]>();
      const refused: RefusedRecord[] = [];
      let open = records.length;
      const settleOne = () => {
        if (--open === 0) resolve(refused.sort((a, b) => a.index - b.index));
      };
      if (open === 0) resolve(refused);
      records.forEach((record, index) => {
        const lanes = lanesOf(record.topic);
        const refuse = (code: string) => {
          refused.push({ index, code });
          settleOne();
        };
        const bytes = sizeOf(record);
        if (bytes > options.shapeOf(record.topic).maxMessageBytes - batchOverheadBytes)
          return refuse('MESSAGE_TOO_LARGE');
        lanes.add({ record, bytes, confirmed: settleOne, refused: refuse, failed: reject } satisfies Item);
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
