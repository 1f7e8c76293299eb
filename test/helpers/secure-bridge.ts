/** A bridge whose way to Kafka or the registry has to be secured, and what an operator sees of it. */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, vi } from 'vitest';
import { type BridgeProcess, startBridge } from '../../tools/bridge-process.ts';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { readMetrics, untilReadiness } from './admin.ts';
import { createTopicsAndSubjects, freshTopics, type Settings, type TopicNames } from './bridge.ts';
import { envelope, job, jobs } from './messages.ts';
import { connectPrimary, type TestPrimary } from './primary.ts';
import { type SecureBroker, user } from './secure-broker.ts';

export interface SecureBridge extends AsyncDisposable {
  readonly bridge: BridgeProcess;
  connect(): Promise<TestPrimary>;
  /** Sends a message with one job and waits for its answer. */
  delivers(primary: TestPrimary): Promise<void>;
  /** Sends a message with one job, and doesn't wait. @returns its id */
  sends(primary: TestPrimary): string;
  /** Records in the topic of the jobs. */
  records(): Promise<number>;
  /** Waits until the bridge is unready for this reason, has logged it, and has counted an error of the stage with the code. */
  tells(expected: Refused): Promise<void>;
  ready(): Promise<void>;
}

export interface Refused {
  /** Of /readyz?verbose. */
  readonly check: string;
  readonly reason: RegExp;
  /** Of nbwss_errors_total. */
  readonly stage: string;
  readonly code: string;
}

/** What the user needs and no more: docs/kafka-security.md. */
export async function grantLeast(broker: SecureBroker, topics: TopicNames, name = user): Promise<void> {
  await broker.grant(name, 'WRITE', Object.values(topics));
  await broker.grant(name, 'DESCRIBE_CONFIGS', Object.values(topics));
}

/** Topics and subjects that the user may write. */
export async function secureTopics(broker: SecureBroker): Promise<TopicNames> {
  const topics = freshTopics();
  await createTopicsAndSubjects(topics, { bootstrapServers: broker.bootstrapServers, partitions: 2 });
  await grantLeast(broker, topics);
  return topics;
}

/** Starts a bridge, which may not become ready. Disposal kills it. */
export async function startSecureBridge(
  broker: SecureBroker,
  topics: TopicNames,
  settings: Settings,
): Promise<SecureBridge> {
  const directory = join(broker.directory, randomUUID());
  await mkdir(directory);
  const [listen, adminPort] = [await freePort(), await freePort()];
  const tls = { certFile: join(directory, 'tls/tls.crt'), keyFile: join(directory, 'tls/tls.key') };
  const bridge = await startBridge({
    bootstrapServers: broker.bootstrapServers,
    registryUrl: inject('registryUrl'),
    directory,
    waitUntilReady: false,
    settings: {
      ...settings,
      listen: { host: '127.0.0.1', port: listen, tls },
      admin: { port: adminPort },
      kafka: { topics, brokers: broker.bootstrapServers, livenessIntervalMs: 500, ...settings['kafka'] },
    },
  });
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const sends = (primary: TestPrimary) => {
    const id = randomUUID();
    primary.send(envelope([jobs(job)], { id }));
    return id;
  };
  const ready = () => untilReadiness(adminUrl, (seen) => expect(seen).toMatchObject({ ready: true }));
  return {
    bridge,
    ready,
    connect: () =>
      connectPrimary(`wss://127.0.0.1:${listen}/nbwss`, bridge.tokens['primary1'] ?? '', bridge.pki.ca),
    sends,
    delivers: (primary) => primary.answered(sends(primary)),
    async records() {
      const offsets = await broker.admin.fetchTopicOffsets(topics.jobs);
      return offsets.reduce((sum, { high }) => sum + Number(high), 0);
    },
    async tells({ check, reason, stage, code }) {
      await untilReadiness(adminUrl, (seen) => {
        expect(seen).toMatchObject({ status: 503, ready: false });
        expect(seen?.checks[check]).toMatch(reason);
      });
      await vi.waitFor(async () => {
        const told = (await bridge.log()).filter((line) => reason.test(String(line['event.reason'])));
        expect(told.map((line) => line['log.level'])).toContain(stage === 'append' ? 'warn' : 'error');
      });
      const metrics = await readMetrics(adminUrl);
      expect(metrics.value('nbwss_errors_total', { stage, code })).toBeGreaterThan(0);
    },
    [Symbol.asyncDispose]: () => bridge[Symbol.asyncDispose](),
  };
}

/** Writes a file into the broker's folder and tells its path. */
export async function secretFile(broker: SecureBroker, content: string): Promise<string> {
  const file = join(broker.directory, randomUUID());
  await writeFile(file, content);
  return file;
}
