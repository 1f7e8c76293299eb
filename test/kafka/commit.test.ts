import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { readMetrics, readiness } from '../helpers/admin.ts';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { connectKafkaAdmin } from '../helpers/kafka-admin.ts';
import { envelope, image, images, job, jobs } from '../helpers/messages.ts';
import { type PrivateBroker, startPrivateBroker } from '../helpers/private-broker.ts';

/** Short bounds, so that a pause of seconds meets time-outs and retries. */
const settings = {
  kafka: { requestTimeoutMs: 1000, retryWaitCapMs: 500, livenessIntervalMs: 500 },
  readiness: { maxOldestInFlightMs: 1000 },
};

let broker: PrivateBroker;
let bridge: TestBridge;

beforeAll(async () => {
  broker = await startPrivateBroker();
  bridge = await startTestBridge({ bootstrapServers: broker.bootstrapServers, settings });
});
afterEach(() => broker.resume());
afterAll(async () => {
  await bridge[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
});

const metric = async (name: string, labels?: Record<string, string>) =>
  (await readMetrics(bridge.bridge.adminUrl)).value(name, labels);

test('everything of a message is committed when its answer comes: records and dead letters alike', async () => {
  await using admin = await connectKafkaAdmin(broker.bootstrapServers);
  await using primary = await bridge.connect();
  const count = async () => {
    const [jobCount, imageCount, letterCount] = await Promise.all(
      [bridge.topics.jobs, bridge.topics.images, bridge.topics.deadLetters].map((topic) =>
        admin.count(topic),
      ),
    );
    return { jobs: jobCount ?? 0, images: imageCount ?? 0, deadLetters: letterCount ?? 0 };
  };
  for (let round = 0; round < 5; round++) {
    const before = await count();
    const id = randomUUID();
    primary.send(envelope([jobs(job, { jobId: 1 }), images(image, image, 'no entry')], { id }));
    await primary.answered(id);
    const { jobs: jobCount, images: imageCount, deadLetters } = before;
    expect(await count()).toEqual({
      jobs: jobCount + 1,
      images: imageCount + 2,
      deadLetters: deadLetters + 2,
    });
  }
});

test('while the broker hangs nothing is answered; afterwards each request is, and Kafka holds one copy', async () => {
  await using primary = await bridge.connect();
  const coalescedBefore = (await metric('nbwss_coalesced_total')) ?? 0;
  const receivedBefore = (await metric('nbwss_received_messages_total', { type: 'notification' })) ?? 0;
  const before = (await bridge.read(0)).length;
  const id = randomUUID();
  const message = envelope([jobs({ ...job, jobId: 500 }), images(image)], { id });

  broker.pause();
  primary.send(message);
  // Long enough for a request to time out and be sent again, more than once.
  await vi.waitFor(
    async () => expect(await metric('nbwss_produce_retries_total')).toBeGreaterThanOrEqual(2),
    {
      timeout: 30_000,
    },
  );
  primary.send(message);
  primary.send({ ...message, timeStamp: message.timeStamp + 5 });
  await vi.waitFor(async () =>
    expect(await metric('nbwss_received_messages_total', { type: 'notification' })).toBe(receivedBefore + 3),
  );
  expect(primary.answersTo(id)).toBe(0);
  expect(await metric('nbwss_in_flight_messages')).toBe(1);
  expect(await metric('nbwss_oldest_in_flight_seconds')).toBeGreaterThan(1);
  expect((await readiness(bridge.bridge.adminUrl))?.checks).toMatchObject({
    'in flight': expect.stringMatching(/^a message of primary1 has been waiting for Kafka for \d+ s$/),
  });

  broker.resume();
  await primary.answered(id, 3);
  const records = await bridge.read(before + 2);
  expect(records.filter(({ value }) => value?.['messageId'] === id)).toHaveLength(2);
  expect(records).toHaveLength(before + 2);
  expect(primary.answersTo(id)).toBe(3);
  expect(await metric('nbwss_coalesced_total')).toBe(coalescedBefore + 2);
  expect(await metric('nbwss_in_flight_messages')).toBe(0);
});

test('kafka_up and readiness tell of a hanging broker, and of its return', async () => {
  expect(await metric('nbwss_kafka_up')).toBe(1);
  broker.pause();
  await vi.waitFor(async () => expect(await metric('nbwss_kafka_up')).toBe(0), { timeout: 20_000 });
  const { status, checks } = (await readiness(bridge.bridge.adminUrl)) ?? {};
  expect(status).toBe(503);
  expect(checks?.['kafka']).toMatch(/Kafka/);
  broker.resume();
  await vi.waitFor(async () => expect(await metric('nbwss_kafka_up')).toBe(1), { timeout: 20_000 });
  expect(await readiness(bridge.bridge.adminUrl)).toMatchObject({ status: 200, ready: true });
});
