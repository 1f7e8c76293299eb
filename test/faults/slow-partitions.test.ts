/** What a broker makes us wait for: a partition whose follower hangs, and a quota. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Broker } from '../../tools/dev-stack/kafka.ts';
import { setProducerQuota } from './by-hand.ts';
import { type FaultCluster, startFaultCluster } from './cluster.ts';
import { runCase } from './fault-case.ts';
import { caseBoundMs, lasting } from './given.ts';
import { apartFrom, expectOnlyThoseToWait, onlyIn, partitions, placeOneBeside } from './one-partition.ts';
import { watchUp } from './up-watch.ts';

let cluster: FaultCluster;
beforeAll(async () => {
  cluster = await startFaultCluster({
    // A broker that is stopped for less stays a member of the cluster, and its replicas count as in sync.
    'broker.session.timeout.ms': '120000',
    'replica.lag.time.max.ms': '120000',
    // A quota is felt within a second or two, and forgotten as fast.
    'quota.window.num': '3',
    'quota.window.size.seconds': '1',
  });
}, 60_000);
afterEach(() => cluster.heal(), 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const faultMs = lasting(8, 60);
const requestTimeoutMs = 3_000;
/** The request times out, here or there, and its connection is given up. In ms. */
const firstStallMs = requestTimeoutMs + 2_000;

test(
  '24: while one partition waits for a follower that hangs the others are answered promptly, after the first stall',
  async () => {
    const { verdict } = await runCase(
      {
        name: '24 a follower of one partition hangs',
        cluster,
        partitions,
        settings: { kafka: { requestTimeoutMs } },
        load: { messagesPerSecond: 40, ...apartFrom(0) },
        besideLoad: { messagesPerSecond: 10, inFlight: 16, ...onlyIn(0) },
      },
      async (context) => {
        const { jobs, images, deadLetters } = context.bridges.topics;
        const hanging = cluster.brokers[0] as Broker;
        await placeOneBeside(cluster.admin, [jobs, images, deadLetters], hanging);
        cluster.pause(hanging);
        await delay(firstStallMs);
        await expectOnlyThoseToWait(context, faultMs);
        await cluster.heal();
      },
    );
    expect(verdict.duplicated).toBe(0);
  },
  faultMs + firstStallMs + caseBoundMs,
);

const clientId = 'nbwss-bridge-under-quota';
/** Of each broker: some third of what the load makes. */
const bytesPerSecond = 6_000;

test(
  '25: under a producer quota answers come slower, and that is all: Kafka is up, nothing is sent again, nothing claims to be a copy',
  async () => {
    const settings = { kafka: { clientId, livenessIntervalMs: 500 } };
    const { verdict } = await runCase(
      { name: '25 producer quota', cluster, settings },
      async ({ bridges, netBackup, metric }) => {
        await using up = watchUp(bridges.current.adminUrl);
        await setProducerQuota(cluster.direct[0] ?? '', clientId, bytesPerSecond);
        await delay(3_000);
        const { answers } = netBackup;
        const since = performance.now();
        await delay(faultMs - 3_000);
        const perSecond = (netBackup.answers - answers) / ((performance.now() - since) / 1000);
        expect(perSecond).toBeGreaterThan(1);
        expect(perSecond).toBeLessThan(45);
        await setProducerQuota(cluster.direct[0] ?? '', clientId, null);
        netBackup.faultEnded();
        await netBackup.recovered(12_000);
        await up.wasAlwaysUp();
        expect(await metric('nbwss_produce_retries_total')).toBe(0);
        expect(await metric('nbwss_producer_ids_renewed_total')).toBe(0);
        expect(await metric('nbwss_possible_duplicates_total')).toBe(0);
        expect(cluster.proxies.map(({ counts }) => counts.heedless)).toEqual([0, 0, 0]);
        expect(await metric('nbwss_throttled_seconds_total')).toBeGreaterThan(1);
        const actions = (await bridges.current.log()).map((line) => line['event.action']);
        expect(actions).toContain('produce-throttled');
      },
    );
    expect(verdict.duplicated).toBe(0);
  },
  faultMs + caseBoundMs,
);
