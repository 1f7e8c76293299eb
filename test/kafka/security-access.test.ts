/** What the bridge needs to be allowed, and how it takes a broker that fails in the middle of the authentication. */
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectCluster } from '../../src/kafka/cluster.ts';
import { createTopicsAndSubjects, freshTopics, type TopicNames } from '../helpers/bridge.ts';
import { type Fate, intercept } from '../helpers/intercept.ts';
import { password, type SecureBroker, startSecureBroker, user } from '../helpers/secure-broker.ts';
import { secretFile, startSecureBridge } from '../helpers/secure-bridge.ts';

let broker: SecureBroker;
let topics: TopicNames;
let passwordFile: string;

beforeAll(async () => {
  broker = await startSecureBroker();
  passwordFile = await secretFile(broker, password);
  topics = freshTopics();
  await createTopicsAndSubjects(topics, { bootstrapServers: broker.bootstrapServers, partitions: 2 });
});
afterAll(() => broker?.[Symbol.asyncDispose]());

const at = (port: number) => ({
  brokers: [`127.0.0.1:${port}`],
  sasl: { mechanism: 'scram-sha-512', username: user, passwordFile, oauth: {} } as const,
});

const page = readFileSync(new URL('../../docs/kafka-security.md', import.meta.url), 'utf8');

test('the rights that the documentation lists are enough, with the size of a message given', async () => {
  const commands = page.match(/^kafka-acls .*$/gm) ?? [];
  expect(commands).toHaveLength(3);
  for (const command of commands) {
    const [, name, operation, topic] =
      /--add --allow-principal User:(\w+) --operation (\w+) --topic netbackup\.(\S+)$/.exec(command) ?? [];
    expect([name, operation]).toEqual([user, 'Write']);
    const named = Object.values(topics).filter((each) => each.endsWith(`.${topic}`));
    expect(named).toHaveLength(1);
    await broker.grant(user, 'WRITE', named);
  }
  const kafka = { ...at(broker.ports.saslPlaintext), maxMessageBytes: 1_048_588 };
  await using secure = await startSecureBridge(broker, topics, { kafka });
  await secure.ready();
  await using primary = await secure.connect();
  await secure.delivers(primary);
  expect(await secure.records()).toBe(1);
});

test('without the size, the right to read it is asked for, and given it is enough', async () => {
  await broker.grant(user, 'WRITE', Object.values(topics));
  await using secure = await startSecureBridge(broker, topics, { kafka: at(broker.ports.saslPlaintext) });
  await secure.tells({
    check: 'topics',
    reason: /DESCRIBE_CONFIGS on them, or set kafka.maxMessageBytes/,
    stage: 'topics',
    code: 'describe-configs-denied',
  });
  await broker.grant(user, 'DESCRIBE_CONFIGS', Object.values(topics));
  await secure.ready();
});

const timeoutMs = 400;
const handshake = 17;
const authentication = 36;

test.each([
  ['closes at the handshake', handshake, 'cut', /closed the connection/],
  ['closes at the proof', authentication, 'cut', /came to no end: .*closed the connection/],
  ['says nothing to the handshake', handshake, 'swallow', /no answer|timed out/i],
  ['says nothing to the proof', authentication, 'swallow', /came to no end: .*(no answer|timed out)/i],
] as const)('a broker that %s is an error within the bounds', async (_, api, fate: Fate, reason) => {
  await using way = await intercept(broker.ports.saslPlaintext, (apiKey) => (apiKey === api ? fate : 'pass'));
  const began = performance.now();
  const options = {
    ...at(way.port),
    clientId: 'test',
    connectTimeoutMs: timeoutMs,
    requestTimeoutMs: timeoutMs,
  };
  await expect(connectCluster(options, pino({ level: 'silent' }))).rejects.toThrow(reason);
  // One attempt: the connection, and twice an answer.
  expect(performance.now() - began).toBeLessThan(3 * timeoutMs + 500);
});
