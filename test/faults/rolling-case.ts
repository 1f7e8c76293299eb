/** One case of a deployment: several primaries under load behind its address, what is done to its pods, the oracle's verdict, the figures. */
import { expect, inject } from 'vitest';
import { reasonOf } from '../../src/errors.ts';
import { type ReadBack, readBack } from '../helpers/independent-reader.ts';
import { type Deployment, type DeploymentOptions, startDeployment } from './deployment.ts';
import { expectPromises, messagesBefore } from './fault-case.ts';
import { addFigures } from './figures.ts';
import { recoveryBoundMs, seed } from './given.ts';
import { type NetBackup, startNetBackup } from './net-backup.ts';
import { type Newcomers, startNewcomers } from './newcomers.ts';
import { judgeAll } from './oracle.ts';

export interface RollingContext {
  readonly deployment: Deployment;
  /** By primary: each has one connection. */
  readonly netBackups: ReadonlyMap<string, NetBackup>;
  readonly newcomers: Newcomers;
  /** Resolves when each primary got so many further answers. */
  further(messages: number): Promise<void>;
}

export interface RollingOptions extends Pick<DeploymentOptions, 'cluster' | 'settings'> {
  readonly name: string;
  /** Copies that the case allows, each with the event name of its original. */
  readonly maxCopies: number;
}

const primaries = ['primary1', 'primary2', 'primary3', 'primary4'];
/** For the newcomers. */
const probe = 'probe';

/** Of each primary. */
export const load = { messagesPerSecond: 25, entriesPerMessage: 5, inFlight: 16 } as const;
/** On the way to the brokers and back, each: with it a message is answered after some 0.1 s, so there is always one in flight. In ms. */
const brokerDelayMs = 15;
const partitions = 6;

/** Runs the case. `fault` resolves when it is over; each primary has to be served then. */
export async function runRolling(
  options: RollingOptions,
  fault: (context: RollingContext) => Promise<void>,
): Promise<void> {
  const { cluster, settings } = options;
  await using deployment = await startDeployment({
    cluster,
    partitions,
    primaries: [...primaries, probe],
    settings,
  });
  const { url, identity } = deployment;
  const { tokens, pki } = identity;
  const who = (name: string) => ({ url, ca: pki.ca, token: tokens[name] ?? '' });
  await using running = new AsyncDisposableStack();
  const netBackups = new Map<string, NetBackup>();
  for (const [n, name] of primaries.entries())
    netBackups.set(name, running.use(await startNetBackup({ ...who(name), ...load, seed: seed + n })));
  const newcomers = running.use(startNewcomers(who(probe)));
  const each = <T>(act: (netBackup: NetBackup) => Promise<T>) =>
    Promise.all(netBackups.values().map((netBackup) => act(netBackup)));
  const further = async (messages: number) => void (await each((netBackup) => netBackup.further(messages)));

  try {
    for (const proxy of cluster.proxies) proxy.delayMs = brokerDelayMs;
    for (const netBackup of netBackups.values()) netBackup.start();
    await further(messagesBefore);
    await fault({ deployment, netBackups, newcomers, further });
    const recoveries = await each((netBackup) => netBackup.recovered(recoveryBoundMs));
    await each((netBackup) => netBackup.pause());
    await each((netBackup) => netBackup.one());
    await judge(options, deployment, netBackups, Math.max(...recoveries));
  } catch (error) {
    throw new Error(
      `${reasonOf(error)}\nseed ${seed}; the logs of the bridges are in ${deployment.keepLogs()}`,
      { cause: error },
    );
  }
}

async function judge(
  { name, cluster, maxCopies }: RollingOptions,
  { topics }: Deployment,
  netBackups: ReadonlyMap<string, NetBackup>,
  recoveryMs: number,
): Promise<void> {
  const all = [...netBackups.values()];
  const ledgers = new Map([...netBackups].map(([primary, { ledger }]) => [primary, ledger]));
  const atLeast = all.flatMap(({ ledger }) => ledger.answeredEntries()).length;
  const records = await readBack(Object.values(topics), { bootstrapServers: cluster.direct, atLeast });
  const isDeadLetter = ({ topic }: ReadBack) => topic === topics.deadLetters;
  const verdict = judgeAll(records, ledgers, isDeadLetter);
  await addFigures(inject('figuresFile'), {
    case: name,
    seed,
    answered: verdict.answered,
    lost: verdict.lost.length,
    reordered: verdict.reordered.length,
    duplicated: verdict.duplicated,
    longestSilenceMs: Math.max(...all.map(({ longestSilenceMs }) => longestSilenceMs)),
    recoveryMs,
    primaries: [...netBackups].map(([primary, { gaps, longestSilenceMs, report }]) => ({
      primary,
      gaps,
      longestSilenceMs,
      resends: report().messages.resends,
    })),
  });
  expectPromises(verdict, maxCopies);
  for (const { report } of all) expect(report().violations).toMatchObject({ total: 0 });
}
