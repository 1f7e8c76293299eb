import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

/** The client's own functions, taken before ours are in place; what stands there is wrapped by ours. */
const require = createRequire(import.meta.url);
const clientsRecord = takeAway('kafkajs/src/protocol/recordBatch/record/v0');
const clientsCrc = takeAway('kafkajs/src/protocol/recordBatch/crc32C');
await import('../../../src/kafka/kafkajs.ts');

type Encoded = { readonly buffer: Buffer };
type EncodeRecord = (record: object) => Encoded;
const ourRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as EncodeRecord;
const ourCrc = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

/** Leaves a function in its place that can't be called without notice. */
function takeAway(path: string): (...args: unknown[]) => unknown {
  const original = require(path) as (...args: unknown[]) => unknown;
  const loaded = require.cache[require.resolve(path)] as NodeJS.Module;
  loaded.exports = () => {
    throw new Error('the client used its own function');
  };
  return original;
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.constant('\ud800'));
const record = fc.record(
  {
    offsetDelta: fc.nat({ max: 2 ** 31 - 1 }),
    timestampDelta: fc.oneof(fc.integer(), fc.integer({ min: -(2 ** 45), max: 2 ** 45 })),
    key: bytes(300),
    value: bytes(20_000),
    headers: fc.dictionary(text, text),
  },
  { requiredKeys: ['offsetDelta', 'timestampDelta', 'key', 'value'] },
);

test("gives each record the bytes that the client's own function gives it", () => {
  fc.assert(
    fc.property(record, (any) => {
      const expected = (clientsRecord(any) as Encoded).buffer;
      expect(ourRecord(any).buffer.equals(expected)).toBe(true);
    }),
  );
});

test("gives all bytes the checksum that the client's own function gives them", () => {
  fc.assert(fc.property(bytes(5_000), (any) => ourCrc(any) === clientsCrc(any)));
});

test.each([
  ['a text as key', { key: 'text', value: Buffer.from('v') }],
  ['no value', { key: Buffer.from('k'), value: null }],
  ['bytes in a header', { key: Buffer.from('k'), value: Buffer.from('v'), headers: { a: Buffer.from('b') } }],
  ['a header with several values', { key: Buffer.from('k'), value: Buffer.from('v'), headers: { a: ['b'] } }],
])('leaves to the client what the bridge never sends: %s', (_, other) => {
  expect(() => ourRecord(other)).toThrow('the client used its own function');
});

test("is what the client encodes its requests with, and the client's decoder reads them", async () => {
  const encodeRequest = require('kafkajs/src/protocol/requests/produce/v3/request') as (request: object) => {
    encode(): Promise<Encoded>;
  };
  const timestamp = '1700000000000';
  const messages = [
    { key: Buffer.from('client1'), value: Buffer.from('one'), timestamp },
    { key: Buffer.from('client2'), value: Buffer.alloc(3_000, 'two'), timestamp, headers: { ce_id: 'ü:1' } },
  ];
  const request = encodeRequest({
    acks: -1,
    timeout: 1_000,
    producerId: 7,
    producerEpoch: 1,
    topicData: [{ topic: 'jobs', partitions: [{ partition: 3, firstSequence: 5, messages }] }],
  });
  const encoded = (await request.encode()).buffer;
  const decoded = await decodeBatch(encoded.subarray(encoded.indexOf('jobs') + 'jobs'.length + 4 + 4 + 4));
  expect(decoded).toMatchObject([
    { key: messages[0]?.key, value: messages[0]?.value, headers: {}, timestamp, offset: '0' },
    { key: messages[1]?.key, value: messages[1]?.value, headers: { ce_id: Buffer.from('ü:1') }, offset: '1' },
  ]);
});

async function decodeBatch(batch: Buffer): Promise<readonly unknown[]> {
  const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
  const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
    decoder: object,
  ) => Promise<{ records: readonly unknown[] }>;
  return (await decode(new Decoder(batch))).records;
}
