import type { KafkaRecord } from '../encode/record.ts';
import { createCall, type RefusedRecord } from './call.ts';
import {
  batchOverheadBytes,
  createTopicLanes,
  type TopicLanes,
  type TopicLanesOptions,
  type TopicShape,
} from './topic-lanes.ts';

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
/** The most that lengths add to one header of a record. */
const headerOverheadBytes = 10;

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
      const call = createCall(records.length);
      for (let index = 0; index < records.length; index++) {
        const record = records[index] as KafkaRecord;
        const lanes = lanesOf(record.topic);
        const bytes = sizeOf(record);
        if (bytes > options.shapeOf(record.topic).maxMessageBytes - batchOverheadBytes)
          call.refused(index, 'MESSAGE_TOO_LARGE');
        else lanes.add({ record, bytes, index, call });
      }
      return call.done;
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
export function sizeOf({ key, value, headers }: Pick<KafkaRecord, 'key' | 'value' | 'headers'>): number {
  let bytes = recordOverheadBytes + key.length + value.length;
  for (const name in headers)
    bytes += headerOverheadBytes + Buffer.byteLength(name) + Buffer.byteLength(headers[name] ?? '');
  return bytes;
}
