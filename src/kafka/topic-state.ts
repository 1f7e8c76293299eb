import type { Cluster, PartitionState } from './cluster.ts';
import { numberOf, partitionCounts, readConfigs } from './topics.ts';

/**
 * What the cluster says of a topic of records: its shape, its settings, and how its partitions are now. Null is what it doesn't tell: services
 * that speak Kafka's protocol leave settings out (Redpanda: `min.insync.replicas`), or give them without a value.
 */
export interface TopicState {
  readonly topic: string;
  /** The fewest replicas that a partition has. */
  readonly replication: number | null;
  readonly minInsyncReplicas: number | null;
  readonly maxMessageBytes: number | null;
  readonly cleanupPolicy: string | null;
  /** Negative: no bound. */
  readonly retentionMs: number | null;
  readonly timestampType: string | null;
  /** Null also where there is no bound. */
  readonly timestampBeforeMaxMs: number | null;
  readonly uncleanLeaderElection: boolean | null;
  readonly compressionType: string | null;
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
  'compression.type',
];

/** Needs DESCRIBE_CONFIGS on the topic. @throws as Cluster.describe, partitionCounts and readConfigs */
export async function readTopicState(cluster: Cluster, topic: string): Promise<TopicState> {
  const described = await cluster.describe([topic]);
  const [count] = partitionCounts(described, [topic]);
  const configs = await readConfigs(cluster, [topic], settings);
  const partitions = [...(described.topics.get(topic)?.partitions.values() ?? [])];
  const text = (name: string) => configs.get(topic)?.get(name) ?? null;
  const number = (name: string) => numberOf(text(name));
  return {
    topic,
    replication: count?.replication ?? null,
    minInsyncReplicas: number('min.insync.replicas'),
    maxMessageBytes: limitOf(number('max.message.bytes')),
    cleanupPolicy: text('cleanup.policy'),
    retentionMs: number('retention.ms'),
    timestampType: text('message.timestamp.type'),
    timestampBeforeMaxMs: boundOf(number('message.timestamp.before.max.ms')),
    uncleanLeaderElection: booleanOf(text('unclean.leader.election.enable')),
    compressionType: text('compression.type'),
    partitions: partitions.map(shapeOf),
  };
}

function shapeOf({ leader, inSync }: PartitionState) {
  return { hasLeader: leader >= 0, inSync: inSync.length };
}

/** No record fits into nothing: that is no limit that a broker has. */
function limitOf(bytes: number | null): number | null {
  return bytes !== null && bytes > 0 ? bytes : null;
}

function booleanOf(text: string | null): boolean | null {
  return text === 'true' || text === 'false' ? text === 'true' : null;
}

/** Kafka's word for "no bound" is the largest long; before 3.6 it knew no bound at all. */
function boundOf(bound: number | null): number | null {
  return bound !== null && bound > Number.MAX_SAFE_INTEGER ? null : bound;
}

export const notTold = 'not told by this cluster';

/** A topic in a line. */
export function describeState(state: TopicState): string {
  const { topic, partitions, replication, minInsyncReplicas, maxMessageBytes } = state;
  const kept = state.cleanupPolicy === 'compact' ? 'compacted' : `retention ${retentionText(state)}`;
  return (
    `${topic}: ${partitions.length} partitions, replication ${replication ?? notTold}, ` +
    `min.insync.replicas ${minInsyncReplicas ?? notTold}, max.message.bytes ${maxMessageBytes ?? notTold}, ${kept}`
  );
}

function retentionText({ retentionMs }: TopicState): string {
  if (retentionMs === null) return notTold;
  return retentionMs < 0 ? 'unlimited' : `${(retentionMs / 86_400_000).toFixed(1)} days`;
}
