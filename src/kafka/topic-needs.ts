import { ExitCode } from '../errors.ts';
import type { Judgement } from '../verdict.ts';
import type { TopicState } from './topic-state.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** A record is stamped with NetBackup's time of the message, up to so far back (docs/delivery.md, timestamps). */
const oldestStampMs = dayMs;
/** A dead letter without its raw bytes: 28 KiB of names, reason and paths (src/encode/dead-letter.ts), a key of 4 KiB, and the batch around. */
const leastMaxMessageBytes = 32 * 1024;

/**
 * What is wrong with a topic for a bridge that answers only what is committed; nothing where nothing is. By its settings a confirmed
 * record can be lost, or some can't be written (78); by the state of the brokers, which may mend by itself, none can be written now (69).
 * @param brokers of the cluster
 * @param isDeadLetters whether it is the topic that has to take whatever the others don't
 */
export function findingsOn(state: TopicState, brokers: number, isDeadLetters: boolean): Judgement[] {
  const failed = (exitCode: ExitCode) => (sentence: string) =>
    ({ state: 'failed', text: `${state.topic}: ${sentence}`, exitCode }) as const;
  return [
    ...unsafeSettings(state, brokers, isDeadLetters).map(failed(ExitCode.config)),
    ...unwritablePartitions(state).map(failed(ExitCode.unavailable)),
    ...narrowSettings(state).map((text) => ({ state: 'warning', text: `${state.topic}: ${text}` }) as const),
  ];
}

/**
 * What is wrong with the topic of the marks of `replay`, which holds one for each dead letter that was sent, for ever. Nobody else needs it:
 * warnings.
 */
export function findingsOnReplays({ topic, cleanupPolicy }: TopicState): Judgement[] {
  if (cleanupPolicy === 'compact') return [];
  const text =
    `${topic}: cleanup.policy is ${cleanupPolicy}: \`replay\` forgets what it has sent when the marks are deleted, and sends it again. ` +
    'Set it to compact';
  return [{ state: 'warning', text }];
}

function unwritablePartitions({ replication, minInsyncReplicas, partitions }: TopicState): string[] {
  const leaderless = partitions.filter(({ hasLeader }) => !hasLeader).length;
  const thin = partitions.filter(({ hasLeader, inSync }) => hasLeader && inSync < minInsyncReplicas).length;
  const found = [
    leaderless > 0 &&
      `${leaderless} of ${partitions.length} partitions have no leader: nothing can be written to them until one of their brokers is back`,
    thin > 0 &&
      replication >= minInsyncReplicas &&
      `${thin} of ${partitions.length} partitions have fewer than ${minInsyncReplicas} replicas in sync: nothing can be written to them until more are`,
  ];
  return found.filter((sentence) => sentence !== false);
}

function narrowSettings({ replication, minInsyncReplicas }: TopicState): string[] {
  if (replication === 1 || minInsyncReplicas !== replication) return [];
  return [
    `min.insync.replicas is ${minInsyncReplicas} of ${replication} replicas: nothing can be written while one broker is away`,
  ];
}

function unsafeSettings(state: TopicState, brokers: number, isDeadLetters: boolean): string[] {
  const { replication, minInsyncReplicas, cleanupPolicy, retentionMs, timestampType, timestampBeforeMaxMs } =
    state;
  const found = [
    replication > 1 &&
      minInsyncReplicas < 2 &&
      `min.insync.replicas is ${minInsyncReplicas} with ${replication} replicas: a record can be confirmed and lost with one broker. Set it to 2`,
    minInsyncReplicas > replication &&
      `min.insync.replicas ${minInsyncReplicas} exceeds the ${replication} replicas: nothing can be written`,
    replication === 1 &&
      brokers > 1 &&
      `has one replica on a cluster of ${brokers} brokers: a confirmed record is lost with its broker. Give it three`,
    cleanupPolicy.includes('compact') &&
      `cleanup.policy is ${cleanupPolicy}: Kafka keeps the newest record of each client only, since clientName is the key. Set it to delete`,
    retentionMs >= 0 &&
      retentionMs < oldestStampMs &&
      `retention.ms is ${retentionMs}: records are stamped up to 24 h back, and may be deleted as soon as they are written. Set it to ${14 * dayMs} (14 days), or to more than consumers may be away`,
    timestampType !== 'LogAppendTime' &&
      timestampBeforeMaxMs !== null &&
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
