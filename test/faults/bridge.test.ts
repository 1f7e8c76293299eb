/** What becomes of the bridge itself: killed, drained, replaced, and cut off from NetBackup. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../src/simulator/random.ts';
import { envelope, image, images, job, jobs } from '../helpers/messages.ts';
import { connectPrimary } from '../helpers/primary.ts';
import { startBridges } from './bridges.ts';
import { type FaultCluster, startFaultCluster } from './cluster.ts';
import { type FaultContext, runCase } from './fault-case.ts';
import { caseBoundMs, lasting, seed } from './given.ts';
import { defaultLoad } from './net-backup.ts';

let cluster: FaultCluster;
beforeAll(async () => {
  cluster = await startFaultCluster();
}, 60_000);
afterEach(() => cluster.heal(), 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const random = createRandom(seed);
/** What is in flight when a bridge is lost may be in Kafka, and is sent to the next one again. */
const inFlightEntries = defaultLoad.inFlight * defaultLoad.entriesPerMessage;
const times = (short: number, full: number) => lasting(short, full) / 1000;

test(
  '11: a connection that is cut between commit and answer makes no copy: the resend is recognised',
  async () => {
    const { verdict } = await runCase(
      { name: '11 connection cut', cluster },
      async ({ netBackup, metric }) => {
        for (let cut = 0; cut < times(10, 60); cut++) {
          await delay(random.bits() % 500);
          netBackup.cut();
          await netBackup.further(20);
        }
        expect(await metric('nbwss_coalesced_total')).toBeGreaterThan(0);
        expect(netBackup.report().connections.established).toBeGreaterThan(times(10, 60));
      },
    );
    expect(verdict.duplicated).toBe(0);
  },
  caseBoundMs,
);

test(
  '15: every answered entry is in Kafka although the bridge is killed at random points under load',
  async () => {
    const kills = times(4, 20);
    const name = '15 bridge is killed';
    await runCase(
      { name, cluster, maxCopies: () => kills * inFlightEntries },
      async ({ bridges, netBackup }) => {
        for (let kill = 0; kill < kills; kill++) {
          await delay(random.bits() % 1_500);
          await bridges.current.stop('SIGKILL');
          await bridges.replace();
          await netBackup.further(40);
        }
      },
    );
  },
  caseBoundMs + times(4, 20) * 5_000,
);

test(
  '19: on SIGTERM under load what is in flight is committed and answered, and the bridge exits with 0',
  async () => {
    const { verdict } = await runCase({ name: '19 SIGTERM', cluster }, async ({ bridges }) => {
      expect(await bridges.current.stop('SIGTERM')).toBe('exit code 0');
      await bridges.replace();
    });
    expect(verdict.duplicated).toBe(0);
  },
  caseBoundMs,
);

/** Kafka hangs, and so does what is in flight. */
async function hang({ netBackup }: FaultContext): Promise<void> {
  await cluster.mode('stall');
  await delay(1_000);
  expect(netBackup.report().messages.unanswered).toBeGreaterThan(0);
}

test(
  '19: a second SIGTERM ends the bridge at once with 1, though Kafka hangs; its successor loses nothing',
  async () => {
    const name = '19 second SIGTERM';
    await runCase({ name, cluster, maxCopies: () => inFlightEntries }, async (context) => {
      const { current } = context.bridges;
      await hang(context);
      current.process.signal('SIGTERM');
      await expect
        .poll(async () => (await current.log()).some(({ message }) => message === 'draining'))
        .toBe(true);
      const asked = performance.now();
      expect(await current.stop('SIGTERM')).toBe('exit code 1');
      expect(performance.now() - asked).toBeLessThan(1_000);
      await cluster.heal();
      await context.bridges.replace();
    });
  },
  caseBoundMs,
);

test(
  '19: past the drain deadline the bridge exits with 1 by its bound, though Kafka hangs; its successor loses nothing',
  async () => {
    const settings = { drain: { delayMs: 0, deadlineMs: 3_000 } };
    const name = '19 drain deadline passed';
    await runCase({ name, cluster, settings, maxCopies: () => inFlightEntries }, async (context) => {
      await hang(context);
      const asked = performance.now();
      expect(await context.bridges.current.stop('SIGTERM')).toBe('exit code 1');
      expect(performance.now() - asked).toBeLessThan(3_000 + 5_000);
      await cluster.heal();
      await context.bridges.replace();
    });
  },
  caseBoundMs,
);

test(
  '20: a rolling restart of the replicas behind one address loses nothing, keeps the order, and serves the reconnect',
  async () => {
    const name = '20 rolling restart';
    const restarts = times(4, 10);
    const { verdict } = await runCase(
      { name, cluster, maxCopies: () => restarts * inFlightEntries },
      async ({ bridges, netBackup }) => {
        for (let restart = 0; restart < restarts; restart++) {
          const before = bridges.current;
          await bridges.replace();
          expect(await before.stop('SIGTERM')).toBe('exit code 0');
          await netBackup.further(40);
        }
        expect(netBackup.report().connections).toMatchObject({
          established: restarts + 1,
          closes: { 1001: restarts },
        });
      },
    );
    expect(verdict.lost).toEqual([]);
  },
  caseBoundMs + times(4, 10) * 5_000,
);

test(
  '10: a message again while it is pending, after its answer, and after a restart: one copy, one, at most two; another payload is another',
  async () => {
    const settings = { drain: { delayMs: 0 } };
    await using bridges = await startBridges({ cluster, settings });
    const { tokens, pki } = bridges.current;
    const connect = () => connectPrimary(bridges.url, tokens['primary1'] ?? '', pki.ca);
    const id = randomUUID();
    const message = envelope([jobs(job, { ...job, jobId: 2 }), images(image)], { id });
    const copies = async (of: string) =>
      Map.groupBy(
        (await bridges.read()).filter(({ value }) => value?.['messageId'] === of),
        ({ value }) =>
          `${String(value?.['primary'])} ${String(value?.['entryIndex'])} ${JSON.stringify(value?.['jobId'] ?? 'image')}`,
      );
    {
      await using primary = await connect();
      await cluster.mode('stall');
      for (let sent = 0; sent < 3; sent++) primary.send(message);
      await delay(lasting(3, 20));
      expect(primary.answersTo(id)).toBe(0);
      await cluster.mode('pass');
      await primary.answered(id, 3);
      primary.send(message);
      await primary.answered(id, 4);
      const found = await copies(id);
      expect([...found.values()].map((records) => records.length)).toEqual([1, 1, 1]);
      expect(await bridges.current.stop('SIGTERM')).toBe('exit code 0');
    }
    await bridges.replace();
    await using primary = await connect();
    primary.send(message);
    await primary.answered(id);
    const found = await copies(id);
    expect([...found.values()].map((records) => records.length)).toEqual([2, 2, 2]);

    primary.send({ ...message, payload: [jobs({ ...job, jobId: 3 })] });
    await primary.answered(id, 2);
    expect((await copies(id)).get('primary1 0 3')).toHaveLength(1);
  },
  caseBoundMs,
);
