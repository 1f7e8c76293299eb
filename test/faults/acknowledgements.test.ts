/** What the network does between the bridge and one broker, and what becomes of one partition among others. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Broker } from '../../tools/dev-stack/kafka.ts';
import { createRandom } from '../../src/simulator/random.ts';
import { type FaultCluster, startFaultCluster } from './cluster.ts';
import { runCase } from './fault-case.ts';
import { caseBoundMs, lasting, seed } from './given.ts';
import { place, untilPlaced } from './leaders.ts';
import type { SentEntry } from './ledger.ts';

let cluster: FaultCluster;
beforeAll(async () => {
  cluster = await startFaultCluster();
}, 60_000);
afterEach(() => cluster.heal(), 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const faultMs = lasting(8, 60);
const eventName = ({ messageId, entryIndex }: SentEntry) => `${messageId}:${entryIndex}`;

test(
  '5: an acknowledgement that is lost after the append makes no copy',
  async () => {
    const { verdict } = await runCase({ name: '5 acknowledgements are lost', cluster }, async () => {
      const before = cluster.faults;
      const until = performance.now() + faultMs;
      while (performance.now() < until) {
        for (const proxy of cluster.proxies) proxy.failProduce('lose-response', 1);
        await delay(500);
      }
      await cluster.heal();
      expect(cluster.faults - before).toBeGreaterThanOrEqual(5);
    });
    expect(verdict.duplicated).toBe(0);
  },
  faultMs + caseBoundMs,
);

test(
  '5: a connection that breaks at any byte, of a request or of a response, makes no copy',
  async () => {
    const random = createRandom(seed);
    const { verdict } = await runCase({ name: '5 connections break at any byte', cluster }, async () => {
      const before = cluster.faults;
      const until = performance.now() + faultMs;
      while (performance.now() < until) {
        for (const proxy of cluster.proxies) {
          proxy.delayMs = random.bits() % 20;
          proxy.cutAfter(random.bits() % 20_000, random.pick(['request', 'response']));
        }
        await delay(400);
      }
      await cluster.heal();
      expect(cluster.faults - before).toBeGreaterThanOrEqual(5);
    });
    expect(verdict.duplicated).toBe(0);
  },
  faultMs + caseBoundMs,
);

test(
  '5: an acknowledgement that does not name the batch is not believed: the same batch is sent again, and nothing is in Kafka twice',
  async () => {
    const { verdict } = await runCase(
      { name: '5 acknowledgements name nothing', cluster },
      async ({ netBackup, metric }) => {
        const before = cluster.faults;
        for (let round = 0; round < faultMs / 4_000; round++) {
          // Nothing of it was written; and then all of it was.
          for (const fault of ['answer-empty', 'empty-response'] as const) {
            for (const proxy of cluster.proxies) proxy.failProduce(fault, 2);
            await delay(1_000);
            await netBackup.further(20);
          }
        }
        expect(cluster.faults - before).toBeGreaterThanOrEqual(5);
        expect(await metric('nbwss_produce_retries_total')).toBeGreaterThanOrEqual(5);
        expect(await metric('nbwss_producer_ids_renewed_total')).toBe(0);
        expect(await metric('nbwss_possible_duplicates_total')).toBe(0);
      },
    );
    expect(verdict.duplicated).toBe(0);
  },
  faultMs + caseBoundMs,
);

test(
  '6: of a message only the records of the failing partition are sent again, and the answer waits for them',
  async () => {
    const { verdict } = await runCase(
      { name: '6 one partition fails', cluster },
      async ({ bridges, netBackup, metric }) => {
        const { jobs, images } = bridges.topics;
        // Partition 0 lives on brokers 1 and 2, everything else on 2 and 3: without broker 1 it alone has too few replicas in sync.
        const replicas = (topic: string, partition: number) =>
          topic === jobs && partition === 0 ? [1, 2] : [2, 3];
        await place(cluster.admin, [jobs, images], replicas);
        cluster.crash(cluster.brokers[0] as Broker);
        const refusals = () => metric('nbwss_errors_total', { stage: 'append', code: 'NOT_ENOUGH_REPLICAS' });
        await vi.waitFor(async () => expect(await refusals()).toBeGreaterThan(0), { timeout: 20_000 });
        const answered = netBackup.answers;
        await delay(faultMs);
        expect(await metric('nbwss_in_flight_messages')).toBe(64);
        // Among 64 messages in flight soon every one waits for that partition.
        expect(netBackup.answers - answered).toBeLessThan(200);
        const records = await bridges.read();
        const { entries } = netBackup.ledger;
        const unanswered = new Set(entries.keys()).difference(
          new Set(netBackup.ledger.answeredEntries().map(eventName)),
        );
        const written = records.map(
          ({ value }) => `${String(value?.['messageId'])}:${String(value?.['entryIndex'])}`,
        );
        expect(
          written.filter((name) => unanswered.has(name)).length,
          'their siblings are committed',
        ).toBeGreaterThan(64);
        await cluster.heal();
        await untilPlaced(cluster.admin, [jobs, images], replicas);
      },
    );
    expect(verdict.duplicated).toBe(0);
  },
  faultMs + caseBoundMs,
);
