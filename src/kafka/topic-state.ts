import type { Cluster } from './cluster.ts';
import { partitionCounts, readConfigs } from './topics.ts';

/** What the cluster says of a topic of records: its shape, its settings, and how its partitions are now. */
export interface TopicState {
  readonly topic: string;
  readonly replication: number;
  readonly minInsyncReplicas: number;
  readonly maxMessageBytes: number;
  readonly cleanupPolicy: string;
  readonly retentionMs: number;
  readonly timestampType: string;
  /** Null: no bound. */
  readonly timestampBeforeMaxMs: number | null;
  readonly uncleanLeaderElection: boolean;
  /** Of each partition: whether it has a leader, and how many replicas are in sync now. */
  readonly partitions: readonly { readonly hasLeader: boolean; readonly inSync: number }[];
}

const settings = [
  'cleanup.policy',
  'retention.ms',
  'max.message.bytes',
  'min.insync.replicas',
  'message.timestamp.type',
  'message.timestamp.before.max.ms',
  'unclean.leader.election.enable',
];

/** Needs DESCRIBE_CONFIGS on the topic. @throws as Cluster.describe, partitionCounts and readConfigs */
export async function readTopicState(cluster: Cluster, topic: string): Promise<TopicState> {
  const described = await cluster.describe([topic]);
  partitionCounts(described, [topic]);
  const configs = await readConfigs(cluster, [topic], settings);
  const partitions = [...(described.topics.get(topic)?.partitions.values() ?? [])];
  const value = (name: string) => configs.get(topic)?.get(name) ?? '';
  return {
    topic,
    replication: partitions[0]?.replicas.length ?? 0,
    minInsyncReplicas: Number(value('min.insync.replicas')),
    maxMessageBytes: Number(value('max.message.bytes')),
    cleanupPolicy: value('cleanup.policy'),
    retentionMs: Number(value('retention.ms')),
    timestampType: value('message.timestamp.type'),
    timestampBeforeMaxMs: boundOf(value('message.timestamp.before.max.ms')),
    uncleanLeaderElection: value('unclean.leader.election.enable') === 'true',
    partitions: partitions.map(({ leader, inSync }) => ({ hasLeader: leader >= 0, inSync: inSync.length })),
  };
}

/** Kafka's word for "no bound" is the largest long; before 3.6 it knew no bound at all. */
function boundOf(value: string): number | null {
  const bound = Number(value);
  return value === '' || bound > Number.MAX_SAFE_INTEGER ? null : bound;
}

/** A topic in a line. */
export function describeState(state: TopicState): string {
  const { topic, partitions, replication, minInsyncReplicas, maxMessageBytes, retentionMs } = state;
  const days = retentionMs < 0 ? 'unlimited' : `${(retentionMs / 86_400_000).toFixed(1)} days`;
  const kept = state.cleanupPolicy === 'compact' ? 'compacted' : `retention ${days}`;
  return (
    `${topic}: ${partitions.length} partitions, replication ${replication}, min.insync.replicas ${minInsyncReplicas}, ` +
    `max.message.bytes ${maxMessageBytes}, ${kept}`
  );
}
