/** What the bridge needs to be allowed, and how it takes a broker that fails in the middle of the authentication. */
import { readFileSync } from 'node:fs';
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from 'kafkajs';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectCluster } from '../../src/kafka/cluster.ts';
import {
  createTopicsAndSubjects,
  freshTopics,
  stackFlags,
  startTestBridge,
  type TopicNames,
} from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { type Fate, intercept } from '../helpers/intercept.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';
import { evolve } from '../helpers/owner.ts';
import { altered } from '../helpers/schema-evolution.ts';
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
const commandsFor = (name: string) =>
  (page.match(/^kafka-acls .*$/gm) ?? []).filter((command) => command.includes(` User:${name} `));

/** What kafka-acls makes of a command of the documentation (its tool isn't among the jars here), with these topics in place of the page's. */
async function typed(command: string, own: TopicNames): Promise<void> {
  const given = (option: string) =>
    command.matchAll(RegExp(`--${option} (\\S+)`, 'g')).map(([, value = '']) => value);
  const topics = given('topic').map((name) => name.replace(/^netbackup\./, own.jobs.replace(/jobs$/, '')));
  const resources = [
    ...topics.map((resourceName) => ({ resourceName, resourceType: AclResourceTypes.TOPIC })),
    ...given('group').map((resourceName) => ({ resourceName, resourceType: AclResourceTypes.GROUP })),
  ];
  const isPrefixed = [...given('resource-pattern-type')].includes('prefixed');
  const [principal = ''] = given('allow-principal');
  const acl = [...given('operation')].flatMap((operation) =>
    resources.map((resource) => ({
      ...resource,
      resourcePatternType: isPrefixed ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
      principal,
      host: '*',
      operation: operations[operation] as AclOperationTypes,
      permissionType: AclPermissionTypes.ALLOW,
    })),
  );
  expect(acl).not.toHaveLength(0);
  await broker.admin.createAcls({ acl });
}

const operations: Readonly<Record<string, AclOperationTypes>> = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
};

test('the rights that the documentation lists for whoever operates are enough for tail and replay, and none is too many', async () => {
  await broker.setPassword('SCRAM-SHA-256', 'operator', password);
  await using bridge = await startTestBridge({ bootstrapServers: broker.bootstrapServers, partitions: 1 });
  await using primary = await bridge.connect();
  primary.send(envelope([jobs(job, { ...job, jobId: 7, status: 'partial' })], { id: 'operated' }));
  await primary.answered('operated');
  const flags = [
    ...stackFlags(bridge.topics, [`127.0.0.1:${broker.ports.saslPlaintext}`]),
    '--kafka-sasl-mechanism',
    'scram-sha-256',
    '--kafka-sasl-username',
    'operator',
    '--kafka-sasl-password-file',
    passwordFile,
  ];
  const tail = () => nbwssBridge(['tail', '--from-beginning', ...flags]);
  const replay = (...more: string[]) =>
    nbwssBridge(['replay', '--primary', 'primary1', ...more, ...flags], { timeoutMs: 60_000 });
  const [groups = '', reading = '', writing = ''] = commandsFor('operator');

  expect(await tail()).toMatchObject({ exitCode: 69, stderr: expect.stringContaining('may not see it') });
  await broker.grant('operator', 'DESCRIBE', Object.values(bridge.topics));
  expect(await tail()).toMatchObject({
    exitCode: 69,
    stderr: expect.stringContaining('grant READ on groups that begin with nbwss-bridge-'),
  });
  await typed(groups, bridge.topics);
  expect(await tail()).toMatchObject({
    exitCode: 77,
    stderr: expect.stringContaining(
      'may not read the topics (TOPIC_AUTHORIZATION_FAILED): grant READ on them',
    ),
  });
  await typed(reading, bridge.topics);
  const { exitCode, stdout } = await tail();
  expect({ exitCode, lines: stdout.trimEnd().split('\n').length }).toEqual({ exitCode: 0, lines: 2 });

  await evolve(`${bridge.topics.jobs}-value`, altered('status', { type: ['null', 'int', 'string'] }));
  const dry = await replay('--dry-run');
  expect(dry).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('1 dead letter(s) would be sent'),
  });
  expect((await replay()).exitCode).toBe(77);
  await typed(writing, bridge.topics);
  expect(await replay()).toMatchObject({
    exitCode: 0,
    stderr: '1 dead letter(s) sent, 0 sent before, 0 can not be sent\n',
  });
}, 180_000);

test('the rights that the documentation lists are enough, with the size of a message given', async () => {
  const commands = commandsFor(user);
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
