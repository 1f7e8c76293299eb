import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateMessages, imageTimeOffset } from '../../src/simulator/generate.ts';
import { nowSeconds } from '../../src/simulator/message.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import type { ReadBack } from '../helpers/independent-reader.ts';

const messageCount = 600;
const entriesPerMessage = 20;
const total = messageCount * entriesPerMessage;
const primaries = ['primary1', 'primary2'] as const;

let bridge: TestBridge;
let records: readonly ReadBack[];
const timeStamp = nowSeconds();

/** Two primaries at once, each with a hundred messages unanswered at a time, over the same clients. */
beforeAll(async () => {
  // Small requests, so that the records of a partition go in many batches.
  const settings = { kafka: { maxRequestBytes: 65_536 } };
  bridge = await startTestBridge({ primaries, partitions: 3, settings });
  await Promise.all(primaries.map(play));
  records = await bridge.read(primaries.length * total);
});
afterAll(() => bridge[Symbol.asyncDispose]());

async function play(primary: string): Promise<void> {
  await using simulator = createSimulator({
    url: bridge.bridge.url,
    token: bridge.bridge.tokens[primary] ?? '',
    ca: bridge.bridge.pki.ca,
    inFlight: 100,
    scheduledRateMs: 60_000,
  });
  await simulator.connect();
  const messages = generateMessages({
    seed: primaries.indexOf(primary as 'primary1'),
    entriesPerMessage,
    timeStamp,
  });
  await Promise.all([...messages.take(messageCount)].map((message) => simulator.send(message)));
}

/** The number that the generator gave an entry. */
function numberOf({ value }: ReadBack): number {
  const { jobId, backupTime } = value ?? {};
  return typeof jobId === 'number' ? jobId : Number(backupTime) / 1000 - timeStamp + imageTimeOffset;
}

test.each(primaries)('every entry of %s is in Kafka exactly once', (primary) => {
  const numbers = records.filter(({ value }) => value?.['primary'] === primary).map(numberOf);
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, index) => index + 1));
});

test.each(primaries)('the entries of each client are in the order in which %s sent them', (primary) => {
  const lastOf = new Map<string, number>();
  const disordered = records.filter((record) => {
    if (record.value?.['primary'] !== primary) return false;
    const client = `${record.topic} ${record.key}`;
    const last = lastOf.get(client) ?? 0;
    lastOf.set(client, numberOf(record));
    return numberOf(record) <= last;
  });
  expect(disordered).toEqual([]);
  expect(lastOf.size).toBe(100);
});

test('the records of one client are in one partition of each topic', () => {
  const places = new Set(records.map(({ topic, key, partition }) => `${topic} ${key} ${partition}`));
  expect(places.size).toBe(100);
});
