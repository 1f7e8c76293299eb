/** `check-config --connect` tells which of them it is, and writes nothing. */
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { checkConnections } from '../../src/check.ts';
import { exitCodeOf, type Verdict } from '../../src/verdict.ts';
import { loadConfig } from '../../src/config/load.ts';
import { settings } from '../../src/config/settings.ts';
import { createTestPki } from '../../tools/certificates.ts';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { createTopicsAndSubjects, freshTopics, type TopicNames } from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { password, type SecureBroker, startSecureBroker, user } from '../helpers/secure-broker.ts';
import { startTokenEndpoint } from '../helpers/token-endpoint.ts';
import { grantLeast, secretFile, secureTopics } from '../helpers/secure-bridge.ts';

let broker: SecureBroker;
let topics: TopicNames;
let flags: Readonly<Record<string, string>>;

beforeAll(async () => {
  broker = await startSecureBroker();
  topics = await secureTopics(broker);
  flags = {
    'listen.tls.certFile': 'unused',
    'listen.tls.keyFile': 'unused',
    'credentials.tokenDirectory': 'unused',
    'registry.url': inject('registryUrl'),
    'kafka.brokers': `127.0.0.1:${broker.ports.saslSsl}`,
    'kafka.requestTimeoutMs': '2000',
    'kafka.tls.enabled': 'true',
    'kafka.tls.caFile': broker.caFile,
    'kafka.sasl.mechanism': 'scram-sha-512',
    'kafka.sasl.username': user,
    'kafka.sasl.passwordFile': await secretFile(broker, password),
    ...topicFlags(topics),
  };
});
afterAll(() => broker?.[Symbol.asyncDispose]());

function topicFlags(names: TopicNames): Readonly<Record<string, string>> {
  return {
    'kafka.topics.jobs': names.jobs,
    'kafka.topics.images': names.images,
    'kafka.topics.deadLetters': names.deadLetters,
  };
}

/** Undefined leaves a setting out. */
type Overrides = Readonly<Record<string, string | undefined>>;

async function verdictsWith(overrides: Overrides): Promise<readonly Verdict[]> {
  const given = Object.entries({ ...flags, ...overrides }).flatMap(([path, value]) =>
    value === undefined ? [] : [[path, value] as const],
  );
  const config = loadConfig({ flags: Object.fromEntries(given) });
  return await checkConnections(config, pino({ level: 'silent' }));
}

/** The verdicts that aren't ok, as `state what: text`. */
/** A single broker has one replica of everything. */
const isOfCopies = ({ text }: Pick<Verdict, 'text'>) => text.includes('has one replica');

async function faults(overrides: Overrides): Promise<string[]> {
  return (await verdictsWith(overrides))
    .filter((each) => each.state !== 'ok' && !isOfCopies(each))
    .map(({ state, what, text }) => `${state} ${what}: ${text}`);
}

test('what works is said part by part, and nothing is written', async () => {
  const config = loadConfig({ flags });
  const verdicts = await checkConnections(config, pino({ level: 'silent' }));
  const told = verdicts.filter((each) => !isOfCopies(each));
  expect(told.map(({ state, text }) => `${state} ${text.replaceAll(/test-\w+/g, 'test')}`)).toEqual([
    expect.stringMatching(/^ok 127.0.0.1:\d+ answers \(TLS, authenticated by scram-sha-512\); .* 1 broker/),
    expect.stringMatching(/^ok test.jobs: 2 partitions, replication 1, .*retention 14.0 days$/),
    expect.stringMatching(/^ok test.images: 2 partitions, replication 1, .*retention 14.0 days$/),
    expect.stringMatching(/^ok test.dead-letters: 2 partitions, replication 1, .*retention 90.0 days$/),
    'ok test.jobs: may be written',
    'ok test.images: may be written',
    'ok test.dead-letters: may be written',
    'ok a producer id was given: batches that are sent again leave no copies',
    expect.stringMatching(/^ok test.jobs-value: version 1 .* can be written/),
    expect.stringMatching(/^ok test.images-value: version 1 .* can be written/),
    expect.stringMatching(/^ok test.dead-letters-value: version 1 .* can be written/),
  ]);
  for (const topic of Object.values(topics)) {
    const offsets = await broker.admin.fetchTopicOffsets(topic);
    expect(offsets.map(({ high }) => high)).toEqual(['0', '0']);
  }
});

const cases: readonly (readonly [string, () => Promise<Overrides>, readonly RegExp[]])[] = [
  [
    'a wrong password',
    async () => ({ 'kafka.sasl.passwordFile': await secretFile(broker, 'wrong') }),
    [/^failed kafka.sasl: .*authentication as user bridge by scram-sha-512/],
  ],
  [
    'an unknown CA',
    async () => ({ 'kafka.tls.caFile': await secretFile(broker, (await createTestPki()).ca) }),
    [/^failed kafka.tls: .*unknown CA/],
  ],
  [
    'a file that is no certificate',
    async () => ({ 'kafka.tls.caFile': await secretFile(broker, 'no PEM') }),
    [/^failed kafka.tls.caFile: the file .* holds no certificate/],
  ],
  [
    "a registry's header whose file is not there",
    async () => ({ 'registry.headerFiles': 'X-Key=/nowhere/key', 'registry.auth.allowPlaintext': 'true' }),
    [
      /^failed registry\.headerFiles\.X-Key: the file \/nowhere\/key can't be used/,
      /^warning registry\.url: without https/,
    ],
  ],
  [
    'a token file that holds no token',
    async () => ({
      'kafka.sasl.mechanism': 'oauthbearer',
      'kafka.sasl.username': undefined,
      'kafka.sasl.passwordFile': undefined,
      'kafka.sasl.oauth.tokenFile': await secretFile(broker, 'two words'),
    }),
    [/^failed kafka\.sasl\.oauth\.tokenFile: the file .* holds no token/],
  ],
  [
    'a name that no certificate carries',
    async () => ({ 'kafka.tls.serverName': 'kafka.example.com' }),
    [/^failed kafka.tls: .*for another name/],
  ],
  [
    'one broker of two that is away',
    async () => ({ 'kafka.brokers': `127.0.0.1:${await freePort()},127.0.0.1:${broker.ports.saslSsl}` }),
    [/^warning kafka.brokers: .*ECONNREFUSED/],
  ],
  [
    'a broker that is away',
    async () => ({ 'kafka.brokers': `127.0.0.1:${await freePort()}` }),
    [/^failed kafka.brokers: .*ECONNREFUSED/],
  ],
  [
    'SCRAM without TLS',
    async () => ({
      'kafka.brokers': `127.0.0.1:${broker.ports.saslPlaintext}`,
      'kafka.tls.enabled': 'false',
      'kafka.tls.caFile': undefined,
    }),
    [/^warning kafka.tls.enabled: without TLS/],
  ],
  [
    'a registry that is away',
    async () => ({ 'registry.url': `http://127.0.0.1:${await freePort()}` }),
    [/^failed registry.url: .*ECONNREFUSED/],
  ],
];

test.each(cases)('%s is named', async (_, overrides, expected) => {
  const seen = await faults(await overrides());
  expect(seen).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});

test('who may not read the settings of topics is told that they are not checked, or how the bridge gets their limit', async () => {
  const own = freshTopics();
  await createTopicsAndSubjects(own, { bootstrapServers: broker.bootstrapServers, partitions: 1 });
  await broker.grant(user, 'WRITE', Object.values(own));
  const denied = await verdictsWith(topicFlags(own));
  expect(denied.filter(({ state }) => state === 'failed').map(({ text }) => text)).toEqual(
    Object.values(own).map(() =>
      expect.stringMatching(/Grant DESCRIBE_CONFIGS on them, or set kafka\.maxMessageBytes/),
    ),
  );
  expect(exitCodeOf(denied)).toBe(77);
  const given = { ...topicFlags(own), 'kafka.maxMessageBytes': '1048588' };
  expect(await faults(given)).toEqual(
    Object.values(own).map((topic) =>
      expect.stringMatching(
        new RegExp(`^warning kafka.topics: ${topic}: its settings are not checked, .*DESCRIBE_CONFIGS`),
      ),
    ),
  );
});

test.each<[string, () => Promise<Overrides>, number]>([
  [
    'a wrong password is denied',
    async () => ({ 'kafka.sasl.passwordFile': await secretFile(broker, 'wrong') }),
    77,
  ],
  [
    'a registry that is away is unavailable',
    async () => ({ 'registry.url': `http://127.0.0.1:${await freePort()}` }),
    69,
  ],
  [
    'a file that is no certificate is configuration, whatever else is',
    async () => ({
      'kafka.tls.caFile': await secretFile(broker, 'no PEM'),
      'registry.url': `http://127.0.0.1:${await freePort()}`,
    }),
    78,
  ],
])('for the exit code %s', async (_, overrides, exitCode) => {
  expect(exitCodeOf(await verdictsWith(await overrides()))).toBe(exitCode);
});

test('topics that are not there, and rights that are not given, are named one by one', async () => {
  const own = freshTopics();
  const missing = { 'kafka.topics.images': own.images };
  expect(await faults(missing)).toEqual([
    expect.stringMatching(
      new RegExp(`^failed kafka.topics: the cluster has no topic ${own.images}, or this user may not see it`),
    ),
    expect.stringMatching(new RegExp(`no subject ${own.images}-value`)),
  ]);

  await createTopicsAndSubjects(own, { bootstrapServers: broker.bootstrapServers, partitions: 1 });
  await grantLeast(broker, own);
  await broker.revoke(user, 'WRITE', [own.deadLetters]);
  await broker.grant(user, 'DESCRIBE', [own.deadLetters]);
  expect(await faults(topicFlags(own))).toEqual([
    expect.stringMatching(
      new RegExp(`^failed kafka.topics: ${own.deadLetters}: .*may not write.*grant WRITE`),
    ),
  ]);
});

function flagsFor(command: string, own: Overrides): string[] {
  const groups = command === 'tail' ? /^(?:kafka|registry)\./ : /^kafka\./;
  return settings.flatMap(({ path, flag }) => {
    const value = groups.test(path) ? own[path] : undefined;
    return value === undefined ? [] : [flag, value];
  });
}

test.each([
  ['topics', 'check'],
  ['topics', 'create'],
  ['tail', '--from-beginning'],
])('`%s %s` with a wrong password: exit 77, and what is refused', async (command, word) => {
  const own = { ...flags, 'kafka.sasl.passwordFile': await secretFile(broker, 'wrong') };
  const { exitCode, stdout, stderr } = await nbwssBridge([command, word, ...flagsFor(command, own)]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 77, stdout: '' });
  expect(stderr).toMatch(
    /^nbwss-bridge: can't connect to Kafka at .*authentication as user bridge by scram-sha-512.*\n$/,
  );
});

test.each([
  ['topics', 'check'],
  ['topics', 'create'],
  ['tail', '--from-beginning'],
])('`%s %s` with a client that is refused: exit 77, the reason, and asked once', async (command, word) => {
  await using tokens = await startTokenEndpoint();
  const brokers = [broker.ports.saslSsl, broker.ports.saslPlaintext].map((port) => `127.0.0.1:${port}`);
  const own = {
    ...flags,
    'kafka.brokers': brokers.join(','),
    'kafka.sasl.mechanism': 'oauthbearer',
    'kafka.sasl.username': undefined,
    'kafka.sasl.passwordFile': undefined,
    'kafka.sasl.oauth.tokenUrl': tokens.url,
    'kafka.sasl.oauth.clientId': 'bridge',
    'kafka.sasl.oauth.clientSecretFile': await secretFile(broker, 'wrong'),
    'kafka.sasl.allowPlaintext': 'true',
  };
  const { exitCode, stdout, stderr } = await nbwssBridge([command, word, ...flagsFor(command, own)]);
  expect({ exitCode, stdout, asked: tokens.asked }).toEqual({ exitCode: 77, stdout: '', asked: 1 });
  expect(stderr).toMatch(
    /refuses us \(401 invalid_client: no such client: bridge\): check kafka\.sasl\.oauth/,
  );
});

test('a client that is refused is asked for once by `check-config --connect`, for Kafka and for the registry', async () => {
  await using tokens = await startTokenEndpoint();
  const overrides = (section: string) => ({
    [`${section}.oauth.tokenUrl`]: tokens.url,
    [`${section}.oauth.clientId`]: 'bridge',
  });
  const clientSecretFile = await secretFile(broker, 'wrong');
  const seen = await faults({
    'kafka.sasl.mechanism': 'oauthbearer',
    'kafka.sasl.username': undefined,
    'kafka.sasl.passwordFile': undefined,
    'kafka.sasl.oauth.clientSecretFile': clientSecretFile,
    'kafka.sasl.allowPlaintext': 'true',
    ...overrides('kafka.sasl'),
    'registry.auth.type': 'oauth',
    'registry.auth.oauth.clientSecretFile': clientSecretFile,
    'registry.auth.allowPlaintext': 'true',
    ...overrides('registry.auth'),
  });
  expect(seen.filter((line) => line.startsWith('failed'))).toEqual([
    expect.stringMatching(/^failed kafka\.sasl\.oauth: .*refuses us \(401 invalid_client/),
    expect.stringMatching(/^failed registry\.auth\.oauth: .*refuses us \(401 invalid_client/),
  ]);
  expect(tokens.asked).toBe(2);
});

test('`topics create` by a user who may not: exit 77, and the topic', async () => {
  const own = freshTopics();
  const { exitCode, stdout, stderr } = await nbwssBridge([
    'topics',
    'create',
    ...flagsFor('topics', { ...flags, ...topicFlags(own) }),
  ]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 77, stdout: '' });
  expect(stderr).toMatch(
    new RegExp(
      `^nbwss-bridge: can't create the topic ${own.jobs}: .* \\(TOPIC_AUTHORIZATION_FAILED\\): grant CREATE on it`,
    ),
  );
});
