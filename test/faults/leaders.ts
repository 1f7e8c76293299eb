/** Makes the leaders of topics move, by taking each leader out of its partition's replicas. */
import type { Admin } from 'kafkajs';

/** How long the controller may take to note a new assignment, in ms. */
const timeout = 5_000;

/** Each partition's leader hands over to one of the others, and comes back as a follower on the next call. */
export async function moveLeaders(admin: Admin, topics: readonly string[]): Promise<void> {
  await reassign(admin, topics, (_topic, _partition, leader) => [1, 2, 3].filter((node) => node !== leader));
}

/** @param replicasFor the new replicas of a partition, the preferred leader first */
export async function reassign(
  admin: Admin,
  names: readonly string[],
  replicasFor: (topic: string, partition: number, leader: number) => number[],
): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
  await admin.alterPartitionReassignments({
    timeout,
    topics: topics.map(({ name, partitions }) => ({
      topic: name,
      partitionAssignment: partitions.map(({ partitionId, leader }) => ({
        partition: partitionId,
        replicas: replicasFor(name, partitionId, leader),
      })),
    })),
  });
}
