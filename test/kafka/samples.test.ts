import { Partitioners } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { goldenSamples } from '../helpers/golden.ts';
import type { ReadBack } from '../helpers/independent-reader.ts';

const partitions = 12;
const total = goldenSamples.reduce((sum, { golden }) => sum + golden.length, 0);

/** Sends every sample and reads every record back. */
async function sendAll(bridge: TestBridge): Promise<ReadBack[]> {
  await using primary = await bridge.connect();
  for (const { frame } of goldenSamples) primary.send(frame);
  await primary.answeredInAll(goldenSamples.length);
  return await bridge.read(total);
}

describe.each([
  ['by default', false],
  ['with cloudEvents on', true],
])('%s', (_, cloudEvents) => {
  let bridge: TestBridge;
  let records: readonly ReadBack[];
  let sentAt: number;

  beforeAll(async () => {
    bridge = await startTestBridge({ partitions, settings: { records: { cloudEvents } } });
    sentAt = Date.now();
    records = await sendAll(bridge);
  });
  afterAll(() => bridge[Symbol.asyncDispose]());

  test.each(goldenSamples)('$file becomes exactly its golden records in Kafka', ({ id, golden }) => {
    const seen = records
      .filter(({ value }) => value?.['messageId'] === id)
      .sort((a, b) => Number(a.value?.['entryIndex']) - Number(b.value?.['entryIndex']));
    const names = new Map([
      [bridge.topics.jobs, 'netbackup.jobs'],
      [bridge.topics.images, 'netbackup.images'],
    ]);
    expect(
      seen.map(({ topic, key, partition, headers, value }) => ({
        topic: names.get(topic),
        key,
        partition,
        headers,
        value,
      })),
    ).toEqual(
      golden.map(({ topic, key, partition, cloudEvents: headers, value }) => ({
        topic,
        key,
        partition,
        headers: cloudEvents ? headers : {},
        value,
      })),
    );
  });

  test('nothing else is written: no copy, and no dead letter', () => {
    expect(records).toHaveLength(total);
  });

  test('every record carries the schema id that the registry gave its subject', async () => {
    for (const { topic, schemaId } of records) {
      const response = await fetch(`${inject('registryUrl')}/subjects/${topic}-value/versions/latest`);
      expect(await response.json()).toMatchObject({ id: schemaId });
    }
  });

  test('a message stamped years ago is stamped with the time of its arrival, so that retention keeps it', () => {
    for (const { timestamp } of records) {
      expect(timestamp).toBeGreaterThanOrEqual(sentAt);
      expect(timestamp).toBeLessThanOrEqual(Date.now());
    }
  });

  test("every record is in the partition that Java's partitioner chooses for its key", () => {
    const choose = Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
      partitionId,
      leader: 0,
      replicas: [0],
      isr: [0],
      partitionErrorCode: 0,
    }));
    for (const { topic, key, partition } of records)
      expect(partition).toBe(choose({ topic, partitionMetadata, message: { key, value: null } }));
  });
});
