/** Everything by IPv6 addresses: a broker that is known by its literal alone, the registry, and the endpoint. */
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { addressOf } from '../../src/address.ts';
import { checkKafka } from '../../src/kafka/check.ts';
import { registryFlags, startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { nbwssBridge, outputOf } from '../helpers/command.ts';
import { type Door, openDoor } from '../helpers/doors.ts';
import { type PrivateBroker, startPrivateBroker } from '../helpers/private-broker.ts';

let broker: PrivateBroker;
let registry: Door;
let bridge: TestBridge;
let url: string;

beforeAll(async () => {
  const { hostname: host, port } = new URL(inject('registryUrl'));
  [broker, registry] = await Promise.all([
    startPrivateBroker({}, '::1'),
    openDoor(0, { host, port: Number(port) }, '::1'),
  ]);
  bridge = await startTestBridge({
    bootstrapServers: broker.bootstrapServers,
    settings: { listen: { host: '::1' }, admin: { host: '::1' }, registry: { url: registryUrl() } },
  });
  url = bridge.bridge.url.replace('127.0.0.1', '[::1]');
});
afterAll(async () => {
  for (const each of [bridge, registry, broker]) await each[Symbol.asyncDispose]();
});

const registryUrl = () => `http://[::1]:${registry.port}/${new URL(inject('registryUrl')).pathname.slice(1)}`;
const directory = () => dirname(bridge.bridge.configFile);
const kafkaFlags = () => {
  const flags = registryFlags(bridge.topics);
  return ['--kafka-brokers', broker.bootstrapServers.join(','), ...flags.slice(0, -2)];
};
const allFlags = () => [...kafkaFlags(), '--registry-url', registryUrl()];
const peerFlags = () =>
  [
    ['--url', url],
    ['--ca-file', join(directory(), 'tls/ca.crt')],
    ['--token-file', join(directory(), 'tokens/primary1')],
  ].flat();

test('serve takes what simulate sends, and probe says to which address it went', async () => {
  expect(await outputOf(['simulate', '--messages', '3', ...peerFlags()])).toMatch(/^sent +3 messages/m);
  expect(await outputOf(['probe', ...peerFlags()])).toMatch(/tcp +\d+ ms {2}connected to \[::1\]:\d+\n/);
});

test('topics check and check-config --connect take the address, and the one that the broker gives its clients', async () => {
  expect(await outputOf(['topics', 'check', ...kafkaFlags()])).toContain(bridge.topics.jobs);
  const found = await outputOf(['check-config', '--connect', '--config', bridge.bridge.configFile]);
  expect(found).toContain(`kafka.brokers: ${broker.bootstrapServers[0]} answers`);
  expect(found).toMatch(/endpoint +wss:\/\/\[::1\]:0\/nbwss/);
});

test('tail and replay read by it', async () => {
  expect(await outputOf(['simulate', '--messages', '2', '--entries', '1', ...peerFlags()])).not.toBe('');
  const read = await outputOf(['tail', '--from-beginning', '--json', '--max', '1', ...allFlags()]);
  expect(read).toContain(bridge.topics.jobs.slice(0, -'.jobs'.length));
  const tokens = ['--credentials-token-directory', join(directory(), 'tokens')];
  const { exitCode, stderr } = await nbwssBridge(['replay', '--dry-run', ...allFlags(), ...tokens]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.not.stringMatching(/can't/) });
});

test('what can not be reached is named with brackets', async () => {
  const flags = kafkaFlags().with(1, '[::1]:1');
  const { exitCode, stderr } = await nbwssBridge(['topics', 'check', ...flags]);
  expect(exitCode).toBe(69);
  expect(stderr).toContain(
    "can't connect to Kafka at [::1]:1: connect ECONNREFUSED [::1]:1: check kafka.brokers",
  );
});

test('a cluster that is asked at an IPv4 address, and gives its clients an IPv6 one, is checked at both', async () => {
  const { host, port } = addressOf(broker.bootstrapServers[0] ?? '');
  await using door = await openDoor(0, { host, port });
  const verdicts = await checkKafka(
    {
      brokers: [`127.0.0.1:${door.port}`],
      clientId: 'test',
      connectTimeoutMs: 10_000,
      requestTimeoutMs: 10_000,
      topics: [bridge.topics.jobs],
      deadLetters: '',
    },
    pino({ level: 'silent' }),
  );
  const told = verdicts
    .filter(({ what }) => what === 'kafka.brokers')
    .map(({ state, text }) => `${state} ${text}`);
  expect(told).toEqual([
    expect.stringMatching(`^ok 127\\.0\\.0\\.1:${door.port} answers`),
    expect.stringMatching(`^ok \\[::1\\]:${port} answers`),
  ]);
});
