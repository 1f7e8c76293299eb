import { promisify } from 'node:util';
import { gzip as gzipCallback, zstdCompress as zstdCallback } from 'node:zlib';
import crc32c from 'crc-32/crc32c.js';
import type { KafkaRecord } from '../encode/record.ts';
import { sizeOf } from '../produce/producer.ts';
import { batchOverheadBytes } from '../produce/topic-lanes.ts';

const gzip = promisify(gzipCallback);
const zstd = promisify(zstdCallback);

export type Compression = 'none' | 'gzip' | 'zstd';

/** Who numbers the records of a partition, and where a batch begins (KIP-98). */
export interface BatchNumber {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** 0 to 2^31 - 1. */
  readonly firstSequence: number;
}

/** Where the fields of a batch's header stand. */
const at = {
  batchLength: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const;
/** What `batchLength` doesn't count: itself, and the base offset before it. */
const beforeLengthBytes = 12;
const codecs = { none: 0, gzip: 1, zstd: 4 } as const;

/** What a batch holds of a record. */
export type BatchRecord = Pick<KafkaRecord, 'key' | 'value' | 'timestamp' | 'headers'>;

/**
 * A whole record batch. The same records under the same number give the same bytes.
 * @returns at once without compression, so that batches of several partitions can be gathered into one request
 */
export function encodeBatch(
  records: readonly BatchRecord[],
  number: BatchNumber,
  compression: Compression,
): Buffer | Promise<Buffer> {
  let capacity = batchOverheadBytes;
  for (const record of records) capacity += sizeOf(record);
  const bytes = Buffer.allocUnsafe(capacity);
  const { end, maxTimestamp } = writeRecords(bytes, records);
  const finish = (batch: Buffer, codec: Compression) =>
    writeHeader(batch, { records, number, compression: codec, maxTimestamp });
  if (compression === 'none') return finish(bytes.subarray(0, end), 'none');
  const plain = bytes.subarray(batchOverheadBytes, end);
  return compress(plain, compression).then((compressed) =>
    // What can't be compressed would become larger than a batch may be.
    compressed.length < plain.length
      ? finish(Buffer.concat([Buffer.alloc(batchOverheadBytes), compressed]), compression)
      : finish(bytes.subarray(0, end), 'none'),
  );
}

function compress(records: Buffer, compression: 'gzip' | 'zstd'): Promise<Buffer> {
  return compression === 'gzip' ? gzip(records) : zstd(records);
}

interface Header {
  readonly records: readonly BatchRecord[];
  readonly number: BatchNumber;
  readonly compression: Compression;
  readonly maxTimestamp: number;
}

function writeHeader(batch: Buffer, { records, number, compression, maxTimestamp }: Header): Buffer {
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(batch.length - beforeLengthBytes, at.batchLength);
  batch.writeInt32BE(-1, at.partitionLeaderEpoch);
  batch.writeInt8(2, at.magic);
  batch.writeInt16BE(codecs[compression], at.attributes);
  batch.writeInt32BE(records.length - 1, at.lastOffsetDelta);
  batch.writeBigInt64BE(BigInt(records[0]?.timestamp ?? 0), at.baseTimestamp);
  batch.writeBigInt64BE(BigInt(maxTimestamp), at.maxTimestamp);
  batch.writeBigInt64BE(number.producerId, at.producerId);
  batch.writeInt16BE(number.producerEpoch, at.producerEpoch);
  batch.writeInt32BE(number.firstSequence, at.baseSequence);
  batch.writeInt32BE(records.length, at.recordCount);
  batch.writeUInt32BE(crc32c.buf(batch.subarray(at.attributes)) >>> 0, at.crc);
  return batch;
}

/** Behind the header. Each record: length, attributes, timestamp and offset delta, key, value, headers; lengths and deltas as zig-zag varints. */
function writeRecords(bytes: Buffer, records: readonly BatchRecord[]): { end: number; maxTimestamp: number } {
  const baseTimestamp = records[0]?.timestamp ?? 0;
  let maxTimestamp = baseTimestamp;
  let end = batchOverheadBytes;
  for (let offsetDelta = 0; offsetDelta < records.length; offsetDelta++) {
    const record = records[offsetDelta] as BatchRecord;
    if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp;
    end = writeRecord(bytes, end, record, record.timestamp - baseTimestamp, offsetDelta);
  }
  return { end, maxTimestamp };
}

/** The attributes of a record are unused: always 0. */
const attributesBytes = 1;
const noHeaders: readonly (readonly [string, string])[] = [];

/** @returns the place after it */
function writeRecord(
  bytes: Buffer,
  start: number,
  { key, value, headers }: BatchRecord,
  timestampDelta: number,
  offsetDelta: number,
): number {
  const timestamp = zigZag(timestampDelta);
  const offset = offsetDelta * 2;
  const [keyLength, valueLength] = [key.length * 2, value.length * 2];
  const named = headers === undefined ? noHeaders : Object.entries(headers);
  const headerCount = named.length * 2;

  let length = attributesBytes + varintBytes(timestamp) + varintBytes(offset) + varintBytes(headerCount);
  length += varintBytes(keyLength) + key.length + varintBytes(valueLength) + value.length;
  for (const [name, text] of named) length += textBytes(name) + textBytes(text);

  let end = writeVarint(bytes, start, length * 2);
  bytes[end++] = 0;
  end = writeVarint(bytes, end, timestamp);
  end = writeVarint(bytes, end, offset);
  end = writeVarint(bytes, end, keyLength);
  bytes.set(key, end);
  end = writeVarint(bytes, end + key.length, valueLength);
  bytes.set(value, end);
  end = writeVarint(bytes, end + value.length, headerCount);
  for (const [name, text] of named) end = writeText(bytes, writeText(bytes, end, name), text);
  return end;
}

/** Small numbers of either sign as small positive ones; without bit operations, which know 32 bits only. */
function zigZag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2;
}

function varintBytes(varint: number): number {
  let bytes = 1;
  for (let rest = varint; rest > 127; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

function textBytes(text: string): number {
  const bytes = Buffer.byteLength(text);
  return varintBytes(bytes * 2) + bytes;
}

/** @returns the place after it */
function writeVarint(bytes: Buffer, start: number, varint: number): number {
  let end = start;
  let rest = varint;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes[end++] = (rest % 128) + 128;
  bytes[end++] = rest;
  return end;
}

function writeText(bytes: Buffer, start: number, text: string): number {
  const end = writeVarint(bytes, start, Buffer.byteLength(text) * 2);
  return end + bytes.write(text, end);
}
