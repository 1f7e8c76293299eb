/** Partitions without a leader, somebody else's and our own, and a topic of ours that is away. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Broker } from '../../tools/dev-stack/kafka.ts';
import { untilReadiness } from '../helpers/admin.ts';
import { createTopicsAndSubjects, freshTopics, stackFlags } from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { writeConfigFile } from '../helpers/config-file.ts';
import { configureTopic } from './by-hand.ts';
import { type FaultCluster, startFaultCluster } from './cluster.ts';
import { type FaultContext, runCase } from './fault-case.ts';
import { caseBoundMs, lasting } from './given.ts';
import { withOneEntry } from './large-messages.ts';
import { place } from './leaders.ts';
import { apartFrom, expectOnlyThoseToWait, onlyIn, partitions } from './one-partition.ts';
import { createTopic } from './topics.ts';
import { watchUp } from './up-watch.ts';

let cluster: FaultCluster;
beforeAll(async () => {
  cluster = await startFaultCluster();
}, 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const faultMs = lasting(6, 60);
const livenessIntervalMs = 500;

/** Only these two lead partitions of ours. */
const survivors = [2, 3];
const firstBroker = () => cluster.brokers[0] as Broker;

describe('21: a partition of somebody else without a leader', () => {
  const foreign = 'somebody.elses';
  const topics = freshTopics();
  /** Its broker is away, and would be a finding of its own. */
  const brokers = () => cluster.direct.slice(1);

  beforeAll(async () => {
    await createTopicsAndSubjects(topics, { bootstrapServers: cluster.direct, partitions });
    await place(cluster.admin, Object.values(topics), () => survivors);
    const replicaAssignment = [{ partition: 0, replicas: [firstBroker().nodeId] }];
    const somebodys = { topic: foreign, numPartitions: -1, replicationFactor: -1, replicaAssignment };
    await cluster.admin.createTopics({ topics: [somebodys], waitForLeaders: false });
    cluster.crash(firstBroker());
    const described = () => cluster.admin.fetchTopicMetadata({ topics: [foreign] });
    await vi.waitFor(() => expect(described()).rejects.toThrow(/leader/), { timeout: 20_000 });
  }, 60_000);
  afterAll(() => cluster.heal(), 60_000);

  test.each([['check'], ['create', '--partitions', '4', '--replication', '2']])(
    '21: does not disturb `topics %s`',
    async (...words) => {
      const flags = stackFlags(words[0] === 'check' ? topics : freshTopics(), brokers());
      const kafkaFlags = flags.slice(0, flags.indexOf('--registry-url'));
      const { exitCode, stderr } = await nbwssBridge(['topics', ...words, ...kafkaFlags]);
      expect({ exitCode, problems: stderr.replaceAll(/^nbwss-bridge: warning: .*\n/gm, '') }).toEqual({
        exitCode: 0,
        problems: '',
      });
    },
  );

  test('21: does not disturb `check-config --connect`', async () => {
    const { file } = await writeConfigFile({ kafka: { brokers: brokers(), topics } });
    const { exitCode, stdout, stderr } = await nbwssBridge(['check-config', '--connect', '--config', file]);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toContain('a producer id was given');
  });

  test(
    '21: does not disturb a start under load, a restart, the liveness of Kafka, or a new producer id',
    async () => {
      const settings = { kafka: { brokers: cluster.proxied.slice(1), livenessIntervalMs } };
      const options = { name: '21 foreign partition without a leader', cluster, settings };
      await runCase(options, async (context) => {
        const { bridges, netBackup } = context;
        for (let start = 0; start < 2; start++) {
          await using up = watchUp(bridges.current.adminUrl);
          await delay(6 * livenessIntervalMs);
          await netBackup.further(40);
          await up.wasAlwaysUp();
          const before = bridges.current;
          await bridges.replace();
          expect(await before.stop('SIGTERM')).toBe('exit code 0');
        }
        await renewProducerId(context);
      });
    },
    caseBoundMs,
  );
});

/** A batch that may have been written, and is refused then, leaves a number that may be taken: the partition goes on with another id. */
async function renewProducerId({ bridges, netBackup, metric }: FaultContext): Promise<void> {
  await netBackup.pause();
  const before = cluster.faults;
  for (const proxy of cluster.proxies) proxy.stallAfterProduce();
  const large = netBackup.one(withOneEntry(200_000));
  await vi.waitFor(() => expect(cluster.faults).toBe(before + 1), { timeout: 20_000, interval: 5 });
  await configureTopic(cluster.direct[1] ?? '', bridges.topics.jobs, 'max.message.bytes', '50000');
  await cluster.mode('pass');
  await large;
  await netBackup.one(withOneEntry());
  expect(
    await metric('nbwss_producer_ids_renewed_total', { topic: bridges.topics.jobs }),
  ).toBeGreaterThanOrEqual(1);
  netBackup.start();
}

/** Resolves when the bridge is unready and says why by this name, in `/readyz` and in a line of its log. */
async function untilNamed({ bridges }: FaultContext, name: string): Promise<void> {
  await untilReadiness(bridges.current.adminUrl, (seen) => {
    expect(Object.values(seen?.checks ?? {}).join('\n')).toContain(name);
  });
  await vi.waitFor(async () => {
    const lines = (await bridges.current.log()).filter(({ 'log.level': level }) => level !== 'info');
    const named = lines.map((line) => {
      const { 'nbwss.topic': its, 'nbwss.partition': partition, 'event.reason': reason } = line;
      return `${String(its)}/${String(partition)} ${String(reason)}`;
    });
    expect(named.filter((line) => line.includes(name))).not.toEqual([]);
  });
}

describe('22: a partition or a topic of ours that is away', () => {
  afterEach(() => cluster.heal(), 60_000);

  test(
    '22: while one of our partitions has no leader only messages with entries there wait, and the partition is named',
    async () => {
      const options = {
        name: '22 own partition without a leader',
        cluster,
        partitions,
        settings: { kafka: { livenessIntervalMs } },
        load: { messagesPerSecond: 40, ...apartFrom(0) },
        besideLoad: { messagesPerSecond: 10, inFlight: 16, ...onlyIn(0) },
      };
      await runCase(options, async (context) => {
        const { jobs, images } = context.bridges.topics;
        await configureTopic(cluster.direct[0] ?? '', jobs, 'min.insync.replicas', '1');
        await place(cluster.admin, [jobs, images], (topic, partition) =>
          topic === jobs && partition === 0 ? [firstBroker().nodeId] : survivors,
        );
        cluster.crash(firstBroker());
        await untilNamed(context, `${jobs}/0`);
        await expectOnlyThoseToWait(context, faultMs);
        await cluster.heal();
      });
    },
    faultMs + caseBoundMs,
  );

  test(
    '22: while one of our topics is away messages with entries only in the other one are answered, and the topic is named',
    async () => {
      const options = {
        name: '22 own topic is away',
        cluster,
        settings: { kafka: { livenessIntervalMs } },
        load: { messagesPerSecond: 40, jobShare: 0 },
        besideLoad: { messagesPerSecond: 10, inFlight: 16 },
      };
      await runCase(options, async (context) => {
        const { netBackup, beside, bridges } = context;
        const { jobs } = bridges.topics;
        await beside.pause();
        await cluster.admin.deleteTopics({ topics: [jobs] });
        // What was answered so far went with the topic, by the order of whoever deleted it.
        beside.ledger.forgetAnswers();
        await untilNamed(context, jobs);
        beside.start();
        await expectOnlyThoseToWait(context, faultMs);
        await createTopic(cluster.admin, jobs, partitions);
        for (const each of [netBackup, beside]) each.faultEnded();
        await Promise.all([netBackup.recovered(20_000), beside.recovered(20_000)]);
      });
    },
    faultMs + caseBoundMs,
  );
});
