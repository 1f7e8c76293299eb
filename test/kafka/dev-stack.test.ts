import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { ExitCode } from '../../src/errors.ts';
import { checkPrerequisites, checkPython } from '../../tools/dev-stack/prerequisites.ts';
import { startTestStack } from '../helpers/stack.ts';

const kafka = new Kafka({ brokers: inject('bootstrapServers'), logLevel: logLevel.NOTHING });

describe('the broker', () => {
  test('gives back the record that it acknowledged', async () => {
    const topic = `dev-stack-${randomUUID()}`;
    const admin = kafka.admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] });

    const producer = kafka.producer();
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    await producer.send({ topic, acks: -1, messages: [{ key: 'client', value: 'record' }] });

    const consumer = kafka.consumer({ groupId: topic });
    await consumer.connect();
    onTestFinished(() => consumer.disconnect());
    await consumer.subscribe({ topic, fromBeginning: true });
    const { promise: received, resolve } = Promise.withResolvers<unknown>();
    await consumer.run({
      eachMessage: async ({ message }) => resolve([message.key?.toString(), message.value?.toString()]),
    });
    await expect(received).resolves.toEqual(['client', 'record']);
  });

  test('creates no topic that nobody asked for', async () => {
    const admin = kafka.admin({ retry: { retries: 0 } });
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    const topic = `missing-${randomUUID()}`;
    await expect(admin.fetchTopicMetadata({ topics: [topic] })).rejects.toMatchObject({
      type: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
    expect(await admin.listTopics()).not.toContain(topic);
  });
});

describe('the registry', () => {
  const record = (...fields: object[]) => ({ type: 'record', name: 'Probe', fields });
  const text = { name: 'text', type: 'string' };
  const count = { name: 'count', type: 'int' };

  test('registers a schema and a compatible next version, and refuses an incompatible one with 409', async () => {
    const subject = `dev-stack-${randomUUID()}`;
    const first = await register(subject, record(text));
    expect(first).toEqual({ status: 200, body: { id: expect.any(Number) } });
    expect(await register(subject, record(text))).toEqual(first);
    const compatible = await register(subject, record(text, { ...count, default: 0 }));
    expect(compatible.status).toBe(200);
    const incompatible = await register(subject, record(text, count, { name: 'more', type: 'long' }));
    expect(incompatible).toMatchObject({ status: 409, body: { error_code: 409 } });
  });

  test("answers a subject's compatibility level as the client of the bridge expects it", async () => {
    const subject = `dev-stack-${randomUUID()}`;
    expect((await fetch(`${inject('registryUrl')}/config/${subject}`)).status).toBe(404);
    await register(subject, record(text));
    const level = await fetch(`${inject('registryUrl')}/config/${subject}`);
    expect(await level.json()).toEqual({ compatibilityLevel: 'BACKWARD' });
  });

  async function register(subject: string, schema: object): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${inject('registryUrl')}/subjects/${subject}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: JSON.stringify(schema) }),
    });
    return { status: response.status, body: await response.json() };
  }
});

describe('on a machine that lacks things', () => {
  const bare = { PATH: import.meta.dirname };

  test('the error names all of them, each with the command that installs it', async () => {
    const check = checkPrerequisites({
      fetchesJars: true,
      hasRegistryJava: false,
      env: bare,
      platform: 'linux-x64',
    });
    await expect(check).rejects.toMatchObject({
      exitCode: ExitCode.unavailable,
      message: expect.stringMatching(
        /3 thing.*openjdk-17-jre-headless.*apt-get install maven.*apt-get install python3-pip/s,
      ),
    });
  });

  test('only Java is asked for once everything is in the cache', async () => {
    const check = checkPrerequisites({
      fetchesJars: false,
      hasRegistryJava: true,
      env: bare,
      platform: 'linux-x64',
    });
    await expect(check).rejects.toMatchObject({
      message: expect.not.stringMatching(/maven|python/i),
    });
  });

  test("without Python or its pip the error of the tests' reader names it", async () => {
    await expect(checkPython(bare)).rejects.toMatchObject({
      exitCode: ExitCode.unavailable,
      message: expect.stringMatching(/Python 3.*apt-get install python3-pip/),
    });
  });

  test('where no Java can be fetched for the registry, the machine has to have the newer one', async () => {
    const check = checkPrerequisites({
      fetchesJars: false,
      hasRegistryJava: false,
      env: bare,
      platform: 'darwin-arm64',
    });
    await expect(check).rejects.toMatchObject({
      message: expect.stringMatching(/1 thing.*Java 21 or newer/s),
    });
  });
});

test.each([
  ['of an unknown kind', 'NBWSS_TEST_STACK', 'cloud'],
  ['of another number of brokers', 'NBWSS_TEST_BROKERS', '2'],
])('a test stack %s is refused by name', async (_what, variable, value) => {
  vi.stubEnv(variable, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  await expect(startTestStack()).rejects.toThrow(`${variable} is '${value}'`);
});
