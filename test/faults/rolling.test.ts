/** Updates of the Deployment that the chart makes, and the loss of a replica, as the primaries see them. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { untilReadiness } from '../helpers/admin.ts';
import { freshTopics } from '../helpers/bridge.ts';
import { type FaultCluster, startFaultCluster } from './cluster.ts';
import { chart, type Ended, type Pod } from './deployment.ts';
import { caseBoundMs, lasting } from './given.ts';
import { load, type RollingContext, runRolling } from './rolling-case.ts';

let cluster: FaultCluster;
beforeAll(async () => {
  cluster = await startFaultCluster();
}, 60_000);
afterEach(() => cluster.heal(), 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

/** The full form has the chart's delay. */
const drain = { delayMs: lasting(1.5, 5), deadlineMs: 25_000 };
/** A node hears of a change of the endpoints a moment later; it has to be well before the end of the delay. */
const lagMs = lasting(0.6, 2);
const graceMs = chart.terminationGracePeriodSeconds * 1000;

/** No update turns anybody away, or keeps somebody waiting who comes anew. */
function expectNobodyRefused({ deployment, netBackups, newcomers }: RollingContext): void {
  expect(deployment.address.refused).toEqual([]);
  expect(newcomers.failures).toEqual([]);
  expect(newcomers.served).toBeGreaterThan(0);
  for (const { report } of netBackups.values()) expect(report().connections.failures).toEqual({});
}

const endpointsOf = (pods: readonly Pod[]) => new Set(pods.map(({ endpoint }) => endpoint));

/** Updates once, while everything is served. @returns how the old replicas ended */
async function updateUnderLoad(context: RollingContext, removalLagMs: number): Promise<readonly Ended[]> {
  const { deployment, netBackups, further } = context;
  expect(chart).toMatchObject({ replicas: 2, strategy: { maxSurge: '100%', maxUnavailable: 0 } });
  const update = await deployment.update({ removalLagMs });
  const ended = await update.done;
  await further(20);
  expect(ended.map(({ end }) => end)).toEqual(['exit code 0', 'exit code 0']);
  for (const { tookMs } of ended) expect(tookMs).toBeLessThan(graceMs);
  expect(deployment.address.endpoints).toEqual(endpointsOf(update.pods));
  expectNobodyRefused(context);
  for (const { report, gaps } of netBackups.values()) {
    const { established, closes } = report().connections;
    expect(Object.keys(closes)).toEqual(['1001']);
    expect(established).toBe(1 + (closes['1001'] ?? 0));
    expect(gaps.length).toBeGreaterThanOrEqual(1);
    // From the one old replica to the other, and from there to a new one.
    expect(gaps.length).toBeLessThanOrEqual(ended.length);
  }
  return ended;
}

test(
  '20: an update replaces both replicas under load: nothing is lost or doubled, and nobody finds the address closed',
  async () => {
    const name = '20 update, endpoint removed with SIGTERM';
    await runRolling({ name, cluster, settings: { drain }, maxCopies: 0 }, async (context) => {
      await updateUnderLoad(context, 0);
    });
  },
  caseBoundMs,
);

test(
  '20: whom the address still sends to a replica that was told to end is served by it',
  async () => {
    const name = `20 update, endpoint removed ${lagMs / 1000} s after SIGTERM`;
    await runRolling({ name, cluster, settings: { drain }, maxCopies: 0 }, async (context) => {
      const ended = await updateUnderLoad(context, lagMs);
      for (const { latecomers } of ended) expect(latecomers).toBeGreaterThan(0);
    });
  },
  caseBoundMs,
);

test(
  '20: a replica is killed under load: its primaries go to the other one, and nothing that was answered is lost',
  async () => {
    const name = `20 one replica killed, endpoint removed ${lagMs / 1000} s later`;
    const victims = 2;
    const maxCopies = victims * load.inFlight * load.entriesPerMessage;
    await runRolling({ name, cluster, settings: { drain }, maxCopies }, async (context) => {
      const { deployment, netBackups, further } = context;
      await deployment.kill(deployment.pods[0] as Pod, lagMs);
      await further(20);
      const closes = [...netBackups.values()].map(({ report }) => report().connections.closes);
      expect(closes.filter((codes) => codes['1006'] === 1)).toHaveLength(victims);
      expect(closes.filter((codes) => Object.keys(codes).length === 0)).toHaveLength(
        netBackups.size - victims,
      );
    });
  },
  caseBoundMs,
);

test(
  '20: a version that does not get ready takes no connection and ends no replica, and is rolled back unnoticed',
  async () => {
    const name = '20 a version that does not get ready';
    await runRolling({ name, cluster, settings: { drain }, maxCopies: 0 }, async (context) => {
      const { deployment, netBackups, further } = context;
      const endpoints = endpointsOf(deployment.pods);
      const update = await deployment.update({ settings: { kafka: { topics: freshTopics() } } });
      for (const { adminUrl } of update.pods)
        await untilReadiness(adminUrl, (seen) => {
          expect(seen).toMatchObject({
            status: 503,
            checks: { schemas: expect.stringContaining('subject') },
          });
        });
      await further(100);
      const ended = await update.rollBack();
      expect(ended.map(({ end }) => end)).toEqual(['exit code 0', 'exit code 0']);
      await further(20);
      expect(endpointsOf(deployment.pods)).toEqual(endpoints);
      expect(deployment.address.endpoints).toEqual(endpoints);
      expect(ended.map(({ latecomers }) => latecomers)).toEqual([0, 0]);
      expectNobodyRefused(context);
      for (const { report, gaps } of netBackups.values()) {
        expect(report()).toMatchObject({ connections: { closes: {} }, messages: { resends: 0 } });
        expect(gaps).toEqual([]);
      }
    });
  },
  caseBoundMs,
);
