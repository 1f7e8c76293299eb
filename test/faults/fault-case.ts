/** One case: load, a fault, recovery, the oracle's verdict, and the figures. */
import { expect, inject } from 'vitest';
import { reasonOf } from '../../src/errors.ts';
import { readMetrics } from '../helpers/admin.ts';
import type { ReadBack } from '../helpers/independent-reader.ts';
import { type Bridges, type BridgesOptions, startBridges } from './bridges.ts';
import { addFigures } from './figures.ts';
import { recoveryBoundMs, seed } from './given.ts';
import { type LoadOptions, type NetBackup, startNetBackup } from './net-backup.ts';
import { judgeAll, type Verdict } from './oracle.ts';

export interface CaseOptions extends Omit<BridgesOptions, 'primaries'> {
  readonly name: string;
  readonly load?: LoadOptions;
  /** Of a second primary; without it there is none. */
  readonly besideLoad?: LoadOptions;
  /**
   * How many copies the case allows, each with the event name of its original. Default: as many as the bridge itself warned of
   * (`possible_duplicates_total`), which is none unless a producer id had to be renewed.
   */
  readonly maxCopies?: (context: FaultContext) => Promise<number> | number;
  /** The answer after the fault comes within this time of its end. Default: the bound of the requirement. */
  readonly recoveryMs?: number;
}

export interface FaultContext {
  readonly bridges: Bridges;
  readonly netBackup: NetBackup;
  /** The second primary, where the case has one. */
  readonly beside: NetBackup;
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
  const { load = {}, besideLoad } = options;
  const primaries = besideLoad === undefined ? ['primary1'] : ['primary1', 'primary2'];
  await using bridges = await startBridges({ ...options, primaries });
  const { tokens, pki } = bridges.current;
  const { url } = bridges;
  await using running = new AsyncDisposableStack();
  const connect = async (primary: string, given: LoadOptions, itsSeed: number) =>
    running.use(
      await startNetBackup({ ...given, url, token: tokens[primary] ?? '', ca: pki.ca, seed: itsSeed }),
    );
  const netBackup = await connect('primary1', load, seed);
  const second = besideLoad && (await connect('primary2', besideLoad, seed + 1));
  const netBackups = new Map([['primary1', netBackup], ...(second ? [['primary2', second] as const] : [])]);
  const context: FaultContext = {
    bridges,
    netBackup,
    get beside() {
      if (second === undefined) throw new Error('the case has one primary');
      return second;
    },
    metric: async (metric, labels) =>
      (await readMetrics(bridges.current.adminUrl)).value(metric, labels) ?? 0,
  };
  try {
    return await play(options, context, netBackups, fault);
  } catch (error) {
    throw new Error(`${reasonOf(error)}\nseed ${seed}; the logs of the bridge are in ${bridges.keepLogs()}`, {
      cause: error,
    });
  }
}

async function play(
  options: CaseOptions,
  context: FaultContext,
  netBackups: ReadonlyMap<string, NetBackup>,
  fault: Fault,
): Promise<CaseResult> {
  const { name, recoveryMs: boundMs = recoveryBoundMs } = options;
  const { bridges } = context;
  const all = [...netBackups.values()];
  const each = <T>(act: (netBackup: NetBackup) => Promise<T>) => Promise.all(all.map(act));
  all.forEach((netBackup) => netBackup.start());
  await each((netBackup) => netBackup.further(messagesBefore));
  await fault(context);
  const recoveryMs = Math.max(...(await each((netBackup) => netBackup.recovered(boundMs))));
  await each((netBackup) => netBackup.pause());
  await each((netBackup) => netBackup.one());

  const maxCopies = await (options.maxCopies ?? ((given) => given.metric('nbwss_possible_duplicates_total')))(
    context,
  );
  const ledgers = new Map([...netBackups].map(([primary, { ledger }]) => [primary, ledger]));
  const answered = [...ledgers.values()].flatMap((ledger) => ledger.answeredEntries());
  const isDeadLetter = ({ topic }: ReadBack) => topic === bridges.topics.deadLetters;
  const verdict = judgeAll(await bridges.read(answered.length), ledgers, isDeadLetter);
  await addFigures(inject('figuresFile'), {
    case: name,
    seed,
    answered: verdict.answered,
    lost: verdict.lost.length,
    reordered: verdict.reordered.length,
    duplicated: verdict.duplicated,
    longestSilenceMs: Math.max(...all.map(({ longestSilenceMs }) => longestSilenceMs)),
    recoveryMs,
  });
  expectPromises(verdict, maxCopies);
  for (const { report } of all) expect(report().violations).toMatchObject({ total: 0 });
  return { verdict, recoveryMs };
}

/** What holds after every fault. */
export function expectPromises(verdict: Verdict, maxCopies: number): void {
  expect(verdict).toMatchObject({ lost: [], foreign: [], altered: [], reordered: [] });
  expect(verdict.duplicatedEntries, 'a copy has the event name of its original').toBe(verdict.duplicated);
  expect(verdict.duplicated, 'copies').toBeLessThanOrEqual(maxCopies);
}
