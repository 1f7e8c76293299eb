import { ExitCode } from '../errors.ts';
import type { Judgement } from '../verdict.ts';
import { fewCopies, oldestStampMs, sentences, unreadable, untold } from './topic-doubts.ts';
import { notTold, type TopicState } from './topic-state.ts';
import { maxMessageBytesNotTold } from './topics.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** A dead letter without its raw bytes: 28 KiB of names, reason and paths (src/encode/dead-letter.ts), a key of 4 KiB, and the batch around. */
const leastMaxMessageBytes = 32 * 1024;
export interface TopicUse {
  /** Whether it is the topic that has to take whatever the others don't. */
  readonly isDeadLetters: boolean;
  /** `kafka.maxMessageBytes`, which stands in for what the cluster tells. */
  readonly maxMessageBytes?: number | undefined;
}

/**
 * What is wrong with a topic for a bridge that answers only what is committed; nothing where nothing is. By its settings a confirmed
 * record can be lost, or some can't be written (78); by the state of the brokers, which may recover by itself, none can be written now (69).
 * Nothing is concluded from a setting that the cluster doesn't tell: where it matters, a warning says so.
 */
export function findingsOn(state: TopicState, use: TopicUse): Judgement[] {
  const failed = (exitCode: ExitCode) => (sentence: string) =>
    ({ state: 'failed', text: `${state.topic}: ${sentence}`, exitCode }) as const;
  return [
    ...unsafeSettings(state, use).map(failed(ExitCode.config)),
    ...unwritablePartitions(state).map(failed(ExitCode.unavailable)),
    ...unknownLimit(state, use),
    ...[...fewCopies(state), ...untold(state), ...unreadable(state)].map(warningOn(state)),
  ];
}

/**
 * What is wrong with the topic of the marks of `replay`, which holds one for each dead letter that was sent, for ever. Nobody else needs it:
 * warnings.
 */
export function findingsOnReplays(state: TopicState): Judgement[] {
  const { cleanupPolicy } = state;
  const forgets =
    '`replay` forgets what it has sent when the marks are deleted, and sends it again. Set it to compact';
  const found = [
    cleanupPolicy === null && `cleanup.policy is ${notTold}: where it is not compact, ${forgets}`,
    cleanupPolicy !== null && cleanupPolicy !== 'compact' && `cleanup.policy is ${cleanupPolicy}: ${forgets}`,
  ];
  return [...sentences(found), ...unreadable(state)].map(warningOn(state));
}

function warningOn({ topic }: TopicState) {
  return (text: string): Judgement => ({ state: 'warning', text: `${topic}: ${text}` });
}

/** The bridge doesn't start without it either (src/kafka/topics.ts). */
function unknownLimit({ topic, maxMessageBytes }: TopicState, use: TopicUse): Judgement[] {
  if (maxMessageBytes !== null || use.maxMessageBytes !== undefined) return [];
  return [{ state: 'failed', text: maxMessageBytesNotTold(topic), exitCode: ExitCode.unavailable }];
}

/** So many replicas have to be in sync: from Kafka 4 on no more than there are. Null where it isn't told. */
function neededInSync({ replication, minInsyncReplicas }: TopicState): number | null {
  if (minInsyncReplicas === null || replication === null) return minInsyncReplicas;
  return Math.min(minInsyncReplicas, replication);
}

function unwritablePartitions(state: TopicState): string[] {
  const { partitions } = state;
  const needed = neededInSync(state);
  const leaderless = partitions.filter(({ hasLeader }) => !hasLeader).length;
  const thin = partitions.filter(
    ({ hasLeader, inSync }) => needed !== null && hasLeader && inSync < needed,
  ).length;
  return sentences([
    leaderless > 0 &&
      `${leaderless} of ${partitions.length} partitions have no leader: nothing can be written to them until one of their brokers is back`,
    thin > 0 &&
      `${thin} of ${partitions.length} partitions have fewer than ${needed} replicas in sync: nothing can be written to them until more are`,
  ]);
}

function unsafeSettings(state: TopicState, use: TopicUse): string[] {
  const { replication, minInsyncReplicas, cleanupPolicy, retentionMs, timestampBeforeMaxMs } = state;
  const hasCopies = replication !== null && replication > 1;
  const maxMessageBytes = use.maxMessageBytes ?? state.maxMessageBytes;
  return sentences([
    hasCopies &&
      minInsyncReplicas !== null &&
      minInsyncReplicas < 2 &&
      `min.insync.replicas is ${minInsyncReplicas} with ${replication} replicas: a record can be confirmed and lost with one broker. Set it to 2`,
    cleanupPolicy !== null &&
      cleanupPolicy.includes('compact') &&
      `cleanup.policy is ${cleanupPolicy}: Kafka keeps the newest record of each client only, since clientName is the key. Set it to delete`,
    retentionMs !== null &&
      retentionMs >= 0 &&
      retentionMs < oldestStampMs &&
      `retention.ms is ${retentionMs}: records are stamped up to 24 h back, and may be deleted as soon as they are written. Set it to ${14 * dayMs} (14 days), or to more than consumers may be away`,
    state.timestampType !== null &&
      state.timestampType !== 'LogAppendTime' &&
      timestampBeforeMaxMs !== null &&
      timestampBeforeMaxMs < oldestStampMs &&
      `message.timestamp.before.max.ms is ${timestampBeforeMaxMs}: records are stamped up to 24 h back, and older ones are refused. Set it to at least ${oldestStampMs}`,
    hasCopies &&
      state.uncleanLeaderElection === true &&
      'unclean.leader.election.enable is true: confirmed records are lost when a replica that lags becomes leader. Set it to false',
    use.isDeadLetters &&
      maxMessageBytes !== null &&
      maxMessageBytes < leastMaxMessageBytes &&
      `max.message.bytes is ${maxMessageBytes}: some dead letters do not fit even without their raw bytes, and hold up their message. Set it to at least ${leastMaxMessageBytes}`,
  ]);
}
