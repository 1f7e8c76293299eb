import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { type BridgeProcess, startBridge } from '../../tools/bridge-process.ts';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { readiness, untilReadiness } from '../helpers/admin.ts';
import {
  createTopics,
  createTopicsAndSubjects,
  freshTopics,
  registryFlags,
  type Settings,
  type TopicNames,
} from '../helpers/bridge.ts';
import { outputOf } from '../helpers/command.ts';
import { openDoor, openSilence } from '../helpers/doors.ts';
import { connectPrimary } from '../helpers/primary.ts';

/** How long a stop may take that has nothing to drain, on a busy machine, in ms: below the first bound that it could wait for. */
const promptMs = 5000;

const disposing = (resource: AsyncDisposable) => () => resource[Symbol.asyncDispose]();

interface Starting {
  readonly bridge: BridgeProcess;
  readonly adminUrl: string;
  readonly url: string;
}

/** A bridge on ports that are known before it is ready. */
async function startWithoutWaiting(topics: TopicNames, settings: Settings = {}): Promise<Starting> {
  const directory = await temporaryDirectory(join(tmpdir(), 'nbwss-test-'));
  onTestFinished(disposing(directory));
  const [listen, admin] = [await freePort(), await freePort()];
  const tls = {
    certFile: join(directory.path, 'tls/tls.crt'),
    keyFile: join(directory.path, 'tls/tls.key'),
  };
  const bridge = await startBridge({
    bootstrapServers: inject('bootstrapServers'),
    registryUrl: inject('registryUrl'),
    directory: directory.path,
    waitUntilReady: false,
    settings: {
      ...settings,
      listen: { host: '127.0.0.1', port: listen, tls },
      admin: { port: admin },
      kafka: { brokers: inject('bootstrapServers'), topics, ...settings['kafka'] },
    },
  });
  onTestFinished(disposing(bridge));
  return {
    bridge,
    adminUrl: `http://127.0.0.1:${admin}`,
    url: `wss://127.0.0.1:${listen}/nbwss`,
  };
}

/** Waits until the bridge says of this part that it isn't ready, and why. */
async function waitsFor({ adminUrl }: Starting, part: string, reason: RegExp): Promise<void> {
  await untilReadiness(adminUrl, (seen) => {
    expect(seen).toMatchObject({ status: 503, ready: false });
    expect(seen?.checks[part]).toMatch(reason);
  });
  expect((await fetch(`${adminUrl}/livez`)).status).toBe(200);
}

const untilReady = ({ adminUrl }: Starting) =>
  untilReadiness(adminUrl, (seen) => expect(seen).toMatchObject({ status: 200, ready: true }));

async function stopsPromptly({ bridge }: Starting, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  const began = performance.now();
  expect(await bridge.stop(signal)).toBe('exit code 0');
  expect(performance.now() - began).toBeLessThan(promptMs);
}

async function serves({ bridge, url }: Starting): Promise<void> {
  await using primary = await connectPrimary(url, bridge.tokens['primary1'] ?? '', bridge.pki.ca);
  expect(primary.open).toBe(true);
}

test('waits for the subjects and then for the topics, says which, and becomes ready when they are there', async () => {
  const topics = freshTopics();
  const starting = await startWithoutWaiting(topics);
  await waitsFor(starting, 'schemas', new RegExp(`no subject ${topics.jobs}-value.*schemas register`, 's'));
  const plain = await fetch(`${starting.adminUrl}/readyz`);
  expect(plain.status).toBe(503);
  expect(await plain.text()).toContain(
    `schemas: the schema registry at ${inject('registryUrl')} has no subject`,
  );
  await expect(serves(starting)).rejects.toThrow('ECONNREFUSED');

  await outputOf(['schemas', 'register', ...registryFlags(topics)]);
  await waitsFor(starting, 'topics', /no topic .*\.jobs, .*\.images, .*\.dead-letters.*topics create/s);
  expect((await readiness(starting.adminUrl))?.checks).toMatchObject({
    schemas: 'ok',
    kafka: 'ok',
    producer: 'not started yet',
    listener: 'not started yet',
  });

  await createTopics(topics);
  await untilReady(starting);
  await serves(starting);
  await stopsPromptly(starting);
});

test('waits for a registry and a Kafka that come later', async () => {
  const topics = freshTopics();
  await createTopicsAndSubjects(topics);
  const [kafkaPort, registryPort] = [await freePort(), await freePort()];
  const registry = new URL(inject('registryUrl'));
  const broker = (inject('bootstrapServers')[0] ?? '').split(':');
  const starting = await startWithoutWaiting(topics, {
    kafka: { brokers: [`127.0.0.1:${kafkaPort}`] },
    registry: { url: `http://127.0.0.1:${registryPort}${registry.pathname}` },
  });
  await waitsFor(starting, 'schemas', /registry doesn't answer GET .*ECONNREFUSED/);
  const atRegistry = { host: registry.hostname, port: Number(registry.port) };
  onTestFinished(disposing(await openDoor(registryPort, atRegistry)));
  await waitsFor(starting, 'kafka', new RegExp(`can't connect to Kafka at 127.0.0.1:${kafkaPort}`));
  const atKafka = { host: broker[0] ?? '', port: Number(broker[1]) };
  onTestFinished(disposing(await openDoor(kafkaPort, atKafka)));
  await untilReady(starting);
  await serves(starting);
  const log = await starting.bridge.log();
  expect(log.filter(({ message }) => message === 'waiting: not ready yet')).toMatchObject([
    { 'log.level': 'error', 'nbwss.step': 'schemas' },
    { 'log.level': 'error', 'nbwss.step': 'kafka' },
  ]);
});

test('a registry that hangs is given up after its time, tried again, and does not hold up a stop', async () => {
  await using silence = await openSilence();
  const starting = await startWithoutWaiting(freshTopics(), {
    registry: { url: `http://127.0.0.1:${silence.port}`, requestTimeoutMs: 300 },
  });
  await waitsFor(starting, 'schemas', /registry doesn't answer GET .*timeout/i);
  await stopsPromptly(starting);
});

test('a registry that hangs for longer than a stop may take does not hold it up', async () => {
  await using silence = await openSilence();
  const starting = await startWithoutWaiting(freshTopics(), {
    registry: { url: `http://127.0.0.1:${silence.port}`, requestTimeoutMs: 60_000 },
  });
  await waitsFor(starting, 'schemas', /starting/);
  await stopsPromptly(starting, 'SIGINT');
});

test('a Kafka that hangs does not hold up a stop', async () => {
  const topics = freshTopics();
  await createTopicsAndSubjects(topics);
  await using silence = await openSilence();
  const starting = await startWithoutWaiting(topics, { kafka: { brokers: [`127.0.0.1:${silence.port}`] } });
  await waitsFor(starting, 'kafka', /starting/);
  await stopsPromptly(starting);
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s while it waits ends it promptly with exit code 0',
  async (signal) => {
    const starting = await startWithoutWaiting(freshTopics(), {
      registry: { url: `http://127.0.0.1:${await freePort()}` },
    });
    await waitsFor(starting, 'schemas', /ECONNREFUSED/);
    await stopsPromptly(starting, signal);
  },
);
