import { BridgeError, ExitCode, reasonOf } from '../errors.ts';
import { errorFrom } from './broker-error.ts';
import type { Cluster, Description, PartitionState } from './cluster.ts';
import kafkajs, { clientRequest } from './kafkajs.ts';
import { isUnauthorized, kafkaError, refusalOf } from './refusal.ts';

/** A topic is missing or the cluster doesn't let us see it: without DESCRIBE Kafka makes no difference between the two. */
function missingTopics(topics: readonly string[]): BridgeError {
  const names = topics.join(', ');
  const message =
    `the cluster has no topic ${names}, or this user may not see it. ` +
    'Create it with `nbwss-bridge topics create`, or grant WRITE (which implies DESCRIBE) on it';
  return new BridgeError(message, {
    code: 'topics-missing',
    retryable: true,
    exitCode: ExitCode.unavailable,
  });
}

export interface PartitionCount {
  readonly topic: string;
  readonly partitions: number;
  /** The fewest replicas that a partition has; null where none is told. */
  readonly replication: number | null;
}

/**
 * The topics' numbers of partitions and replicas, in the order of `topics`.
 * @throws BridgeError `topics-missing`, `kafka-metadata` when Kafka can't be asked
 */
export async function readPartitions(
  cluster: Pick<Cluster, 'describe'>,
  topics: readonly string[],
): Promise<PartitionCount[]> {
  return partitionCounts(await cluster.describe(topics), topics);
}

/** The same of what a broker has told. A partition without a leader counts like any other. @throws BridgeError `topics-missing` */
export function partitionCounts(described: Description, topics: readonly string[]): PartitionCount[] {
  const missing: string[] = [];
  const counts = topics.map((topic) => {
    const partitions = described.topics.get(topic)?.partitions ?? new Map<number, PartitionState>();
    if (partitions.size === 0) missing.push(topic);
    const replicas = partitions
      .values()
      .flatMap((each) => (each.replicas.length > 0 ? [each.replicas.length] : []));
    const fewest = Math.min(...replicas);
    return { topic, partitions: partitions.size, replication: Number.isFinite(fewest) ? fewest : null };
  });
  if (missing.length > 0) throw missingTopics(missing);
  return counts;
}

/** Each topic's `max.message.bytes`. Needs DESCRIBE_CONFIGS on them. @throws as readConfigs */
export async function readMaxMessageBytes(
  cluster: Pick<Cluster, 'askAny'>,
  topics: readonly string[],
): Promise<Map<string, number>> {
  const configs = await readConfigs(cluster, topics, ['max.message.bytes']);
  return new Map(
    topics.map((topic) => {
      const bytes = numberOf(configs.get(topic)?.get('max.message.bytes'));
      if (bytes === null || bytes <= 0) throw notTold(topic);
      return [topic, bytes];
    }),
  );
}

/** What to do, as a sentence. */
export function maxMessageBytesNotTold(topic: string): string {
  return `the cluster doesn't tell the max.message.bytes of ${topic}: set kafka.maxMessageBytes to it`;
}

function notTold(topic: string): BridgeError {
  return new BridgeError(maxMessageBytesNotTold(topic), {
    code: 'describe-configs-denied',
    retryable: true,
    exitCode: ExitCode.unavailable,
  });
}

/** A whole number in decimal digits, as Kafka writes the values of settings; null for anything else. */
export function numberOf(text: string | null | undefined): number | null {
  return text !== null && text !== undefined && /^-?\d+$/.test(text) ? Number(text) : null;
}

interface ConfigsAnswer {
  readonly resources: readonly {
    readonly errorCode: number;
    readonly errorMessage: string | null;
    readonly resourceName: string;
    readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
  }[];
}

/**
 * Settings of topics, by topic and name; those without a value are left out, as those are which the broker leaves out. Needs DESCRIBE_CONFIGS on the topics, which have to exist.
 * @throws BridgeError `describe-configs-denied`, or the code of what keeps the bridge out of Kafka
 */
export async function readConfigs(
  cluster: Pick<Cluster, 'askAny'>,
  topics: readonly string[],
  names: readonly string[],
): Promise<Map<string, Map<string, string>>> {
  const resources = topics.map((name) => ({
    type: kafkajs.ConfigResourceTypes.TOPIC,
    name,
    configNames: [...names],
  }));
  const ask = clientRequest<ConfigsAnswer>('DescribeConfigs', { resources, includeSynonyms: false });
  try {
    const answer = await cluster.askAny(ask);
    const refused = answer.resources.find(({ errorCode }) => errorCode !== 0);
    if (refused !== undefined)
      throw errorFrom({ errorCode: refused.errorCode, reason: refused.errorMessage });
    return new Map(
      answer.resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(
          configEntries.flatMap(({ configName, configValue }) =>
            configValue ? [[configName, configValue]] : [],
          ),
        ),
      ]),
    );
  } catch (error) {
    throw configsUnread(error);
  }
}

function configsUnread(cause: unknown): BridgeError {
  const what = "can't read the topics' configuration";
  const isDenied = isUnauthorized(cause);
  // What keeps the bridge out of Kafka is no question of rights or settings of topics.
  if (!isDenied && refusalOf(cause) !== null) return kafkaError(what, cause, 'kafka-metadata');
  const message =
    `${what} (${reasonOf(cause)}). ` +
    (isDenied ? 'Grant DESCRIBE_CONFIGS on them, or set' : 'Where the cluster never tells it, set') +
    ' kafka.maxMessageBytes to their max.message.bytes';
  return new BridgeError(message, {
    code: 'describe-configs-denied',
    retryable: true,
    exitCode: isDenied ? ExitCode.denied : ExitCode.unavailable,
    cause,
  });
}
