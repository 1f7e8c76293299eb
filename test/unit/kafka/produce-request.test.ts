import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OwnAsk } from '../../../src/kafka/kafkajs.ts';
import {
  bytesInRequest,
  type OutgoingBatch,
  produceAll,
  type ProduceAnswer,
  roomForBatch,
} from '../../../src/kafka/produce-request.ts';
import { array, int16, int32, int64, readerOf, text } from './wire.ts';

const versions = [3, 4, 5, 6, 7, 8];
/** The header of a client whose id has 200 characters. */
const headerBytes = 4 + 2 + 2 + 4 + 2 + 200;

/** What stands behind the header. */
function bodyOf({ encode }: OwnAsk<ProduceAnswer>): Buffer {
  return encode(headerBytes).subarray(headerBytes);
}

function readBody(body: Buffer) {
  const reader = readerOf(body);
  const read = {
    transactionalId: reader.text(),
    acks: reader.int16(),
    timeoutMs: reader.int32(),
    topics: reader.array(() => ({
      topic: reader.text(),
      partitions: reader.array(() => ({ partition: reader.int32(), bytes: reader.bytes().toString() })),
    })),
  };
  expect(reader.rest()).toHaveLength(0);
  return read;
}

function batchFor(topic: string, partition: number, bytes = `${topic}/${partition}`): OutgoingBatch {
  return { to: { topic, partition }, bytes: Buffer.from(bytes) };
}

const mixed = [batchFor('jobs', 3), batchFor('images', 0), batchFor('jobs', 11), batchFor('images', 7)];

test('carries every batch as it is, topics mixed, for all in-sync replicas', () => {
  expect(readBody(bodyOf(produceAll(mixed, 27_000)))).toEqual({
    transactionalId: null,
    acks: -1,
    timeoutMs: 27_000,
    topics: [
      {
        topic: 'jobs',
        partitions: [
          { partition: 3, bytes: 'jobs/3' },
          { partition: 11, bytes: 'jobs/11' },
        ],
      },
      {
        topic: 'images',
        partitions: [
          { partition: 0, bytes: 'images/0' },
          { partition: 7, bytes: 'images/7' },
        ],
      },
    ],
  });
});

test('asks in version 8 at most: the next one is encoded in another way', () => {
  expect(produceAll(mixed, 1)).toMatchObject({ api: 'Produce', maxVersion: 8 });
});

test('asks for as many acknowledgements as it is told to', () => {
  expect(readBody(bodyOf(produceAll(mixed, 1, 2))).acks).toBe(2);
});

test('holds copies: what becomes of a batch later does not change what was sent', () => {
  const batch = batchFor('jobs', 0, 'as it was');
  const body = bodyOf(produceAll([batch], 1));
  batch.bytes.fill('x');
  expect(readBody(body).topics?.[0]?.partitions?.[0]?.bytes).toBe('as it was');
});

test('leaves the room for the header free that it is told to', () => {
  const ask = produceAll(mixed, 1);
  const [short, long] = [ask.encode(20), ask.encode(2_000)];
  expect(long.length - short.length).toBe(1_980);
  expect(long.subarray(2_000).equals(short.subarray(20))).toBe(true);
});

const topicName = fc.string({
  unit: fc.constantFrom('a', 'b', 'Z', '0', '9', '.', '_', '-'),
  minLength: 1,
  maxLength: 249,
  size: 'max',
});
const place = fc.record({ topic: topicName, partition: fc.nat({ max: 2 ** 31 - 1 }) });
const batches = fc
  .uniqueArray(place, {
    minLength: 1,
    maxLength: 40,
    selector: ({ topic, partition }) => `${topic}/${partition}`,
  })
  .chain((places) =>
    fc.tuple(...places.map((to) => fc.nat({ max: 300 }).map((size) => ({ to, bytes: Buffer.alloc(size) })))),
  );

test('takes, with the header of the client, no more than its batches say and 256 bytes', () => {
  const bound = (all: readonly OutgoingBatch[]) =>
    all.reduce((sum, batch) => sum + bytesInRequest(batch), 256);
  fc.assert(
    fc.property(batches, (all) => {
      expect(produceAll(all, 1).encode(headerBytes).length).toBeLessThanOrEqual(bound(all));
    }),
  );
  const longest = { to: { topic: 't'.repeat(249), partition: 1 }, bytes: Buffer.alloc(0) };
  expect(produceAll([longest], 1).encode(headerBytes).length).toBeLessThanOrEqual(bound([longest]));
});

test('a batch that fills the room for it fits into a request of that size', () => {
  const batch = { to: { topic: 't'.repeat(249), partition: 1 }, bytes: Buffer.alloc(roomForBatch(100_000)) };
  expect(bytesInRequest(batch)).toBeLessThanOrEqual(100_000);
  expect(produceAll([batch], 1).encode(headerBytes).length).toBeLessThanOrEqual(100_000);
});

interface Told {
  readonly partition: number;
  readonly errorCode?: number;
  readonly baseOffset?: bigint;
  /** Words of version 8. */
  readonly records?: readonly (readonly [index: number, text: string | null])[];
  readonly whole?: string | null;
}

/** An answer as a broker writes it in this version. */
function answerIn(
  version: number,
  topics: Readonly<Record<string, readonly Told[]>>,
  throttleMs = 0,
): Buffer {
  const tell = ({ partition, errorCode = 0, baseOffset = 0n, records = [], whole = null }: Told) => [
    int32(partition),
    int16(errorCode),
    int64(baseOffset),
    int64(-1n),
    ...(version >= 5 ? [int64(0n)] : []),
    ...(version >= 8 ? [array(records, ([index, words]) => [int32(index), text(words)]), text(whole)] : []),
  ];
  const all = array(Object.entries(topics), ([topic, told]) => [text(topic), array(told, tell)]);
  return Buffer.concat([all, int32(throttleMs)]);
}

function read(version: number, body: Buffer): ProduceAnswer {
  return produceAll(mixed, 1).decode(body, version);
}

test.each(versions)('reads what is said of each partition, in version %i', (version) => {
  const body = answerIn(
    version,
    {
      jobs: [
        { partition: 3, baseOffset: 2n ** 53n + 1n },
        { partition: 11, errorCode: 19, baseOffset: -1n },
      ],
      images: [{ partition: 0, errorCode: -1, baseOffset: -1n }],
    },
    1_500,
  );
  expect(read(version, body)).toEqual({
    throttleMs: 1_500,
    partitions: [
      { topic: 'jobs', partition: 3, errorCode: 0, baseOffset: 2n ** 53n + 1n, reason: null },
      { topic: 'jobs', partition: 11, errorCode: 19, baseOffset: -1n, reason: null },
      { topic: 'images', partition: 0, errorCode: -1, baseOffset: -1n, reason: null },
    ],
  });
});

test.each([
  ['nothing', [], null, null],
  ['of the whole batch', [], 'One or more records were refused', 'One or more records were refused'],
  [
    'of single records',
    [
      [4, null],
      [7, 'no key'],
    ] as const,
    null,
    'record 7: no key',
  ],
  ['of both', [[7, 'no key']] as const, 'refused', 'refused'],
])("has the broker's own words in version 8: %s", (_, records, whole, reason) => {
  const told = [
    { partition: 3, errorCode: 87, baseOffset: -1n, records, whole },
    { partition: 11, baseOffset: 9n },
  ];
  expect(read(8, answerIn(8, { jobs: told })).partitions).toEqual([
    { topic: 'jobs', partition: 3, errorCode: 87, baseOffset: -1n, reason },
    { topic: 'jobs', partition: 11, errorCode: 0, baseOffset: 9n, reason: null },
  ]);
});

test('an answer that names nothing says nothing', () => {
  expect(read(8, answerIn(8, {}))).toEqual({ partitions: [], throttleMs: 0 });
});

test.each(versions)('an answer of version %i that ends early is an error, wherever it ends', (version) => {
  const records = [[0, 'no key']] as const;
  const told = [{ partition: 3, errorCode: 87, records, whole: 'refused' }, { partition: 4 }];
  const body = answerIn(version, { jobs: told, images: [{ partition: 0 }] }, 5);
  for (let end = 0; end < body.length; end++)
    expect(() => read(version, body.subarray(0, end)), `${end} bytes`).toThrow(RangeError);
});
