/** One case: load, a fault, recovery, the oracle's verdict, and the figures. */
import { expect, inject } from 'vitest';
import { reasonOf } from '../../src/errors.ts';
import { readMetrics } from '../helpers/admin.ts';
import { type Bridges, type BridgesOptions, startBridges } from './bridges.ts';
import { addFigures } from './figures.ts';
import { recoveryBoundMs, seed } from './given.ts';
import { type LoadOptions, type NetBackup, startNetBackup } from './net-backup.ts';
import { judge, type Verdict } from './oracle.ts';

export interface CaseOptions extends BridgesOptions {
  readonly name: string;
  readonly load?: LoadOptions;
  /**
   * How many copies the case allows, each with the event name of its original. Default: as many as the bridge itself warned of
   * (`possible_duplicates_total`), which is none unless a producer had to be replaced.
   */
  readonly maxCopies?: (context: FaultContext) => Promise<number> | number;
  /** The answer after the fault comes within this time of its end. Default: the bound of the requirement. */
  readonly recoveryMs?: number;
}

export interface FaultContext {
  readonly bridges: Bridges;
  readonly netBackup: NetBackup;
  /** Of the newest bridge; 0 where it was never counted. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
}

/** Resolves when the fault is over, the cluster's own recovery included. */
type Fault = (context: FaultContext) => Promise<void>;

export interface CaseResult {
  readonly verdict: Verdict;
  readonly recoveryMs: number;
}

/** How many messages are answered before the fault: the producers are at work then. */
export const messagesBefore = 40;

/**
 * Runs the case. `fault` resolves when the fault is over, the cluster included; then everything that waits has to be answered in
 * time, a fresh message has to pass, and what is in Kafka is judged.
 */
export async function runCase(options: CaseOptions, fault: Fault): Promise<CaseResult> {
  await using bridges = await startBridges(options);
  await using netBackup = await startNetBackup({
    ...options.load,
    url: bridges.url,
    token: bridges.current.tokens['primary1'] ?? '',
    ca: bridges.current.pki.ca,
    seed,
  });
  const context: FaultContext = {
    bridges,
    netBackup,
    metric: async (metric, labels) =>
      (await readMetrics(bridges.current.adminUrl)).value(metric, labels) ?? 0,
  };
  try {
    return await play(options, context, fault);
  } catch (error) {
    throw new Error(`${reasonOf(error)}\nseed ${seed}; the logs of the bridge are in ${bridges.keepLogs()}`, {
      cause: error,
    });
  }
}

async function play(options: CaseOptions, context: FaultContext, fault: Fault): Promise<CaseResult> {
  const { name, recoveryMs: boundMs = recoveryBoundMs } = options;
  const { bridges, netBackup } = context;
  netBackup.start();
  await netBackup.further(messagesBefore);
  await fault(context);
  const recoveryMs = await netBackup.recovered(boundMs);
  await netBackup.pause();
  await netBackup.one();

  const maxCopies = await (options.maxCopies ?? ((given) => given.metric('nbwss_possible_duplicates_total')))(
    context,
  );
  const verdict = judge(await bridges.read(netBackup.ledger.answeredEntries().length), netBackup.ledger, {
    primary: 'primary1',
    isDeadLetter: ({ topic }) => topic === bridges.topics.deadLetters,
  });
  await addFigures(inject('figuresFile'), {
    case: name,
    seed,
    answered: verdict.answered,
    lost: verdict.lost.length,
    reordered: verdict.reordered.length,
    duplicated: verdict.duplicated,
    longestSilenceMs: netBackup.longestSilenceMs,
    recoveryMs,
  });
  expectPromises(verdict, maxCopies);
  expect(netBackup.report().violations).toMatchObject({ total: 0 });
  return { verdict, recoveryMs };
}

/** What holds after every fault. */
export function expectPromises(verdict: Verdict, maxCopies: number): void {
  expect(verdict).toMatchObject({ lost: [], foreign: [], altered: [], reordered: [] });
  expect(verdict.duplicatedEntries, 'a copy has the event name of its original').toBe(verdict.duplicated);
  expect(verdict.duplicated, 'copies').toBeLessThanOrEqual(maxCopies);
}
