/** Moves the leaders and the replicas of topics. */
import type { Admin } from 'kafkajs';
import { expect, vi } from 'vitest';

/** How long the controller may take to note a new assignment, in ms. */
const timeout = 5_000;

/** The replicas of a partition, the preferred leader first. */
type ReplicasFor = (topic: string, partition: number, leader: number) => number[];

/** Each partition's leader hands over to one of the others, and comes back as a follower on the next call. */
export async function moveLeaders(admin: Admin, topics: readonly string[]): Promise<void> {
  await reassign(admin, topics, (_topic, _partition, leader) => [1, 2, 3].filter((node) => node !== leader));
}

/** Gives the partitions these replicas, and resolves when they have them, all in sync. A leader that is among them stays it. */
export async function place(
  admin: Admin,
  topics: readonly string[],
  replicasFor: ReplicasFor,
): Promise<void> {
  await untilPlaced(admin, topics, await reassign(admin, topics, replicasFor));
}

/** Resolves when the partitions have these replicas, all in sync. */
export async function untilPlaced(
  admin: Admin,
  names: readonly string[],
  replicasFor: (topic: string, partition: number) => readonly number[],
): Promise<void> {
  const sorted = (nodes: readonly number[]) => nodes.toSorted((a, b) => a - b);
  await vi.waitFor(
    async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
      for (const { name, partitions } of topics)
        for (const { partitionId, replicas, isr } of partitions) {
          const wanted = sorted(replicasFor(name, partitionId));
          expect([sorted(replicas), sorted(isr)], `${name}/${partitionId}`).toEqual([wanted, wanted]);
        }
    },
    { timeout: 20_000, interval: 100 },
  );
}

/** @returns what was asked for */
async function reassign(
  admin: Admin,
  names: readonly string[],
  replicasFor: ReplicasFor,
): Promise<(topic: string, partition: number) => readonly number[]> {
  // A broker may not have heard of a topic that was made a moment ago.
  const { topics } = await vi.waitFor(() => admin.fetchTopicMetadata({ topics: [...names] }), {
    timeout: 10_000,
  });
  const wanted = new Map<string, number[]>();
  for (const { name, partitions } of topics)
    for (const { partitionId, leader } of partitions)
      wanted.set(`${name}/${partitionId}`, replicasFor(name, partitionId, leader));
  const of = (topic: string, partition: number) => wanted.get(`${topic}/${partition}`) ?? [];
  await admin.alterPartitionReassignments({
    timeout,
    topics: topics.map(({ name, partitions }) => ({
      topic: name,
      partitionAssignment: partitions.map(({ partitionId }) => ({
        partition: partitionId,
        replicas: of(name, partitionId),
      })),
    })),
  });
  return of;
}
