import type { TopicPartition } from '../produce/append.ts';
import type { OwnAsk } from './kafkajs.ts';

/** A batch that goes to its partition as these bytes, each time that it is sent. */
export interface OutgoingBatch {
  readonly to: TopicPartition;
  readonly bytes: Buffer;
}

/** What a broker says of one partition of a Produce request. */
export interface PartitionAnswer {
  readonly topic: string;
  readonly partition: number;
  /** 0: written, and confirmed by all replicas in sync. */
  readonly errorCode: number;
  /** Of the batch's first record; negative where it wasn't written. */
  readonly baseOffset: bigint;
  /** The broker's own words, where it has some. */
  readonly reason: string | null;
}

export interface ProduceAnswer {
  readonly partitions: readonly PartitionAnswer[];
  /** How long the broker asks not to be sent anything (KIP-219). */
  readonly throttleMs: number;
}

/** Versions 3 to 8 have one form of request; 8 brings the broker's words, and 9 another encoding. */
const versions = { minVersion: 3, maxVersion: 8 };
/** All in-sync replicas. */
const acksOfAll = -1;
/** What a request takes beside its topics: lengths and the client's header, with a client id of 249 characters. */
export const requestOverheadBytes = 288;
/** What one batch adds to a request: its partition, its length, and its topic's name (249 characters at most) and count. */
const batchOverheadBytes = 264;

/** The room for one batch in a request of that size, in bytes. */
export function roomForBatch(requestBytes: number): number {
  return requestBytes - requestOverheadBytes - batchOverheadBytes;
}

/** What a batch takes in a request at most, in bytes. */
export function bytesInRequest(batch: OutgoingBatch): number {
  return batch.bytes.length + batchOverheadBytes;
}

export interface ProduceAsk extends OwnAsk<ProduceAnswer> {
  /** The size of the request as it was written, in bytes, as a broker counts it (`socket.request.max.bytes`); 0 before. */
  bytes(): number;
}

/** A broker doesn't count the four bytes of the length. */
const lengthBytes = 4;

/**
 * One Produce request for all the batches, of any topics; never two of one partition.
 * @param timeoutMs how long the broker may wait for its replicas
 * @param acks other than of all replicas only where nothing is to be written
 */
export function produceAll(
  batches: readonly OutgoingBatch[],
  timeoutMs: number,
  acks: number = acksOfAll,
): ProduceAsk {
  let written = 0;
  return {
    by: 'us',
    api: 'Produce',
    ...versions,
    encode(headerBytes) {
      const request = encodeRequest(batches, timeoutMs, acks, headerBytes);
      written = request.length - lengthBytes;
      return request;
    },
    bytes: () => written,
    decode: decodeAnswer,
  };
}

function encodeRequest(
  batches: readonly OutgoingBatch[],
  timeoutMs: number,
  acks: number,
  headerBytes: number,
): Buffer {
  const byTopic = new Map<string, OutgoingBatch[]>();
  for (const batch of batches) {
    const others = byTopic.get(batch.to.topic);
    if (others === undefined) byTopic.set(batch.to.topic, [batch]);
    else others.push(batch);
  }
  let capacity = headerBytes + requestOverheadBytes;
  for (const batch of batches) capacity += bytesInRequest(batch);
  const body = Buffer.allocUnsafe(capacity);
  // No transactional id.
  let end = body.writeInt16BE(-1, headerBytes);
  end = body.writeInt16BE(acks, end);
  end = body.writeInt32BE(timeoutMs, end);
  end = body.writeInt32BE(byTopic.size, end);
  for (const [topic, ofTopic] of byTopic) {
    end = body.writeInt16BE(Buffer.byteLength(topic), end);
    end += body.write(topic, end);
    end = body.writeInt32BE(ofTopic.length, end);
    for (const { to, bytes } of ofTopic) {
      end = body.writeInt32BE(to.partition, end);
      end = body.writeInt32BE(bytes.length, end);
      body.set(bytes, end);
      end += bytes.length;
    }
  }
  return body.subarray(0, end);
}

/** @throws RangeError where the answer ends before it should */
function decodeAnswer(body: Buffer, version: number): ProduceAnswer {
  const reader = createReader(body);
  const partitions: PartitionAnswer[] = [];
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topic = reader.text() ?? '';
    for (let count = reader.int32(); count > 0; count--) {
      const partition = reader.int32();
      const errorCode = reader.int16();
      const baseOffset = reader.int64();
      // When it was appended, and since 5 the first offset that is still there.
      reader.int64();
      if (version >= 5) reader.int64();
      const reason = version >= 8 ? readReason(reader) : null;
      partitions.push({ topic, partition, errorCode, baseOffset, reason });
    }
  }
  return { partitions, throttleMs: reader.int32() };
}

/** What is wrong with single records, and with the whole batch. */
function readReason(reader: Reader): string | null {
  const reasons: string[] = [];
  for (let records = reader.int32(); records > 0; records--) {
    const index = reader.int32();
    const text = reader.text();
    if (text !== null) reasons.push(`record ${index}: ${text}`);
  }
  const whole = reader.text();
  return whole ?? reasons[0] ?? null;
}

interface Reader {
  int16(): number;
  int32(): number;
  int64(): bigint;
  /** Null where there is none. */
  text(): string | null;
}

function createReader(body: Buffer): Reader {
  let end = 0;
  const skip = (bytes: number) => {
    end += bytes;
    return end - bytes;
  };
  return {
    int16: () => body.readInt16BE(skip(2)),
    int32: () => body.readInt32BE(skip(4)),
    int64: () => body.readBigInt64BE(skip(8)),
    text() {
      const length = body.readInt16BE(skip(2));
      if (length < 0) return null;
      const start = skip(length);
      if (end > body.length) throw new RangeError('a text goes beyond the end of the answer');
      return body.toString('utf8', start, end);
    },
  };
}
