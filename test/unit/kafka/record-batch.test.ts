import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
// Gives the client its zstd.
import '../../../src/kafka/client.ts';
import {
  type BatchNumber,
  type BatchRecord,
  type Compression,
  encodeBatch,
} from '../../../src/kafka/record-batch.ts';
import { sizeOf } from '../../../src/produce/producer.ts';

interface DecodedBatch {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  readonly lastOffsetDelta: number;
  readonly partitionLeaderEpoch: number;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly timestampType: number;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly records: readonly {
    readonly key: Buffer;
    readonly value: Buffer;
    readonly timestamp: string;
    readonly offset: string;
    readonly headers: Readonly<Record<string, Buffer>>;
  }[];
}

/** The client's own reader and checksum, which know nothing of ours. */
const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: object,
) => Promise<DecodedBatch>;
const crc32c = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

const codecs: Readonly<Record<Compression, number>> = { none: 0, gzip: 1, zstd: 4 };
const headerBytes = 61;

const compressions = fc.constantFrom<Compression>('none', 'gzip', 'zstd');
const bytes = fc
  .oneof(
    { arbitrary: fc.uint8Array({ maxLength: 200 }), weight: 4 },
    { arbitrary: fc.uint8Array({ maxLength: 5_000, size: 'max' }), weight: 1 },
  )
  .map((array) => Buffer.from(array));
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.constant('\ud800'), fc.constant(''));
/** The client's reader takes a name that every object has for one that came twice. */
const headerName = fc.string({ unit: 'binary', maxLength: 200 }).filter((name) => !(name in {}));
const record = fc.record(
  {
    key: bytes,
    value: bytes,
    timestamp: fc.oneof(
      fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }),
      fc.constantFrom(0, 1, 2 ** 31, 2 ** 32, 2 ** 45),
    ),
    headers: fc.dictionary(headerName, text, { maxKeys: 5 }),
  },
  { requiredKeys: ['key', 'value', 'timestamp'] },
);
const records = fc.array(record, { minLength: 1, maxLength: 30 });
const number = fc.record({
  producerId: fc.oneof(fc.bigInt({ min: -1n, max: 2n ** 63n - 1n }), fc.constant(2n ** 53n + 1n)),
  producerEpoch: fc.integer({ min: -1, max: 2 ** 15 - 1 }),
  firstSequence: fc.oneof(fc.integer({ min: -1, max: 2 ** 31 - 1 }), fc.constant(2 ** 31 - 1)),
});

test('what is written is what the client reads, whatever the records, their number and the compression', async () => {
  const property = fc.asyncProperty(records, number, compressions, async (all, number, compression) => {
    const batch = await encodeBatch(all, number, compression);
    const decoded = await decode(new Decoder(batch));
    expect(decoded.records.map(plain)).toEqual(all.map(expected));
    expect(decoded).toMatchObject({
      firstOffset: '0',
      firstTimestamp: String(all[0]?.timestamp),
      maxTimestamp: String(Math.max(...all.map(({ timestamp }) => timestamp))),
      lastOffsetDelta: all.length - 1,
      partitionLeaderEpoch: -1,
      inTransaction: false,
      isControlBatch: false,
      timestampType: 0,
      producerId: String(number.producerId),
      producerEpoch: number.producerEpoch,
      firstSequence: number.firstSequence,
    });
    // What can't be compressed may go as it is.
    expect([codecs[compression], codecs.none]).toContain(batch.readInt16BE(21));
    expect(batch.readInt32BE(57)).toBe(all.length);
  });
  await fc.assert(property, { numRuns: 200 });
});

function plain({ key, value, timestamp, offset, headers }: DecodedBatch['records'][number]): object {
  const texts = Object.entries(headers).map(([name, bytes]) => [name, bytes.toString()]);
  return { key: key.toString('hex'), value: value.toString('hex'), timestamp, offset, texts };
}

function expected({ key, value, timestamp, headers = {} }: BatchRecord, index: number): object {
  return {
    key: key.toString('hex'),
    value: value.toString('hex'),
    timestamp: String(timestamp),
    offset: String(index),
    // What can't be written as UTF-8 is replaced, as the client does it.
    texts: Object.entries(headers).map(([name, text]) => [name, text.toWellFormed()]),
  };
}

test('says how long it is, and has the checksum of all that follows', async () => {
  const property = fc.asyncProperty(records, number, compressions, async (all, number, compression) => {
    const batch = await encodeBatch(all, number, compression);
    expect(batch.readInt32BE(8)).toBe(batch.length - 12);
    expect(batch.readInt8(16)).toBe(2);
    expect(batch.readUInt32BE(17)).toBe(crc32c(batch.subarray(21)));
  });
  await fc.assert(property);
});

test('gives the same records under the same number the same bytes, in a buffer of their own', async () => {
  const property = fc.asyncProperty(records, number, compressions, async (all, number, compression) => {
    const once = await encodeBatch(all, number, compression);
    const again = await encodeBatch(all, number, compression);
    expect(again.equals(once)).toBe(true);
    const before = Buffer.from(again);
    once.fill(0xff);
    expect(again.equals(before)).toBe(true);
  });
  await fc.assert(property, { numRuns: 50 });
});

test('is never larger than the sizes of its records and one header', async () => {
  const property = fc.asyncProperty(records, number, compressions, async (all, number, compression) => {
    const batch = await encodeBatch(all, number, compression);
    expect(batch.length).toBeLessThanOrEqual(boundOf(all));
  });
  await fc.assert(property, { numRuns: 200 });
});

const someNumber: BatchNumber = { producerId: 7n, producerEpoch: 1, firstSequence: 5 };

function boundOf(records: readonly BatchRecord[]): number {
  return records.reduce((sum, each) => sum + sizeOf(each), headerBytes);
}

test.each<Compression>(['none', 'gzip', 'zstd'])(
  'is no larger than that where nothing can be compressed: %s',
  async (compression) => {
    const records = [{ key: Buffer.alloc(0), value: randomBytes(1_000_000), timestamp: 1 }];
    expect((await encodeBatch(records, someNumber, compression)).length).toBeLessThanOrEqual(
      boundOf(records),
    );
  },
);

test('is there at once without compression, so that the batches of several partitions go out together', () => {
  const records = [{ key: Buffer.from('k'), value: Buffer.from('v'), timestamp: 1 }];
  expect(encodeBatch(records, someNumber, 'none')).toBeInstanceOf(Buffer);
  expect(encodeBatch(records, someNumber, 'gzip')).toBeInstanceOf(Promise);
  expect(encodeBatch(records, someNumber, 'zstd')).toBeInstanceOf(Promise);
});

test.each<Compression>(['gzip', 'zstd'])('is compressed as it is told to: %s', async (compression) => {
  const records = Array.from({ length: 100 }, (_, n) => ({
    key: Buffer.from('client1'),
    value: Buffer.from(`a record that resembles the others, ${n}`),
    timestamp: n,
  }));
  const batch = await encodeBatch(records, someNumber, compression);
  expect(batch.readInt16BE(21)).toBe(codecs[compression]);
  expect(batch.length).toBeLessThan((await encodeBatch(records, someNumber, 'none')).length / 4);
});

test('another first sequence changes no more than that sequence and the checksum', () => {
  const records = [{ key: Buffer.from('k'), value: Buffer.from('v'), timestamp: 1 }];
  const one = encodeBatch(records, someNumber, 'none') as Buffer;
  const other = encodeBatch(records, { ...someNumber, firstSequence: 2 ** 31 - 1 }, 'none') as Buffer;
  const changed = [...one.keys()].filter((at) => one[at] !== other[at]);
  expect(changed.every((at) => (at >= 17 && at < 21) || (at >= 53 && at < 57))).toBe(true);
  expect(other.readInt32BE(53)).toBe(2_147_483_647);
});
