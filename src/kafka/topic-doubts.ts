/** Sentences on a topic that can be worked with: warnings. */
import { notTold, type TopicState } from './topic-state.ts';

/** A record is stamped with NetBackup's time of the message, up to so far back (docs/delivery.md, timestamps). In ms. */
export const oldestStampMs = 24 * 60 * 60 * 1000;
/** What Kafka knows as `compression.type`; `tail` and `replay` read all of them (src/kafka/codecs.ts). */
const readableTypes: ReadonlySet<string> = new Set([
  'producer',
  'uncompressed',
  'gzip',
  'snappy',
  'lz4',
  'zstd',
]);

/** What works, with fewer copies, or with less room for a broker that is away, than it seems to promise. */
export function fewCopies({ replication, minInsyncReplicas }: TopicState): string[] {
  if (replication === null) return [];
  return sentences([
    replication === 1 &&
      "has one replica: one broker's disk is all that holds a confirmed record, unless the service keeps copies of its own. Give it three",
    minInsyncReplicas !== null &&
      minInsyncReplicas > replication &&
      `min.insync.replicas is ${minInsyncReplicas}, and there are ${replication} replica(s): Kafka 4 takes the smaller number, and confirms a record ` +
        'with fewer copies than the setting says; Kafka before 4 refuses every record (NOT_ENOUGH_REPLICAS). ' +
        'Add replicas, or set it lower',
    replication > 1 &&
      minInsyncReplicas === replication &&
      `min.insync.replicas is ${minInsyncReplicas} of ${replication} replicas: nothing can be written while one broker is away`,
  ]);
}

/** What the cluster doesn't tell, where it matters. */
export function untold(state: TopicState): string[] {
  const {
    replication,
    minInsyncReplicas,
    uncleanLeaderElection,
    cleanupPolicy,
    retentionMs,
    timestampBeforeMaxMs,
  } = state;
  const copies = sentences([
    replication === null && 'the number of replicas',
    replication !== 1 && minInsyncReplicas === null && 'min.insync.replicas',
    replication !== 1 && uncleanLeaderElection === null && 'unclean.leader.election.enable',
  ]);
  const keeping = sentences([
    cleanupPolicy === null && 'cleanup.policy',
    retentionMs === null && 'retention.ms',
  ]);
  return sentences([
    copies.length > 0 &&
      `${copies.join(', ')}: ${notTold}. See what its documentation says of a confirmed record when a broker is lost`,
    state.timestampType === null &&
      timestampBeforeMaxMs !== null &&
      timestampBeforeMaxMs < oldestStampMs &&
      `message.timestamp.type: ${notTold}. Where it is not LogAppendTime, records are refused that are stamped further back than ` +
        `message.timestamp.before.max.ms, which is ${timestampBeforeMaxMs}; they are stamped up to 24 h back`,
    keeping.length > 0 &&
      `${keeping.join(', ')}: ${notTold}. See in its own tools that records are kept long enough, and not compacted`,
  ]);
}

/** What `tail` and `replay` may not be able to read back. */
export function unreadable({ compressionType }: TopicState): string[] {
  if (compressionType === null || readableTypes.has(compressionType)) return [];
  return [
    `compression.type is ${compressionType}, which \`tail\` and \`replay\` may not be able to read: set it to producer`,
  ];
}

/** Those of the sentences that hold. */
export function sentences(found: readonly (string | false)[]): string[] {
  return found.filter((sentence) => sentence !== false);
}
