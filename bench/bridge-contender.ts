import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type BridgeSurroundings, startBridge } from './bridge.ts';
import type { Build } from './builds.ts';
import { type Contender, rampMs } from './contender.ts';
import { mean, perEntry } from './figures.ts';
import { connectLoad, type Load } from './load.ts';
import type { MessagePool } from './messages.ts';
import type { Cell } from './options.ts';
import { cpuSeconds, residentMemory, watchMemory, watchOthers } from './process-figures.ts';
import type { Answered } from './read-back.ts';
import { type Probed, watchStalls } from './stalls.ts';

export interface BridgeContender extends Contender {
  readonly build: string;
  answered(): Answered;
  /** At present, in MiB. */
  residentMemory(): number;
}

export interface ContenderSurroundings extends BridgeSurroundings {
  readonly idle: Probed;
  /** Of the processes whose work is none of others. */
  readonly ownPids: readonly number[];
}

/** What was seen while answers were counted, once for each run. */
interface Watched {
  readonly seconds: number;
  /** In s. */
  readonly cpu: number;
  /** The peak, in MiB. */
  readonly memory: number;
  /** In ms. */
  readonly stall: number;
  /** In percent. */
  readonly others: number;
}

/** Bounds what the broker has to keep, 2 GB, and the time to read it back. */
const maxEntries = 10_000_000;
/** A warm-up takes at least so long, and until it has so many messages or entries. */
const leastWarmUpMs = 2_000;
const warmUpMessages = 4_000;
const warmUpEntries = 100_000;
const mostWarmUpMs = 8_000;
const warmUpPollMs = 250;

/** Starts a bridge that nothing has used before: no cell leaves anything to the next. @param directory where its files go */
export async function startBridgeContender(
  build: Build,
  { entries, inFlight }: Cell,
  pool: MessagePool,
  { idle, ownPids, ...around }: ContenderSurroundings,
  directory: string,
): Promise<BridgeContender> {
  await using starting = new AsyncDisposableStack();
  const bridge = starting.use(
    await startBridge(build, around, join(directory, build.name.replace(' ', '-'))),
  );
  const series = pool.series();
  const maxMessages = Math.floor(maxEntries / entries);
  const load = starting.use(await connectLoad({ ...bridge, inFlight, maxMessages }, series));
  const watched: Watched[] = [];
  const running = starting.move();

  async function watch(durationMs: number): Promise<Watched> {
    const endStalls = await watchStalls(bridge, idle);
    const endOthers = watchOthers([bridge.pid, ...ownPids]);
    const endMemory = watchMemory(bridge.pid);
    const cpuBefore = cpuSeconds(bridge.pid);
    const begun = performance.now();
    load.counting = true;
    await delay(durationMs);
    load.counting = false;
    const seconds = (performance.now() - begun) / 1000;
    const cpu = cpuSeconds(bridge.pid) - cpuBefore;
    return { seconds, cpu, memory: endMemory(), others: endOthers(), stall: await endStalls() };
  }

  return {
    build: build.name,
    warmUp: () => warmUp(load, entries),
    async run(durationMs) {
      const stop = load.start();
      await delay(rampMs);
      watched.push(await watch(durationMs));
      await stop();
    },
    figures() {
      const all = (key: keyof Watched) => watched.map((each) => each[key]);
      const sum = (key: keyof Watched) => all(key).reduce((total, each) => total + each, 0);
      const work = { entries: load.counted * entries, seconds: sum('seconds'), cpu: sum('cpu') };
      return Promise.resolve({
        ...perEntry(work),
        p50: load.latency(50),
        p99: load.latency(99),
        memory: Math.max(...all('memory')),
        stall: Math.max(...all('stall')),
        others: mean(all('others')),
      });
    },
    answered: () => ({ idPrefix: series.idPrefix, messages: load.sent }),
    residentMemory: () => residentMemory(bridge.pid),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function warmUp(load: Load, entries: number): Promise<void> {
  const begun = performance.now();
  const isWarm = () => load.sent >= warmUpMessages || load.sent * entries >= warmUpEntries;
  const stop = load.start();
  do await delay(warmUpPollMs);
  while (performance.now() - begun < (isWarm() ? leastWarmUpMs : mostWarmUpMs));
  await stop();
}
