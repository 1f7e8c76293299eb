/** Topics as the cases need them, made by whoever runs the cluster. */
import type { Admin } from 'kafkajs';
import { vi } from 'vitest';

/** Creates the topic as soon as the brokers have forgotten an earlier one of its name. */
export async function createTopic(admin: Admin, topic: string, numPartitions: number): Promise<void> {
  const configEntries = [{ name: 'min.insync.replicas', value: '2' }];
  const topics = [{ topic, numPartitions, replicationFactor: 3, configEntries }];
  await vi.waitFor(() => admin.createTopics({ topics, waitForLeaders: false }), { timeout: 20_000 });
}
