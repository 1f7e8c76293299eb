/** The door's connections, against a broker that is a script: real sockets, and the client as it is. */
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { clientSettings, type KafkaClientOptions } from '../../../src/kafka/client.ts';
import { type Ask, type BrokerConnection, clientRequest, connectionTo } from '../../../src/kafka/kafkajs.ts';
import { createLink } from '../../../src/kafka/link.ts';
import { produceAll } from '../../../src/kafka/produce-request.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';
import { turn } from '../produce/given.ts';
import {
  type Answering,
  apiKeys,
  type Asked,
  metadataAnswer,
  saslAnswer,
  type ScriptedBroker,
  scriptedBroker,
  versionsAnswer,
} from './scripted-broker.ts';
import { array, int16, int32, int64, readerOf, text } from './wire.ts';

/** Far above what a test takes: whoever waits for it fails the test. */
const boundMs = 20_000;

interface Given {
  readonly broker: ScriptedBroker;
  readonly connection: BrokerConnection;
  /** Another one to the same broker. */
  connect(): BrokerConnection;
  /** What went over the connection and was told of it, in order. */
  readonly told: string[];
}

/** @param versions what the broker answers first on a connection */
async function given(
  answer: Answering,
  options: Partial<KafkaClientOptions> = {},
  versions?: () => Buffer | null,
): Promise<Given> {
  const broker = await scriptedBroker(answer, versions);
  const all = {
    brokers: [broker.bootstrap],
    clientId: 'test',
    connectTimeoutMs: boundMs,
    requestTimeoutMs: boundMs,
  };
  const { settings, sockets } = clientSettings({ ...all, ...options }, pino({ level: 'silent' }));
  onTestFinished(async () => {
    sockets.destroy('the test is over');
    await broker[Symbol.asyncDispose]();
  });
  const told: string[] = [];
  const socketFactory: typeof settings.socketFactory = (wanted) => {
    const socket = settings.socketFactory(wanted);
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]) => {
      told.push('bytes go out');
      return write(...args);
    };
    return socket;
  };
  const connect = () => connectionTo({ ...settings, socketFactory }, broker.address);
  return { broker, connection: connect(), connect, told };
}

interface Metadata {
  readonly controllerId: number;
  readonly topicMetadata: readonly { readonly topic: string; readonly topicErrorCode: number }[];
}

const metadata = () =>
  clientRequest<Metadata>('Metadata', { topics: ['jobs'], allowAutoTopicCreation: false });
const answers: Answering = ({ apiKey }) =>
  apiKey === apiKeys.metadata ? metadataAnswer({ controller: 4 }) : null;
const silent: Answering = () => null;
const nothing = () => {};

test('opens, asks, and gives the answer', async () => {
  const { broker, connection } = await given(answers);
  expect(connection.isOpen).toBe(false);
  await connection.open();
  expect(connection).toMatchObject({ isOpen: true, isAuthenticated: true });
  expect(await connection.ask(metadata(), nothing)).toMatchObject({ controllerId: 4 });
  expect(broker.asked).toMatchObject([{ apiKey: apiKeys.metadata, apiVersion: 6, clientId: 'test' }]);
  const asked = readerOf(broker.asked[0]?.body as Buffer);
  expect(asked.array(() => asked.text())).toEqual(['jobs']);
  expect(asked.rest()).toEqual(Buffer.from([0]));
  expect(broker.connections).toHaveLength(1);
});

test('what is wrong with a topic is data', async () => {
  const topics = [{ topic: 'jobs', errorCode: 3 }];
  const { connection } = await given(() => metadataAnswer({ topics }));
  await connection.open();
  expect(await connection.ask(metadata(), nothing)).toMatchObject({
    topicMetadata: [{ topic: 'jobs', topicErrorCode: 3 }],
  });
});

const asks: readonly (readonly [kind: string, ask: Ask<unknown>])[] = [
  ['of the client', metadata()],
  ['of ours', produceAll([{ to: { topic: 'jobs', partition: 0 }, bytes: Buffer.alloc(1) }], 1)],
];

test.each(asks)(
  'tells that a request %s is about to be written before any of it goes out',
  async (_, ask) => {
    const { broker, connection, told } = await given(silent);
    await connection.open();
    told.length = 0;
    connection.ask(ask, () => void told.push('told')).catch(nothing);
    await expect.poll(() => broker.asked).toHaveLength(1);
    expect(told).toEqual(['told', 'bytes go out']);
  },
);

test.each(asks)(
  'a request %s that finds the connection closed fails, and is not told to be written',
  async (_, ask) => {
    const { broker, connection, told } = await given(answers);
    await connection.open();
    broker.connections[0]?.end();
    await expect.poll(() => connection.isOpen).toBe(false);
    told.length = 0;
    let outcome = 'hangs';
    connection.ask(ask, () => void told.push('told')).catch(() => (outcome = 'fails'));
    await expect.poll(() => outcome).toBe('fails');
    expect(told).toEqual([]);
  },
);

test('a request that the broker has no version for is not written', async () => {
  const { broker, connect } = await given(answers, {}, () =>
    Buffer.concat([
      int16(0),
      array([apiKeys.apiVersions], (key) => [int16(key), int16(0), int16(2)]),
      int32(0),
    ]),
  );
  const link = createLink(connect, boundMs);
  await expect(link.ask(metadata())).rejects.toMatchObject({
    name: 'NotSentError',
    message: expect.stringContaining('does not support the requested API version'),
  });
  expect(broker.asked).toEqual([]);
});

test.each(['nbwss-bridge', 'ü'.repeat(100)])(
  'a request of ours has the header of the client: %s',
  async (clientId) => {
    const { broker, connection } = await given(silent, { clientId });
    await connection.open();
    const ask = asks[1]?.[1] as Ask<unknown>;
    for (let n = 0; n < 2; n++) connection.ask(ask, nothing).catch(nothing);
    await expect.poll(() => broker.asked).toHaveLength(2);
    const [first, second] = broker.asked;
    expect(first).toMatchObject({ apiKey: apiKeys.produce, apiVersion: 8, clientId });
    expect(readerOf(first?.body as Buffer).text()).toBeNull();
    expect(second?.body.equals(first?.body as Buffer)).toBe(true);
  },
);

test('a request does not wait for the answer to the one before it', async () => {
  const { broker, connection } = await given(silent);
  await connection.open();
  for (let n = 0; n < 3; n++) connection.ask(metadata(), nothing).catch(nothing);
  await expect.poll(() => broker.asked).toHaveLength(3);
});

const encodings = [
  [3, 3],
  [8, 8],
  [12, 8],
] as const;

test.each(encodings)(
  'to a broker that knows Produce up to %i it goes in version %i',
  async (highest, version) => {
    const told = (knowsReasons: boolean) => [
      int32(3),
      int16(0),
      int64(42n),
      int64(-1n),
      ...(knowsReasons ? [int64(0n), int32(0), text(null)] : []),
    ];
    const body = Buffer.concat([
      array(['jobs'], () => [text('jobs'), array([3], () => told(version === 8))]),
      int32(9),
    ]);
    const { broker, connection } = await given(
      () => body,
      {},
      () => versionsAnswer({ produce: highest }),
    );
    await connection.open();
    const batch = { to: { topic: 'jobs', partition: 3 }, bytes: Buffer.from('a batch') };
    expect(await connection.ask(produceAll([batch], 1_000), nothing)).toEqual({
      partitions: [{ topic: 'jobs', partition: 3, errorCode: 0, baseOffset: 42n, reason: null }],
      throttleMs: 9,
    });
    expect(broker.asked).toMatchObject([{ apiKey: 0, apiVersion: version }]);
    expect(broker.asked[0]?.body.includes('a batch')).toBe(true);
  },
);

test('the end rejects what is open, and says why', async () => {
  const { broker, connection } = await given(silent);
  await connection.open();
  const asked = [connection.ask(metadata(), nothing), connection.ask(metadata(), nothing)];
  const settled = Promise.allSettled(asked);
  await expect.poll(() => broker.asked).toHaveLength(2);
  connection.destroy('the client was closed');
  for (const each of await settled)
    expect(each).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('the client was closed') },
    });
  expect(connection.isOpen).toBe(false);
});

test('the end of a connection that is opening rejects the opening', async () => {
  const { broker, connection } = await given(silent, {}, () => null);
  const opened = connection.open();
  opened.catch(nothing);
  await expect.poll(() => broker.connections).toHaveLength(1);
  connection.destroy('the client was closed');
  await expect(opened).rejects.toThrow('the client was closed');
});

test('a connection that is ended before it has a socket never gets one', async () => {
  const { broker, connection } = await given(answers);
  const opened = connection.open().then(
    () => 'opened',
    (error: Error) => error.message,
  );
  connection.destroy('the client was closed');
  expect(await opened).toContain('the client was closed');
  expect(broker.connections).toHaveLength(0);
});

test('a link that is ended while its connection has no socket yet leaves none behind', async () => {
  const { broker, connect } = await given(answers);
  const link = createLink(connect, boundMs);
  const opened = link.open().then(
    () => 'opened',
    (error: Error) => error.message,
  );
  link.destroy('the client was closed');
  expect(await opened).toContain('the client was closed');
  await expect
    .poll(() => broker.connections.every((socket) => socket.destroyed || socket.readableEnded))
    .toBe(true);
});

/** Delays of the timers that were set meanwhile, in ms. */
async function timersOf(work: () => Promise<unknown>): Promise<number[]> {
  const spy = vi.spyOn(globalThis, 'setTimeout');
  try {
    await work();
    return spy.mock.calls.map(([, ms = 0]) => ms);
  } finally {
    spy.mockRestore();
  }
}

test("the client's queue sets no timers of its own: nothing waits there", async () => {
  const { connection } = await given(answers);
  await connection.open();
  const delays = await timersOf(async () => {
    for (let n = 0; n < 3; n++) await connection.ask(metadata(), nothing);
  });
  // What is left are the bounds of the answers.
  expect(delays.length).toBeGreaterThan(0);
  expect(delays.filter((ms) => ms < boundMs)).toEqual([]);
});

test('what a broker asks for in an answer to a question does not hold back the next question', async () => {
  const { broker, connection } = await given(() => metadataAnswer({ throttleMs: 600_000 }));
  await connection.open();
  await connection.ask(metadata(), nothing);
  await connection.ask(metadata(), nothing);
  expect(broker.asked).toHaveLength(2);
});

test('what a broker asks for in its answer for versions does not hold back what comes after it', async () => {
  const { broker, connection } = await given(answers, {}, () => versionsAnswer({ throttleMs: 600_000 }));
  await connection.open();
  const answer = connection.ask(metadata(), nothing);
  answer.catch(nothing);
  await expect.poll(() => broker.asked, { timeout: 2_000 }).toHaveLength(1);
  expect(await answer).toMatchObject({ controllerId: 4 });
});

function plain(): Partial<KafkaClientOptions> {
  const directory = temporaryDirectory({ password: 'secret' });
  onTestFinished(() => directory[Symbol.dispose]());
  const passwordFile = join(directory.path, 'password');
  return { sasl: { mechanism: 'plain', username: 'user', passwordFile, oauth: {} } };
}

test('a connection with SASL is authenticated when it is open', async () => {
  const { broker, connection } = await given((asked) => saslAnswer(asked) ?? answers(asked), plain());
  expect(connection.isAuthenticated).toBe(false);
  await connection.open();
  expect(connection.isAuthenticated).toBe(true);
  await connection.ask(metadata(), nothing);
  expect(broker.asked.map(({ apiKey }) => apiKey)).toEqual([
    apiKeys.saslHandshake,
    apiKeys.saslAuthenticate,
    apiKeys.metadata,
  ]);
});

test('the end of a connection that is being authenticated rejects the opening', async () => {
  const handshakeOnly: Answering = (asked) =>
    asked.apiKey === apiKeys.saslHandshake ? saslAnswer(asked) : null;
  const { broker, connection } = await given(handshakeOnly, plain());
  const opened = connection.open();
  opened.catch(nothing);
  await expect.poll(() => broker.asked).toHaveLength(2);
  connection.destroy('the client was closed');
  await expect(opened).rejects.toThrow('the client was closed');
});

/** What the client keeps between it and the end of a session, in ms. */
const reauthenticationThresholdMs = 10_000;

test.each(asks)(
  'before its session ends it authenticates again, ahead of a request %s and alone',
  async (_, ask) => {
    // The client's only clock for the age of a session.
    vi.useFakeTimers({ toFake: ['hrtime'] });
    onTestFinished(() => void vi.useRealTimers());
    const held: Asked[] = [];
    const answerTo = ({ apiKey }: Asked) =>
      apiKey === apiKeys.metadata ? metadataAnswer() : Buffer.concat([int32(0), int32(0)]);
    const answer: Answering = (asked) => {
      const authentication = saslAnswer(asked, reauthenticationThresholdMs + 60_000);
      if (authentication !== null) return authentication;
      return held.push(asked) === 1 ? null : answerTo(asked);
    };
    const { broker, connect } = await given(answer, plain());
    const connections: BrokerConnection[] = [];
    const link = createLink(() => {
      const connection = connect();
      connections.push(connection);
      return connection;
    }, boundMs);
    onTestFinished(() => link.destroy('the test is over'));
    const steps = () => broker.asked.map(({ apiKey }) => names.get(apiKey) ?? 'a request');
    const names = new Map<number, string>([
      [apiKeys.saslHandshake, 'handshake'],
      [apiKeys.saslAuthenticate, 'proof'],
    ]);
    const first = link.ask(ask);
    await expect.poll(steps).toEqual(['handshake', 'proof', 'a request']);
    expect(connections[0]?.isAuthenticated).toBe(true);
    vi.advanceTimersByTime(60_000);
    expect(connections[0]?.isAuthenticated).toBe(false);
    const later = [link.ask(ask), link.ask(ask)];
    await turn();
    expect(steps()).toEqual(['handshake', 'proof', 'a request']);
    held.forEach((asked) => asked.answer(answerTo(asked)));
    await Promise.all([first, ...later]);
    expect(steps().slice(3)).toEqual(['handshake', 'proof', 'a request', 'a request']);
    expect(connections).toHaveLength(1);
  },
);

test('a request that nobody answers fails within the bound of the settings', async () => {
  const { connection } = await given(silent, { requestTimeoutMs: 100 });
  await connection.open();
  const written = vi.fn();
  await expect(connection.ask(metadata(), written)).rejects.toThrow(/no answer from 127\.0\.0\.1|timed out/);
  expect(written).toHaveBeenCalledTimes(1);
});

test('an answer that ends early fails its request', async () => {
  const { connection } = await given(() => Buffer.from([0, 0]));
  await connection.open();
  const ask: Ask<object> = produceAll([{ to: { topic: 'jobs', partition: 0 }, bytes: Buffer.alloc(1) }], 1);
  await expect(connection.ask(ask, nothing)).rejects.toThrow(RangeError);
});
