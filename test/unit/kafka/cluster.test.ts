/** A cluster against brokers that are scripts: real sockets, and the client as it is. */
import { type Address, addressText } from '../../../src/address.ts';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { KafkaClientOptions } from '../../../src/kafka/client.ts';
import { type Cluster, connectCluster } from '../../../src/kafka/cluster.ts';
import { clientRequest } from '../../../src/kafka/kafkajs.ts';
import {
  type Answering,
  apiKeys,
  type Asked,
  metadataAnswer,
  producerIdAnswer,
  saslAnswer,
  type ScriptedBroker,
  scriptedBroker,
} from './scripted-broker.ts';
import { readerOf } from './wire.ts';

/** Far above what a test takes: whoever waits for it fails the test. */
const boundMs = 20_000;

async function givenBroker(answer: Answering, versions?: () => Buffer | null): Promise<ScriptedBroker> {
  const broker = await scriptedBroker(answer, versions);
  onTestFinished(() => broker[Symbol.asyncDispose]());
  return broker;
}

async function givenCluster(
  brokers: readonly string[],
  options: Partial<KafkaClientOptions> = {},
): Promise<Cluster> {
  const all = { brokers, clientId: 'test', connectTimeoutMs: boundMs, requestTimeoutMs: boundMs };
  const cluster = await connectCluster({ ...all, ...options }, pino({ level: 'silent' }));
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return cluster;
}

/** Where nobody listens. */
async function deserted(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : ''}`;
}

const silent: Answering = () => null;
const topicsAsked = (body: Buffer) => {
  const reader = readerOf(body);
  return reader.array(() => reader.text());
};
const question = clientRequest('Metadata', { topics: ['jobs'], allowAutoTopicCreation: false });

test.each([
  [{ host: 'broker1', port: 9092 }, 'broker1:9092'],
  [{ host: '127.0.0.1', port: 1 }, '127.0.0.1:1'],
  [{ host: '::1', port: 9092 }, '[::1]:9092'],
])('an address is written as %j, and read again', (address, text) => {
  expect(addressText(address)).toBe(text);
});

test('tells of brokers, topics and partitions; what is wrong with one is told, not thrown', async () => {
  const brokers = { 1: { host: 'broker1', port: 9092 }, 5: { host: '::1', port: 9093 } };
  const broker = await givenBroker(() =>
    metadataAnswer({
      brokers,
      controller: 5,
      topics: [
        {
          topic: 'jobs',
          partitions: [
            { partition: 1, leader: 5, replicas: [5, 1], inSync: [5] },
            { partition: 0, leader: -1, errorCode: 5, replicas: [1], inSync: [] },
          ],
        },
        { topic: 'images', errorCode: 3 },
        { topic: 'denied', errorCode: 29 },
      ],
    }),
  );
  const cluster = await givenCluster([broker.bootstrap]);
  const described = await cluster.describe(['jobs', 'images', 'denied']);
  expect(described.controller).toBe(5);
  expect(Object.fromEntries(described.brokers)).toEqual(brokers);
  expect([...described.topics.values()]).toEqual([
    {
      topic: 'jobs',
      error: null,
      partitions: new Map([
        [1, { partition: 1, leader: 5, replicas: [5, 1], inSync: [5] }],
        [0, { partition: 0, leader: -1, replicas: [1], inSync: [] }],
      ]),
    },
    { topic: 'images', error: 'UNKNOWN_TOPIC_OR_PARTITION', partitions: new Map() },
    { topic: 'denied', error: 'TOPIC_AUTHORIZATION_FAILED', partitions: new Map() },
  ]);
});

test('a cluster that names no controller has none', async () => {
  const broker = await givenBroker(() => metadataAnswer({ controller: -1 }));
  const cluster = await givenCluster([broker.bootstrap]);
  expect((await cluster.describe(['jobs'])).controller).toBeNull();
});

test('no producer id, and no error, is an error', async () => {
  const broker = await givenBroker(() => producerIdAnswer({ id: -1n }));
  const cluster = await givenCluster([broker.bootstrap]);
  await expect(cluster.newProducerId()).rejects.toThrow(/no producer id \(-1\)/);
});

test('asks for the topics that it is told to, and has none created', async () => {
  const broker = await givenBroker(() => metadataAnswer());
  const cluster = await givenCluster([broker.bootstrap]);
  await cluster.describe(['jobs', 'images']);
  const body = broker.asked[0]?.body as Buffer;
  expect(topicsAsked(body)).toEqual(['jobs', 'images']);
  expect(body.at(-1)).toBe(0);
});

test('a question for no topic is not one for all of them', async () => {
  const broker = await givenBroker(() => metadataAnswer());
  const cluster = await givenCluster([broker.bootstrap]);
  await cluster.describe([]).catch(() => null);
  // In Kafka's protocol an array that isn't there means every topic.
  for (const { body } of broker.asked) expect(topicsAsked(body)).toEqual([]);
});

test('a broker that is away is passed over, and who answered is asked first from then on', async () => {
  const broker = await givenBroker(() => metadataAnswer());
  const cluster = await givenCluster([await deserted(), broker.bootstrap]);
  await cluster.describe(['jobs']);
  await cluster.describe(['jobs']);
  expect(broker.asked).toHaveLength(2);
  expect(broker.connections).toHaveLength(1);
});

test('a broker that says nothing costs its patience only, and goes on', async () => {
  let isSilent = false;
  const first = await givenBroker(() => (isSilent ? null : metadataAnswer()));
  const second = await givenBroker(() => metadataAnswer({ controller: 2 }));
  const cluster = await givenCluster([first.bootstrap, second.bootstrap]);
  await cluster.askAny(question);
  isSilent = true;
  expect(await cluster.askAny(question)).toMatchObject({ controllerId: 2 });
  expect(first.asked).toHaveLength(2);
  expect(second.asked).toHaveLength(1);
});

test('a broker that answers late is not asked before the one that answered in time', async () => {
  const late: Asked[] = [];
  let isSlow = false;
  const slow = await givenBroker((asked) => {
    if (!isSlow) return metadataAnswer();
    late.push(asked);
    return null;
  });
  const prompt = await givenBroker(() => metadataAnswer({ controller: 2 }));
  const cluster = await givenCluster([slow.bootstrap, prompt.bootstrap]);
  await cluster.askAny(question);
  isSlow = true;
  await cluster.askAny(question);
  late[0]?.answer(metadataAnswer());
  // A connection to the same broker takes longer than an answer that is on its way.
  await cluster.linkTo(slow.address).open();
  await cluster.askAny(question);
  expect(prompt.asked).toHaveLength(2);
  expect(late).toHaveLength(1);
});

test('descriptions come from each broker in turn: one that is cut off from its cluster would tell the old leaders for ever', async () => {
  const told: Record<number, Address> = {};
  const brokers = [
    await givenBroker(() => metadataAnswer({ brokers: told })),
    await givenBroker(() => metadataAnswer({ brokers: told })),
  ];
  for (const [node, { address }] of brokers.entries()) told[node] = address;
  const cluster = await givenCluster([brokers[0]?.bootstrap ?? '']);
  for (let each = 0; each < 5; each++) await cluster.describe(['jobs']);
  for (const { asked } of brokers) expect(asked.length).toBeGreaterThanOrEqual(2);
});

test('when all brokers of the settings are away the others that are known are asked', async () => {
  const other = await givenBroker(() => metadataAnswer({ controller: 2 }));
  const seed = await scriptedBroker(() => metadataAnswer({ brokers: { 2: other.address } }));
  const cluster = await givenCluster([seed.bootstrap]);
  await cluster.describe(['jobs']);
  await seed[Symbol.asyncDispose]();
  expect(await cluster.describe(['jobs'])).toMatchObject({ controller: 2 });
});

test('where nobody is, that is one clear error with the reason of each broker', async () => {
  const brokers = [await deserted(), await deserted()];
  await expect(givenCluster(brokers)).rejects.toMatchObject({
    code: 'kafka-unreachable',
    message: expect.stringMatching(
      new RegExp(
        `^can't connect to Kafka at ${brokers.join(', ')}: ${brokers.map((broker) => `connect ECONNREFUSED ${broker}`).join('; ')}: check kafka\\.brokers, and that a broker runs`,
      ),
    ),
  });
});

test('of several errors the one is told that somebody has to mend', async () => {
  const broker = await givenBroker(saslAnswer);
  const sasl = {
    mechanism: 'plain',
    username: 'user',
    passwordFile: '/nowhere/password',
    oauth: {},
  } as const;
  await expect(givenCluster([await deserted(), broker.bootstrap], { sasl })).rejects.toMatchObject({
    message: expect.stringContaining('/nowhere/password'),
    code: 'secret-file',
  });
});

test('a question that nobody answers is an error of ours', async () => {
  const broker = await scriptedBroker(() => metadataAnswer());
  const cluster = await givenCluster([broker.bootstrap]);
  await broker[Symbol.asyncDispose]();
  await expect(cluster.describe(['jobs'])).rejects.toMatchObject({
    code: 'kafka-metadata',
    message: expect.stringMatching(/^can't ask Kafka for its topics: /),
  });
});

test.each([7n, 2n ** 53n + 1n, 2n ** 63n - 1n])('a producer id is exact: %i', async (id) => {
  const broker = await givenBroker(() => producerIdAnswer({ id, epoch: 3 }));
  const cluster = await givenCluster([broker.bootstrap]);
  expect(await cluster.newProducerId()).toEqual({ id, epoch: 3 });
  const reader = readerOf(broker.asked[0]?.body as Buffer);
  expect(broker.asked[0]?.apiKey).toBe(apiKeys.initProducerId);
  expect(reader.text()).toBeNull();
});

test('a coordinator that is still loading is asked again for a producer id', async () => {
  const errorCodes = [14, 14];
  const broker = await givenBroker(() => producerIdAnswer({ errorCode: errorCodes.shift() ?? 0, id: 9n }));
  const cluster = await givenCluster([broker.bootstrap]);
  expect(await cluster.newProducerId()).toEqual({ id: 9n, epoch: 0 });
  expect(broker.asked).toHaveLength(3);
});

test('a producer id that is refused is the error of the broker', async () => {
  const broker = await givenBroker(() => producerIdAnswer({ errorCode: 31 }));
  const cluster = await givenCluster([broker.bootstrap]);
  await expect(cluster.newProducerId()).rejects.toMatchObject({ type: 'CLUSTER_AUTHORIZATION_FAILED' });
});

test('a node is asked itself; one that nobody told of is not available', async () => {
  const node = await givenBroker(() => metadataAnswer({ controller: 2 }));
  const seed = await givenBroker(() => metadataAnswer({ brokers: { 2: node.address } }));
  const cluster = await givenCluster([seed.bootstrap]);
  await expect(cluster.askNode(2, question)).rejects.toMatchObject({ type: 'BROKER_NOT_AVAILABLE' });
  await cluster.describe(['jobs']);
  expect(await cluster.askNode(2, question)).toMatchObject({ controllerId: 2 });
  expect(node.asked).toHaveLength(1);
  expect(seed.asked).toHaveLength(1);
});

test('a connection to a broker that has left the cluster is ended', async () => {
  const told: Record<number, Address> = {};
  const seed = await givenBroker(() => metadataAnswer({ brokers: told }));
  const node = await givenBroker(() => metadataAnswer({ brokers: told }));
  Object.assign(told, { 1: node.address, 2: seed.address });
  const cluster = await givenCluster([seed.bootstrap]);
  await cluster.describe(['jobs']);
  await cluster.askNode(1, question);
  expect(node.connections[0]?.closed).toBe(false);
  delete told[1];
  // One of them is asked by the node itself, whose connection is in use then.
  for (let each = 0; each < 3; each++) await cluster.describe(['jobs']);
  await expect.poll(() => node.connections[0]?.closed).toBe(true);
});

test('an answer that tells of no broker leaves those that are known', async () => {
  const told = [{ 1: { host: 'broker1', port: 9092 } }];
  const broker = await givenBroker(() => metadataAnswer({ brokers: told.shift() ?? {} }));
  const cluster = await givenCluster([broker.bootstrap]);
  await cluster.describe(['jobs']);
  expect([...(await cluster.describe(['jobs'])).brokers.keys()]).toEqual([1]);
});

test('a link has a connection of its own, which carries no questions', async () => {
  const broker = await givenBroker(() => metadataAnswer());
  const cluster = await givenCluster([broker.bootstrap]);
  const links = [cluster.linkTo(broker.address), cluster.linkTo(broker.address)];
  expect(broker.connections).toHaveLength(1);
  await Promise.all(links.map((link) => link.open()));
  expect(broker.connections).toHaveLength(3);
  await cluster.describe(['jobs']);
  expect(broker.connections).toHaveLength(3);
  links[0]?.destroy('it is over');
  await expect.poll(() => broker.connections.filter(({ closed }) => closed)).toHaveLength(1);
  await expect(links[1]?.ask(question)).resolves.toMatchObject({ controllerId: 1 });
});

test('the end rejects what is open on any connection, closes them all, and opens none', async () => {
  const broker = await givenBroker(silent);
  const cluster = await givenCluster([broker.bootstrap]);
  const link = cluster.linkTo(broker.address);
  await link.open();
  const open = Promise.allSettled([cluster.describe(['jobs']), link.ask(question)]);
  await vi.waitFor(() => expect(broker.asked).toHaveLength(2));
  await cluster[Symbol.asyncDispose]();
  for (const each of await open)
    expect(each).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('the client was closed') },
    });
  await expect(cluster.describe(['jobs'])).rejects.toThrow('the client was closed');
  await expect(link.open()).rejects.toThrow('the client was closed');
  await expect(cluster.linkTo(broker.address).open()).rejects.toThrow('the client was closed');
  await expect.poll(() => broker.connections.every(({ closed }) => closed)).toBe(true);
  expect(broker.connections).toHaveLength(2);
});
