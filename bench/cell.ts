/** One cell: every build, and the raw producer, side by side and in turns. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BridgeContender,
  type ContenderSurroundings,
  startBridgeContender,
} from './bridge-contender.ts';
import { type Build, besideName } from './builds.ts';
import { takeTurns } from './contender.ts';
import { compare, type Measured } from './figures.ts';
import type { JavaClient } from './java-client.ts';
import { createMessagePool } from './messages.ts';
import type { Cell } from './options.ts';
import { faultsIn, readBack } from './read-back.ts';
import { rawName, type Row } from './table.ts';
import type { Topics } from './topics.ts';
import { startYardstick } from './yardstick.ts';

export interface Surroundings extends ContenderSurroundings {
  readonly java: JavaClient;
  readonly topics: Topics;
}

export interface CellOptions {
  /** Of all turns of a build together. */
  readonly durationMs: number;
  /** Whether the last build begins. */
  readonly reversed: boolean;
  /** Whether the bridges' memory at rest is measured, which takes 10 s. */
  readonly rests: boolean;
  /** Where files go; it doesn't exist. */
  readonly directory: string;
}

export interface CellRun {
  readonly rows: readonly Row[];
  /** Empty unless it was asked for. */
  readonly rests: readonly Rest[];
  /** In words; empty where nothing was lost or out of order. */
  readonly faults: readonly string[];
}

/** The resident memory of a bridge with nothing to do, in MiB. */
export interface Rest {
  readonly build: string;
  readonly fresh: number;
  readonly afterLoad: number;
}

/** From a bridge's start, or from the end of its load, to its memory at rest. */
const restMs = 5_000;

export async function runCell(
  cell: Cell,
  builds: readonly Build[],
  around: Surroundings,
  { durationMs, reversed, rests, directory }: CellOptions,
): Promise<CellRun> {
  await mkdir(directory);
  await around.topics.makeAnew();
  const pool = createMessagePool(cell.entries);
  await using started = new AsyncDisposableStack();
  const bridges: BridgeContender[] = [];
  for (const build of builds)
    bridges.push(started.use(await startBridgeContender(build, cell, pool, around, directory)));
  const raw = started.use(await startYardstick(cell, around.java, around.ownPids));

  const fresh = rests ? await memoryAtRest(bridges) : [];
  const contenders = [...bridges, raw];
  for (const contender of contenders) await contender.warmUp();
  await takeTurns(contenders, durationMs, reversed);
  const afterLoad = rests ? await memoryAtRest(bridges) : [];

  const answered = bridges.map((bridge) => bridge.answered());
  const findings = await readBack(around.java, pool, answered, join(directory, 'expected.txt'));
  const rawResult = { build: rawName, measured: await raw.figures(), copies: NaN };
  const results = await Promise.all(
    bridges.map(async (bridge, at) => ({
      build: bridge.build,
      measured: await bridge.figures(),
      copies: findings[at]?.copies ?? NaN,
    })),
  );
  return {
    rows: rowsOf(cell, [...results, rawResult]),
    rests: fresh.map(({ build, memory }, at) => ({
      build,
      fresh: memory,
      afterLoad: afterLoad[at]?.memory ?? NaN,
    })),
    faults: findings.map(faultsIn).flatMap((fault, at) => {
      return fault === '' ? [] : [`${cell.name}, ${bridges[at]?.build}: ${fault}`];
    }),
  };
}

interface Result {
  readonly build: string;
  readonly measured: Measured;
  readonly copies: number;
}

function rowsOf(cell: Cell, results: readonly Result[]): Row[] {
  const of = (name: string) => results.find(({ build }) => build === name)?.measured;
  const others = { beside: of(besideName), raw: of(rawName) };
  return results.map(({ build, measured, copies }) => ({
    cell: cell.name,
    build,
    figures: compare(measured, copies, others),
  }));
}

async function memoryAtRest(bridges: readonly BridgeContender[]) {
  await delay(restMs);
  return bridges.map((bridge) => ({ build: bridge.build, memory: bridge.residentMemory() }));
}
