/** A broker that has forgotten our producer id: for its age, or with the topic. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type FaultCluster, startFaultCluster } from './cluster.ts';
import { type FaultContext, runCase } from './fault-case.ts';
import { caseBoundMs, lasting } from './given.ts';
import { createTopic } from './topics.ts';

const producerIdExpirationMs = 1_000;
const expirationCheckMs = 500;
/** A broker has surely forgotten then, though it is busy. */
const forgottenMs = producerIdExpirationMs + 3 * expirationCheckMs;

let cluster: FaultCluster;
beforeAll(async () => {
  cluster = await startFaultCluster({
    'producer.id.expiration.ms': String(producerIdExpirationMs),
    'producer.id.expiration.check.interval.ms': String(expirationCheckMs),
  });
}, 60_000);
afterEach(() => cluster.heal(), 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const partitions = 12;
const settings = { kafka: { producerIdExpirationMs } };

/** Resolves when an acknowledgement is lost at each broker, and nothing passes any more. */
async function stallAllWithLostAcknowledgements(): Promise<void> {
  const before = cluster.faults;
  for (const proxy of cluster.proxies) proxy.stallAfterProduce();
  await vi.waitFor(() => expect(cluster.faults).toBe(before + cluster.proxies.length), { timeout: 20_000 });
}

test(
  '26: records go on after a pause in which the broker forgot the producer id: none is lost, and none is there twice',
  async () => {
    const name = '26 producer id expires in a pause';
    const { verdict } = await runCase({ name, cluster, settings }, async ({ netBackup, metric }) => {
      for (let pause = 0; pause < lasting(2, 10) / 1000; pause++) {
        await netBackup.pause();
        await delay(forgottenMs);
        netBackup.start();
        await netBackup.further(60);
      }
      expect(await metric('nbwss_possible_duplicates_total')).toBe(0);
    });
    expect(verdict.duplicated).toBe(0);
  },
  caseBoundMs,
);

test(
  '26: a batch whose acknowledgement was lost, and whose producer id was forgotten since, may be there twice, and is counted',
  async () => {
    const name = '26 producer id expires before the retry';
    const { verdict } = await runCase({ name, cluster, settings }, async ({ metric }) => {
      await stallAllWithLostAcknowledgements();
      await delay(forgottenMs);
      await cluster.mode('pass');
      await vi.waitFor(
        async () => expect(await metric('nbwss_possible_duplicates_total')).toBeGreaterThan(0),
        { timeout: 12_000 },
      );
    });
    expect(verdict.duplicated, 'the broker takes such a batch as a new one').toBeGreaterThan(0);
  },
  caseBoundMs,
);

test(
  '26: a topic that is deleted and made again while batches are of unknown outcome gets everything that was not answered before',
  async () => {
    const name = '26 topic made again, outcome unknown';
    // A message of one entry is answered as soon as that is confirmed: what was confirmed, and not answered, would have gone with the topic.
    const load = { entriesPerMessage: 1, jobShare: 1, messagesPerSecond: 120 };
    const recreate = async ({ bridges, netBackup }: FaultContext) => {
      const { jobs } = bridges.topics;
      await stallAllWithLostAcknowledgements();
      await cluster.mode('stall');
      // Answers that are on their way to NetBackup.
      await delay(200);
      await cluster.admin.deleteTopics({ topics: [jobs] });
      netBackup.ledger.forgetAnswers();
      await createTopic(cluster.admin, jobs, partitions);
      await cluster.mode('pass');
      netBackup.faultEnded();
      await netBackup.recovered(20_000);
      await netBackup.further(200);
    };
    await runCase({ name, cluster, settings, partitions, load }, recreate);
  },
  caseBoundMs,
);
