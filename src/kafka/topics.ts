import { setTimeout as delay } from 'node:timers/promises';
import type { ITopicConfig } from 'kafkajs';
import { BridgeError, ExitCode, UnavailableError, reasonOf } from '../errors.ts';
import type { Cluster, Description, PartitionState } from './cluster.ts';
import kafkajs, { clientRequest } from './kafkajs.ts';
import { refusalOf } from './refusal.ts';

/** What a topic is created with. */
export interface TopicPlan {
  readonly topic: string;
  readonly partitions: number;
  readonly replication: number;
  readonly minInsyncReplicas: number;
  /** Null for a compacted topic, which keeps the last record of every key for ever. */
  readonly retentionMs: number | null;
}

const dayMs = 24 * 60 * 60 * 1000;

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
    readonly resourceName: string;
    readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
  }[];
}

/**
 * Settings of topics, by topic and name; those without a value are left out, as those are which the broker leaves out. Needs DESCRIBE_CONFIGS on the topics, which have to exist.
 * @throws BridgeError `describe-configs-denied`
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
  try {
    const ask = clientRequest<ConfigsAnswer>(
      'DescribeConfigs',
      { resources, includeSynonyms: false },
      'throw',
    );
    const response = await cluster.askAny(ask);
    return new Map(
      response.resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(
          configEntries.flatMap(({ configName, configValue }) =>
            configValue ? [[configName, configValue]] : [],
          ),
        ),
      ]),
    );
  } catch (error) {
    const isDenied = refusalOf(error) !== null;
    const message =
      `can't read the topics' configuration (${reasonOf(error)}). ` +
      (isDenied ? 'Grant DESCRIBE_CONFIGS on them, or set' : 'Where the cluster never tells it, set') +
      ' kafka.maxMessageBytes to their max.message.bytes';
    throw new BridgeError(message, {
      code: 'describe-configs-denied',
      retryable: true,
      exitCode: isDenied ? ExitCode.denied : ExitCode.unavailable,
      cause: error,
    });
  }
}

/** How many brokers the cluster has. @throws UnavailableError where it names none: what a topic needs can't be told then */
export function countBrokers({ brokers }: Description): number {
  if (brokers.size > 0) return brokers.size;
  const message =
    'Kafka answers, but names no brokers, so that nobody can tell how many replicas a topic can have: try again when the cluster is up, ' +
    'or give --replication';
  throw new UnavailableError(message, 'kafka-no-brokers');
}

/** What `topics create` makes: 12 partitions, three replicas with two in sync (one on a single broker), 14 and 90 days. */
export function defaultPlan(topic: string, isDeadLetters: boolean, brokers: number): TopicPlan {
  const replication = Math.min(3, brokers);
  return {
    topic,
    partitions: 12,
    replication,
    minInsyncReplicas: replication > 1 ? 2 : 1,
    retentionMs: (isDeadLetters ? 90 : 14) * dayMs,
  };
}

/** The topic of the marks of `replay`: small records by key, so compacted, and in one partition. */
export function replaysPlan(topic: string, brokers: number): TopicPlan {
  return { ...defaultPlan(topic, false, brokers), partitions: 1, retentionMs: null };
}

/** How long the brokers may take to learn of a new topic and its leaders, and the pause between two questions; in ms. */
const visibleBoundMs = 10_000;
const visiblePollMs = 50;

/**
 * Creates what is missing. @returns the topics that were created; the others exist and are left as they are
 * @throws BridgeError when Kafka refuses to create one, or doesn't show a new topic in time
 */
export async function createTopics(cluster: Cluster, plans: readonly TopicPlan[]): Promise<string[]> {
  const created: string[] = [];
  for (const { topic, partitions, replication, minInsyncReplicas, retentionMs } of plans) {
    const configEntries = [
      { name: 'min.insync.replicas', value: String(minInsyncReplicas) },
      retentionMs === null
        ? { name: 'cleanup.policy', value: 'compact' }
        : { name: 'retention.ms', value: String(retentionMs) },
    ];
    const plan = { topic, numPartitions: partitions, replicationFactor: replication, configEntries };
    if (await createTopic(cluster, plan)) created.push(topic);
  }
  if (created.length > 0) await untilVisible(cluster, created);
  return created;
}

/** NOT_CONTROLLER: another broker has taken over since the cluster was described. */
const notController = 'NOT_CONTROLLER';
/** How often another controller is looked for, and how long a broker may take to create a topic, in ms. */
const controllerLooks = 3;
const creationBoundMs = 5_000;

/** @returns false where the topic exists */
async function createTopic(cluster: Cluster, plan: ITopicConfig): Promise<boolean> {
  const ask = clientRequest(
    'CreateTopics',
    { topics: [plan], validateOnly: false, timeout: creationBoundMs },
    'throw',
  );
  for (let look = 1; ; look++) {
    try {
      const { controller } = await cluster.describe([plan.topic]);
      // Where none is named, the broker that is asked may know one.
      await (controller === null ? cluster.askAny(ask) : cluster.askNode(controller, ask));
      return true;
    } catch (error) {
      // The client puts the broker's reasons into `errors` of an error that says nothing itself.
      const { errors = [error] } = error as { errors?: readonly unknown[] };
      const isAll = (name: string) => errors.every((each) => (each as { type?: unknown }).type === name);
      if (isAll('TOPIC_ALREADY_EXISTS')) return false;
      if (isAll(notController) && look < controllerLooks) continue;
      const message = `can't create the topic ${plan.topic}: ${errors.map(reasonOf).join('; ')}`;
      const denied = errors.some((each) => refusalOf(each)?.code === 'kafka-authorization');
      const exitCode = denied ? ExitCode.denied : ExitCode.unavailable;
      throw new BridgeError(message, { code: 'topic-not-created', retryable: true, exitCode, cause: error });
    }
  }
}

async function untilVisible(cluster: Cluster, topics: readonly string[]): Promise<void> {
  const deadline = performance.now() + visibleBoundMs;
  for (;;) {
    try {
      await readPartitions(cluster, topics);
      return;
    } catch (error) {
      if (performance.now() < deadline) await delay(visiblePollMs);
      else {
        const message = `Kafka took ${topics.join(', ')}, but doesn't show them after ${visibleBoundMs / 1000} s: ${reasonOf(error)}`;
        throw new UnavailableError(message, 'topics-not-visible', error);
      }
    }
  }
}
