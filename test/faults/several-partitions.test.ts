/** Requests that carry several partitions: what becomes of one of them is nobody else's business. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Broker } from '../../tools/dev-stack/kafka.ts';
import type { ProduceFault } from '../../tools/faults/tcp-proxy.ts';
import { type FaultCluster, startFaultCluster } from './cluster.ts';
import { runCase } from './fault-case.ts';
import { caseBoundMs, lasting } from './given.ts';
import { moveLeaders } from './leaders.ts';
import { apartFrom, expectOnlyThoseToWait, onlyIn, partitions, placeOneBeside } from './one-partition.ts';

let cluster: FaultCluster;
beforeAll(async () => {
  cluster = await startFaultCluster();
}, 60_000);
afterEach(() => cluster.heal(), 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const faultMs = lasting(6, 60);
/** Of 24 partitions on three brokers such a message meets most, and a request that carries it several. */
const load = { messagesPerSecond: 30, entriesPerMessage: 20 };
const several = 3;

const faults: readonly (readonly [string, ProduceFault])[] = [
  ['loses its acknowledgement', 'lose-response'],
  ['is cut in the middle', 'cut-request'],
  ['has its response cut in the middle', 'cut-response'],
  ['is answered without a word of any of them', 'empty-response'],
];

test.each(faults)(
  '23: a request of several partitions that %s leaves no copy, no gap and the order',
  async (what, fault) => {
    const { verdict } = await runCase({ name: `23 request ${what}`, cluster, load }, async ({ metric }) => {
      const before = cluster.faults;
      const until = performance.now() + faultMs / 2;
      while (performance.now() < until) {
        for (const proxy of cluster.proxies) proxy.failProduce(fault, 1, several);
        await delay(400);
      }
      await cluster.heal();
      expect(cluster.faults - before, `requests of ${several} partitions or more`).toBeGreaterThanOrEqual(5);
      expect(await metric('nbwss_producer_ids_renewed_total')).toBe(0);
    });
    expect(verdict.duplicated).toBe(0);
  },
  faultMs + caseBoundMs,
);

test(
  '23, 24: while one partition has too few replicas in sync, requests with it are confirmed for the others, which are answered promptly',
  async () => {
    const { verdict } = await runCase(
      {
        name: '23, 24 one partition is refused',
        cluster,
        partitions,
        settings: { kafka: { requestTimeoutMs: 3_000 } },
        load: { ...load, ...apartFrom(0) },
        besideLoad: { messagesPerSecond: 10, inFlight: 16, entriesPerMessage: 20, ...onlyIn(0) },
      },
      async (context) => {
        const { bridges, netBackup, beside, metric } = context;
        const { jobs, images, deadLetters } = bridges.topics;
        const hanging = cluster.brokers[0] as Broker;
        await placeOneBeside(cluster.admin, [jobs, images, deadLetters], hanging);
        // What was sent to the old leaders has settled by then.
        await Promise.all([netBackup.further(60), beside.further(20)]);
        const retries = await metric('nbwss_produce_retries_total', { topic: images });
        cluster.pause(hanging);
        // A broker that hangs is in sync until its session is over.
        const refusals = () => metric('nbwss_errors_total', { stage: 'append', code: 'NOT_ENOUGH_REPLICAS' });
        await vi.waitFor(async () => expect(await refusals()).toBeGreaterThan(0), { timeout: 20_000 });
        await delay(1_000);
        await expectOnlyThoseToWait(context, faultMs);
        expect(await metric('nbwss_produce_retries_total', { topic: images })).toBe(retries);
        await cluster.heal();
      },
    );
    expect(verdict.duplicated).toBe(0);
  },
  faultMs + caseBoundMs,
);

test(
  '23: a request that arrives after some of its partitions moved is confirmed for the others, and those go to their new leaders',
  async () => {
    const options = { name: '23 leaders of some partitions move', cluster, load };
    const { verdict } = await runCase(options, async ({ bridges, metric }) => {
      const { jobs, images } = bridges.topics;
      // Long enough on its way that a leader moves meanwhile.
      for (const proxy of cluster.proxies) proxy.delayMs = 250;
      const until = performance.now() + faultMs;
      while (performance.now() < until) {
        const pause = delay(2_000);
        await moveLeaders(cluster.admin, [images]);
        await pause;
      }
      await cluster.heal();
      expect(await metric('nbwss_produce_retries_total', { topic: images })).toBeGreaterThan(0);
      expect(await metric('nbwss_produce_retries_total', { topic: jobs })).toBe(0);
      expect(await metric('nbwss_producer_ids_renewed_total')).toBe(0);
    });
    expect(verdict.duplicated).toBe(0);
  },
  faultMs + caseBoundMs,
);
