/** `npm run test:faults -- --minutes N`: all faults at random under load, in rounds that are each judged by the oracle. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, test } from 'vitest';
import { createRandom } from '../../src/simulator/random.ts';
import type { Broker } from '../../tools/dev-stack/kafka.ts';
import type { TcpProxy } from '../../tools/faults/tcp-proxy.ts';
import { type FaultCluster, startFaultCluster } from './cluster.ts';
import { type FaultContext, runCase } from './fault-case.ts';
import { caseBoundMs, mixedMs, seed } from './given.ts';
import { moveLeaders } from './leaders.ts';
import { defaultLoad } from './net-backup.ts';

let cluster: FaultCluster;
beforeAll(async () => {
  cluster = await startFaultCluster();
}, 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const random = createRandom(seed);
const upTo = (ms: number) => delay(random.bits() % ms);
const aBroker = () => cluster.brokers[random.bits() % 3] as Broker;
const aProxy = () => cluster.proxies[random.bits() % 3] as TcpProxy;
/** Long enough for a reader, short enough that a round's records fit its memory. */
const roundMs = 90_000;
/** The bridges that a round kills, at most: each may leave copies. */
const maxKills = 3;

type Fault = (context: FaultContext) => Promise<void>;

const faults: readonly [Fault, ...Fault[]] = [
  async () => {
    cluster.crash(aBroker());
    await upTo(5_000);
  },
  async () => {
    cluster.pause(aBroker());
    await upTo(12_000);
  },
  async () => {
    await cluster.mode('refuse');
    await upTo(8_000);
  },
  async () => {
    await aProxy().mode('stall');
    await upTo(15_000);
  },
  async () => {
    for (const proxy of cluster.proxies) proxy.failProduce('lose-response', 1 + (random.bits() % 5));
    await upTo(3_000);
  },
  async () => {
    for (const proxy of cluster.proxies)
      proxy.cutAfter(random.bits() % 20_000, random.pick(['request', 'response']));
    await upTo(3_000);
  },
  async () => {
    for (const proxy of cluster.proxies) proxy.delayMs = random.bits() % 300;
    await upTo(5_000);
  },
  async ({ bridges }) => {
    await moveLeaders(cluster.admin, [bridges.topics.jobs, bridges.topics.images]);
    await upTo(3_000);
  },
  async ({ netBackup }) => {
    netBackup.cut();
    await upTo(2_000);
  },
];

async function round(context: FaultContext): Promise<void> {
  const { bridges, netBackup } = context;
  const end = performance.now() + roundMs;
  let kills = 0;
  while (performance.now() < end) {
    if (kills < maxKills && random.bits() % 10 === 0) {
      kills++;
      await bridges.current.stop('SIGKILL');
      await cluster.heal();
      await bridges.replace();
    } else {
      await random.pick(faults)(context);
      // Often the next fault comes before the last one is over.
      if (random.bits() % 3 > 0) await cluster.heal();
    }
    await upTo(3_000);
  }
  await cluster.heal();
  netBackup.faultEnded();
}

test(
  'whatever happens in whatever order, nothing answered is lost, and nothing is out of order',
  async () => {
    const end = performance.now() + mixedMs;
    for (let count = 1; performance.now() < end; count++) {
      const copies = maxKills * defaultLoad.inFlight * defaultLoad.entriesPerMessage;
      await runCase(
        {
          name: `mixed, round ${count}`,
          cluster,
          maxCopies: async ({ metric }) => copies + (await metric('nbwss_possible_duplicates_total')),
        },
        round,
      );
    }
  },
  mixedMs + roundMs + caseBoundMs,
);
