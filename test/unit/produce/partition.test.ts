import * as fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { expect, test } from 'vitest';
import { murmur2, partitionFor } from '../../../src/produce/partition.ts';

test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])("hashes %j as Kafka's own UtilsTest says", (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash);
});

test("chooses the partition that Kafka's Java-compatible clients choose", () => {
  const theirs = Partitioners.DefaultPartitioner();
  const key = fc.oneof(
    fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: 'binary', maxLength: 64 }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(key, fc.integer({ min: 1, max: 200 }), (key, partitions) => {
      const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
        partitionId,
        leader: 0,
        replicas: [0],
        isr: [0],
        partitionErrorCode: 0,
      }));
      const expected = theirs({ topic: 't', partitionMetadata, message: { key, value: null } });
      expect(partitionFor(key, partitions)).toBe(expected);
    }),
  );
});

test('gives the empty key a partition, always the same', () => {
  expect(murmur2(Buffer.alloc(0))).toBe(275646681);
  expect(partitionFor(Buffer.alloc(0), 12)).toBe(9);
});

test('is linear in the length of the key: keys of 1 MiB are hashed a hundred times', () => {
  const key = Buffer.alloc(1024 * 1024, 'abcdefg');
  const hashes = new Set(Array.from({ length: 100 }, () => murmur2(key)));
  expect(hashes.size).toBe(1);
});
