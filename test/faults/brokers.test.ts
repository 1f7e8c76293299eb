/** What brokers do: refuse, hang, hand over, die. The numbers are those of the requirement's list of faults. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createRandom } from '../../src/simulator/random.ts';
import type { Broker } from '../../tools/dev-stack/kafka.ts';
import { type Readiness, readiness, untilReadiness } from '../helpers/admin.ts';
import { connectKafkaAdmin } from '../helpers/kafka-admin.ts';
import { type FaultCluster, startFaultCluster } from './cluster.ts';
import { runCase } from './fault-case.ts';
import { caseBoundMs, lasting, recoveryBoundMs, seed } from './given.ts';
import { moveLeaders } from './leaders.ts';
import type { NetBackup } from './net-backup.ts';

let cluster: FaultCluster;
beforeAll(async () => {
  cluster = await startFaultCluster();
}, 60_000);
afterEach(() => cluster.heal(), 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const random = createRandom(seed);
const aBroker = () => cluster.brokers[random.bits() % 3] as Broker;

const refusalMs = lasting(15, 25);
const hangMs = lasting(15, 60);
const unrestMs = lasting(15, 60);
const shortageMs = lasting(8, 30);

/** What was under way when the fault began may be answered for another second, and then nothing is. */
async function silence(netBackup: NetBackup, forMs: number): Promise<void> {
  await delay(1_000);
  const { answers } = netBackup;
  await delay(forMs - 1_000);
  expect(netBackup.answers).toBe(answers);
}

/** Ends with the last step that begins within the time. */
async function everyFewSeconds(forMs: number, stepMs: number, step: () => Promise<void>): Promise<void> {
  const begun = performance.now();
  while (performance.now() - begun < forMs) {
    const pause = delay(stepMs);
    await step();
    await pause;
  }
}

test(
  '1: while all brokers refuse nothing is answered, the bridge is unready and answers pings, and it recovers by itself',
  async () => {
    await runCase({ name: '1 brokers refuse', cluster }, async ({ bridges, netBackup, metric }) => {
      await cluster.mode('refuse');
      const begun = performance.now();
      await untilReadiness(bridges.current.adminUrl, (seen) => expect(seen?.status).toBe(503));
      expect((await readiness(bridges.current.adminUrl))?.checks['kafka']).toMatch(/Kafka/);
      expect(await metric('nbwss_kafka_up')).toBe(0);
      const answered = netBackup.answers;
      await delay(refusalMs - (performance.now() - begun));
      expect(netBackup.answers).toBe(answered);
      expect(netBackup.report().connections).toMatchObject({ established: 1, closes: {} });
      await cluster.mode('pass');
      netBackup.faultEnded();
      await untilReadiness(
        bridges.current.adminUrl,
        (seen) => expect(seen?.status).toBe(200),
        recoveryBoundMs,
      );
      expect(await metric('nbwss_kafka_up')).toBe(1);
    });
  },
  refusalMs + caseBoundMs,
);

test.each([
  ['their processes are stopped', 'SIGSTOP'],
  ['their packets are dropped without a reset', 'stall'],
] as const)(
  '2: while all brokers hang because %s nothing is answered; then each request is, and Kafka holds one copy',
  async (_, how) => {
    const load = { messagesPerSecond: 100, inFlight: 200 };
    const { verdict } = await runCase(
      { name: `2 brokers hang: ${how}`, cluster, load },
      async ({ bridges, netBackup, metric }) => {
        if (how === 'stall') await cluster.mode('stall');
        else cluster.brokers.forEach((broker) => cluster.pause(broker));
        await silence(netBackup, hangMs);
        expect(netBackup.report().messages.resends).toBeGreaterThanOrEqual(200 * Math.floor(hangMs / 6000));
        expect(await metric('nbwss_in_flight_messages')).toBeLessThanOrEqual(256);
        expect(await metric('process_resident_memory_bytes')).toBeLessThan(400 * 1024 * 1024);
        await cluster.heal();
        netBackup.faultEnded();
        await netBackup.recovered(recoveryBoundMs);
        await netBackup.pause();
        const { messages, connections } = netBackup.report();
        await vi.waitFor(() =>
          expect(netBackup.report().messages.answered + netBackup.report().messages.duplicateAnswers).toBe(
            messages.sent + messages.resends,
          ),
        );
        expect(connections).toMatchObject({ established: 1, closes: {} });
        const ready = (seen: Readiness | null) => expect(seen?.status).toBe(200);
        await untilReadiness(bridges.current.adminUrl, ready, recoveryBoundMs);
      },
    );
    expect(verdict.duplicated).toBe(0);
  },
  hangMs + caseBoundMs,
);

test(
  '3: leaders that move every 2 s cost neither a record nor the order',
  async () => {
    await runCase({ name: '3 leaders move', cluster }, async ({ bridges }) => {
      await everyFewSeconds(unrestMs, 2_000, () =>
        moveLeaders(cluster.admin, [bridges.topics.jobs, bridges.topics.images]),
      );
    });
  },
  unrestMs + caseBoundMs,
);

test(
  '4: brokers that are killed and restarted every 5 s cost neither a record nor the order',
  async () => {
    await runCase({ name: '4 brokers are killed', cluster }, async () => {
      await everyFewSeconds(unrestMs, 5_000, async () => {
        cluster.crash(aBroker());
        await cluster.heal();
      });
    });
  },
  unrestMs + caseBoundMs,
);

test(
  '7: while fewer replicas are in sync than the topic demands nothing is answered, and everything after',
  async () => {
    await runCase({ name: '7 not enough replicas', cluster }, async ({ bridges, netBackup, metric }) => {
      await using admin = await connectKafkaAdmin(cluster.direct);
      for (const topic of [bridges.topics.jobs, bridges.topics.images])
        await admin.configure(topic, 'min.insync.replicas', '3');
      cluster.crash(aBroker());
      const refusals = () => metric('nbwss_errors_total', { stage: 'append', code: 'NOT_ENOUGH_REPLICAS' });
      await vi.waitFor(async () => expect(await refusals()).toBeGreaterThan(0), { timeout: 20_000 });
      const answered = netBackup.answers;
      await delay(shortageMs);
      expect(netBackup.answers).toBe(answered);
      await cluster.heal();
    });
  },
  shortageMs + caseBoundMs,
);

test(
  '7: while two of three brokers are dead nothing is answered, and everything after',
  async () => {
    await runCase({ name: '7 two brokers are dead', cluster }, async ({ netBackup }) => {
      const first = aBroker();
      cluster.crash(first);
      cluster.crash(cluster.brokers.find((broker) => broker !== first) ?? first);
      await silence(netBackup, shortageMs);
      await cluster.heal();
    });
  },
  shortageMs + caseBoundMs,
);
