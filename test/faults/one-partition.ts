/** A fault of one partition: one primary with entries there, one without, and how the two fare. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { expect } from 'vitest';
import { partitionFor } from '../../src/produce/partition.ts';
import type { Broker } from '../../tools/dev-stack/kafka.ts';
import type { FaultContext } from './fault-case.ts';
import { place } from './leaders.ts';
import type { LoadOptions } from './net-backup.ts';

/** Of each topic. */
export const partitions = 12;
/** A message that meets no fault is answered within this time, though the machine is busy. In ms. */
const promptMs = 1_000;

/** Entries of that partition, of jobs and of images, only. */
export function onlyIn(wanted: number): Pick<LoadOptions, 'rename'> {
  return { rename: (clientName) => renamed(clientName, (partition) => partition === wanted) };
}

export function apartFrom(unwanted: number): Pick<LoadOptions, 'rename'> {
  return { rename: (clientName) => renamed(clientName, (partition) => partition !== unwanted) };
}

/** The name is the key: it is changed until its partition is a wanted one, the same name always to the same. */
function renamed(clientName: string, isWanted: (partition: number) => boolean): string {
  for (let count = 0; ; count++) {
    const name = count === 0 ? clientName : clientName.replace('.', `-${count}.`);
    if (isWanted(partitionFor(Buffer.from(name), partitions))) return name;
  }
}

/** Partition 0 of the first topic has this broker as its follower; nothing else has to do with the broker. */
export async function placeOneBeside(
  admin: Admin,
  topics: readonly [string, ...string[]],
  broker: Broker,
): Promise<void> {
  const others = [1, 2, 3].filter((node) => node !== broker.nodeId);
  await place(admin, topics, () => others);
  const [first] = topics;
  await place(admin, [first], (_, partition, leader) => (partition === 0 ? [leader, broker.nodeId] : others));
}

/** While the fault lasts the second primary, which has entries where it is, waits, and the first one is answered promptly. */
export async function expectOnlyThoseToWait(
  { netBackup, beside }: FaultContext,
  forMs: number,
): Promise<void> {
  const since = performance.now();
  const { answers } = beside;
  await delay(forMs);
  expect(beside.answers, 'answers to those who wait').toBe(answers);
  await netBackup.pause();
  expect(netBackup.p99(since), 'p99 of the others').toBeLessThan(promptMs);
  netBackup.start();
}
