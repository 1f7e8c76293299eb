import type { Admin } from 'kafkajs';
import { reasonOf, UnavailableError } from '../errors.ts';
import kafkajs from './kafkajs.ts';

/** What the cluster says of a topic of records, beyond its shape (topics.ts). */
export interface TopicState {
  readonly topic: string;
  readonly replication: number;
  readonly minInsyncReplicas: number;
  readonly maxMessageBytes: number;
  readonly cleanupPolicy: string;
  readonly retentionMs: number;
  readonly timestampType: string;
  readonly timestampBeforeMaxMs: number;
  readonly uncleanLeaderElection: boolean;
  /** Of each partition: whether it has a leader, and how many replicas are in sync now. */
  readonly partitions: readonly { readonly hasLeader: boolean; readonly inSync: number }[];
}

/** What is wrong with a topic, one sentence each. */
export interface TopicFindings {
  /** By its settings: a confirmed record can be lost, or some records can't be written. */
  readonly unsafe: readonly string[];
  /** By the state of the brokers, which may mend by itself: nothing can be written now. */
  readonly down: readonly string[];
  readonly warnings: readonly string[];
}

const dayMs = 24 * 60 * 60 * 1000;
/** A record is stamped with NetBackup's time of the message, up to so far back (docs/delivery.md, timestamps). */
const oldestStampMs = dayMs;
/** A dead letter without its raw bytes: 16 KiB of names, reason and paths, a key of 4 KiB, and the batch around them. */
const leastMaxMessageBytes = 32 * 1024;

const settings = [
  'cleanup.policy',
  'retention.ms',
  'max.message.bytes',
  'min.insync.replicas',
  'message.timestamp.type',
  'message.timestamp.before.max.ms',
  'unclean.leader.election.enable',
];

/** Needs DESCRIBE_CONFIGS on the topics, which have to exist. @throws UnavailableError */
export async function readTopicStates(admin: Admin, topics: readonly string[]): Promise<TopicState[]> {
  try {
    const [{ topics: described }, { resources }] = await Promise.all([
      admin.fetchTopicMetadata({ topics: [...topics] }),
      admin.describeConfigs({
        resources: topics.map((name) => ({
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name,
          configNames: settings,
        })),
        includeSynonyms: false,
      }),
    ]);
    return topics.map((topic) => {
      const partitions = described.find(({ name }) => name === topic)?.partitions ?? [];
      const entries = resources.find(({ resourceName }) => resourceName === topic)?.configEntries ?? [];
      const value = (name: string) =>
        entries.find(({ configName }) => configName === name)?.configValue ?? '';
      return {
        topic,
        replication: partitions[0]?.replicas.length ?? 0,
        minInsyncReplicas: Number(value('min.insync.replicas')),
        maxMessageBytes: Number(value('max.message.bytes')),
        cleanupPolicy: value('cleanup.policy'),
        retentionMs: Number(value('retention.ms')),
        timestampType: value('message.timestamp.type'),
        timestampBeforeMaxMs: Number(value('message.timestamp.before.max.ms') || Infinity),
        uncleanLeaderElection: value('unclean.leader.election.enable') === 'true',
        partitions: partitions.map(({ leader, isr }) => ({ hasLeader: leader >= 0, inSync: isr.length })),
      };
    });
  } catch (error) {
    throw new UnavailableError(
      `can't ask Kafka for the state of its topics: ${reasonOf(error)}`,
      'kafka-metadata',
      error,
    );
  }
}

/** @param brokers of the cluster; @param isDeadLetters whether it is the topic that has to take whatever the others don't */
export function findingsOn(state: TopicState, brokers: number, isDeadLetters: boolean): TopicFindings {
  const { topic, replication, minInsyncReplicas, partitions } = state;
  const leaderless = partitions.filter(({ hasLeader }) => !hasLeader).length;
  const thin = partitions.filter(({ hasLeader, inSync }) => hasLeader && inSync < minInsyncReplicas).length;
  const warnings =
    replication > 1 && minInsyncReplicas === replication
      ? [
          `min.insync.replicas is ${minInsyncReplicas} of ${replication} replicas: nothing can be written while one broker is away`,
        ]
      : [];
  const down = [
    leaderless > 0 &&
      `${leaderless} of ${partitions.length} partitions have no leader: nothing can be written to them until one of their brokers is back`,
    thin > 0 &&
      replication >= minInsyncReplicas &&
      `${thin} of ${partitions.length} partitions have fewer than ${minInsyncReplicas} replicas in sync: nothing can be written to them until more are`,
  ];
  const named = (sentence: string): string => `${topic}: ${sentence}`;
  return {
    unsafe: unsafeSettings(state, brokers, isDeadLetters).map(named),
    down: down.filter((sentence) => sentence !== false).map(named),
    warnings: warnings.map(named),
  };
}

function unsafeSettings(state: TopicState, brokers: number, isDeadLetters: boolean): string[] {
  const { replication, cleanupPolicy, retentionMs, timestampType, timestampBeforeMaxMs } = state;
  const found = [
    replication === 1 &&
      brokers > 1 &&
      `has one replica on a cluster of ${brokers} brokers: a confirmed record is lost with its broker. Give it three`,
    cleanupPolicy.includes('compact') &&
      `cleanup.policy is ${cleanupPolicy}: Kafka keeps the newest record of each client only, since clientName is the key. Set it to delete`,
    retentionMs >= 0 &&
      retentionMs < oldestStampMs &&
      `retention.ms is ${retentionMs}: records are stamped up to 24 h back, and may be deleted as soon as they are written. Set it to ${14 * dayMs} (14 days), or to more than consumers may be away`,
    timestampType !== 'LogAppendTime' &&
      timestampBeforeMaxMs < oldestStampMs &&
      `message.timestamp.before.max.ms is ${timestampBeforeMaxMs}: records are stamped up to 24 h back, and older ones are refused. Set it to at least ${oldestStampMs}`,
    state.uncleanLeaderElection &&
      replication > 1 &&
      'unclean.leader.election.enable is true: confirmed records are lost when a replica that lags becomes leader. Set it to false',
    isDeadLetters &&
      state.maxMessageBytes < leastMaxMessageBytes &&
      `max.message.bytes is ${state.maxMessageBytes}: some dead letters do not fit even without their raw bytes, and hold up their message. Set it to at least ${leastMaxMessageBytes}`,
  ];
  return found.filter((sentence) => sentence !== false);
}
