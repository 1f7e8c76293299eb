/** What becomes of topics: deleted and created anew, with other partitions, and with a limit that a record breaks. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { readiness, untilReadiness } from '../helpers/admin.ts';
import { connectKafkaAdmin } from '../helpers/kafka-admin.ts';
import { type FaultCluster, startFaultCluster } from './cluster.ts';
import { runCase } from './fault-case.ts';
import { caseBoundMs, lasting } from './given.ts';
import { withHugeEntry, withOneEntry } from './large-messages.ts';
import { createTopic } from './topics.ts';

let cluster: FaultCluster;
beforeAll(async () => {
  cluster = await startFaultCluster();
}, 60_000);
afterEach(() => cluster.heal(), 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const absentMs = lasting(8, 30);

test.each([
  ['as it was', 12],
  ['with fewer partitions', 5],
  ['with more partitions', 20],
])(
  '8: a topic that is deleted and created anew %s gets everything that was not answered before',
  async (_, partitions) => {
    await runCase(
      { name: `8 topic anew, 12 to ${partitions} partitions`, cluster },
      async ({ bridges, netBackup }) => {
        const { adminUrl } = bridges.current;
        await netBackup.pause();
        await cluster.admin.deleteTopics({ topics: [bridges.topics.jobs] });
        // What was answered so far went with the topic, by the order of whoever deleted it.
        netBackup.ledger.forgetAnswers();
        await untilReadiness(adminUrl, (seen) => expect(seen?.checks['kafka']).toMatch(/topic/));
        netBackup.start();
        const answered = netBackup.answers;
        await delay(absentMs);
        expect(netBackup.answers - answered, 'messages of images only').toBeLessThan(64);
        expect((await readiness(adminUrl))?.status).toBe(503);
        const lines = (await bridges.current.log()).map((line) => String(line['event.reason']));
        expect(
          lines.some((line) => line.includes(bridges.topics.jobs) && line.includes('topics create')),
        ).toBe(true);
        await createTopic(cluster.admin, bridges.topics.jobs, partitions);
        netBackup.faultEnded();
        await netBackup.recovered(20_000);
        await untilReadiness(adminUrl, (seen) => expect(seen?.status).toBe(200));
      },
    );
  },
  absentMs + caseBoundMs,
);

test(
  '8: partitions that are added under load are used, and cost neither a record nor the order',
  async () => {
    const { verdict } = await runCase(
      { name: '8 partitions are added', cluster },
      async ({ bridges, netBackup }) => {
        await cluster.admin.createPartitions({
          topicPartitions: [{ topic: bridges.topics.jobs, count: 18 }],
        });
        await vi.waitFor(
          async () => {
            const records = await bridges.read();
            expect(
              records.some(({ topic, partition }) => topic === bridges.topics.jobs && partition >= 12),
            ).toBe(true);
          },
          { timeout: 30_000, interval: 2_000 },
        );
        await netBackup.further(100);
      },
    );
    expect(verdict.duplicated).toBe(0);
  },
  caseBoundMs,
);

test(
  "9: records over the topic's limit become dead letters, whether we know the limit or the broker tells us, and their neighbours pass",
  async () => {
    const { verdict } = await runCase(
      { name: '9 records too large', cluster },
      async ({ bridges, netBackup, metric }) => {
        await netBackup.one(withHugeEntry(1_500_000));
        await using admin = await connectKafkaAdmin(cluster.direct);
        // The bridge reads the limit once a minute: until then the broker is the first to refuse.
        await admin.configure(bridges.topics.jobs, 'max.message.bytes', '50000');
        for (let count = 0; count < 5; count++) await netBackup.one(withHugeEntry(60_000));
        expect(await metric('nbwss_batches_refused_total', { code: 'MESSAGE_TOO_LARGE' })).toBeGreaterThan(0);
      },
    );
    expect(verdict.deadLetters).toHaveLength(6);
    expect(verdict.deadLetters.every((name) => name.endsWith(':1'))).toBe(true);
    expect(verdict.duplicated).toBe(0);
  },
  caseBoundMs,
);

test(
  '9: a record that was written, was not confirmed, and is over a limit that was lowered since takes no other record with it',
  async () => {
    const { verdict } = await runCase(
      { name: '9 limit lowered, answer lost', cluster },
      async ({ bridges, netBackup }) => {
        await netBackup.pause();
        await netBackup.one(withOneEntry());
        const before = cluster.faults;
        for (const proxy of cluster.proxies) proxy.stallAfterProduce();
        const large = netBackup.one(withOneEntry(200_000));
        await vi.waitFor(() => expect(cluster.faults).toBe(before + 1), { timeout: 20_000, interval: 5 });
        await using admin = await connectKafkaAdmin(cluster.direct);
        await admin.configure(bridges.topics.jobs, 'max.message.bytes', '50000');
        await cluster.mode('pass');
        await large;
        // Each is a batch of as many records as the one that was given up.
        for (let count = 0; count < 5; count++) await netBackup.one(withOneEntry());
        netBackup.start();
      },
    );
    expect(verdict.deadLetters).toHaveLength(1);
  },
  caseBoundMs,
);
