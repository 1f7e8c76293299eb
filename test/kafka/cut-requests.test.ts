/** Brokers that close the connection, without an answer, on a request above `socket.request.max.bytes`. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { connectKafkaAdmin } from '../helpers/kafka-admin.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';
import { type PrivateBroker, startPrivateBroker } from '../helpers/private-broker.ts';

/** Where Azure Event Hubs cuts, too; below the topics' default `max.message.bytes`. */
const requestLimit = 1_046_528;

let broker: PrivateBroker;
let bridge: TestBridge;

beforeAll(async () => {
  broker = await startPrivateBroker({ 'socket.request.max.bytes': String(requestLimit) });
  bridge = await startTestBridge({
    bootstrapServers: broker.bootstrapServers,
    partitions: 1,
    async prepare({ images }) {
      await using admin = await connectKafkaAdmin(broker.bootstrapServers);
      await admin.configure(images, 'max.message.bytes', '5000000');
    },
    settings: { kafka: { retryWaitCapMs: 200 } },
  });
});
afterAll(async () => {
  await bridge[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
});

const cutLines = async () =>
  (await bridge.bridge.log()).filter((line) => line['event.action'] === 'request-cut');

test('a record that is cut again and again is a dead letter, whatever came with it and behind it is written, and the log names size and setting', async () => {
  await using primary = await bridge.connect();
  const entry = (jobId: number, bytes = 1) => ({ ...job, jobId, policyName: 'p'.repeat(bytes) });
  primary.send(envelope([jobs(entry(1), entry(2, 1_047_000), entry(3))], { id: 'large' }));
  primary.send(envelope([jobs(entry(4))], { id: 'behind' }));
  await Promise.all([primary.answered('large'), primary.answered('behind')]);
  const records = await bridge.read(4);
  const ofTopic = (name: string) => records.filter(({ topic }) => topic === name).map(({ value }) => value);
  expect(ofTopic(bridge.topics.jobs).map((value) => value?.['jobId'])).toEqual([1, 3, 4]);
  expect(ofTopic(bridge.topics.deadLetters)).toMatchObject([
    {
      reason: 'too-large',
      error: 'each request that holds the record is cut: REQUEST_CUT',
      paths: ['/payload/0/data/1'],
      rawTruncated: true,
    },
  ]);
  const lines = await cutLines();
  expect(lines).toContainEqual(
    expect.objectContaining({ 'nbwss.topic': bridge.topics.jobs, 'nbwss.next': 'give-up' }),
  );
  const [line] = lines;
  expect(line?.['nbwss.request_bytes']).toBeGreaterThan(requestLimit);
  expect(line?.['message']).toContain(
    `on each request of ${String(line?.['nbwss.request_bytes'])} bytes: if smaller ones pass, it is above a limit of the brokers`,
  );
  expect(line?.['message']).toContain('set kafka.maxRequestBytes below it');
});

test('a batch that is cut passes as smaller ones, in order and once each, and nothing of it is doubtful', async () => {
  await using primary = await bridge.connect();
  const data = Array.from({ length: 12 }, (_, n) => ({
    clientName: 'client-1',
    backupId: `b${n}`,
    policyName: 'p'.repeat(300_000),
  }));
  const notification = { object: 'IMAGE', notificationType: 'CREATE', data };
  primary.send(envelope([notification], { id: 'many' }));
  await primary.answered('many');
  const records = await bridge.read(16);
  const written = records.filter(({ topic }) => topic === bridge.topics.images);
  expect(written.map(({ value }) => value?.['backupId'])).toEqual(data.map(({ backupId }) => backupId));
  const log = await bridge.bridge.log();
  expect(
    log.filter(
      (line) =>
        line['event.action'] === 'possible-duplicates' && line['nbwss.topic'] === bridge.topics.images,
    ),
  ).toEqual([]);
  expect(await cutLines()).toContainEqual(
    expect.objectContaining({ 'nbwss.topic': bridge.topics.images, 'nbwss.next': 'halve' }),
  );
});
