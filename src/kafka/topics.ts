import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, ITopicConfig } from 'kafkajs';
import { BridgeError, ExitCode, UnavailableError, reasonOf } from '../errors.ts';
import type { TopicShape } from '../produce/topic-lanes.ts';
import kafkajs from './kafkajs.ts';
import { kafkaError, refusalOf } from './refusal.ts';

/** A topic as its producers need to know it. */
export interface TopicDescription extends TopicShape {
  readonly topic: string;
}

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

/**
 * The topics' numbers of partitions and replicas, in the order of `topics`.
 * @throws BridgeError `topics-missing`, `kafka-metadata` when Kafka can't be asked
 */
export async function readPartitions(admin: Admin, topics: readonly string[]): Promise<PartitionCount[]> {
  const found = await Promise.all(topics.map((topic) => partitionsOf(admin, topic)));
  const missing = topics.filter((_, index) => found[index] === null);
  if (missing.length > 0) throw missingTopics(missing);
  return found.filter((count) => count !== null);
}

export interface PartitionCount {
  readonly topic: string;
  readonly partitions: number;
  readonly replication: number;
}

async function partitionsOf(admin: Admin, topic: string): Promise<PartitionCount | null> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const partitions = topics.find(({ name }) => name === topic)?.partitions ?? [];
    if (partitions.length === 0) return null;
    return { topic, partitions: partitions.length, replication: partitions[0]?.replicas.length ?? 0 };
  } catch (error) {
    if (isUnknownTopic(error)) return null;
    const cause = error instanceof TypeError ? new Error(notDescribed(topic), { cause: error }) : error;
    throw kafkaError("can't ask Kafka for its topics", cause, 'kafka-metadata');
  }
}

/** The client swallows the brokers' answer for a topic that it has seen before, and stumbles over the lack of it. */
function notDescribed(topic: string): string {
  return `no broker describes ${topic} any more: it was deleted, or this user may not see it since (DESCRIBE, which WRITE implies)`;
}

/**
 * The topics with their limits. Needs DESCRIBE_CONFIGS on them.
 * @throws as readPartitions and readConfigs
 */
export async function describeTopics(admin: Admin, topics: readonly string[]): Promise<TopicDescription[]> {
  const counts = await readPartitions(admin, topics);
  const configs = await readConfigs(admin, topics, ['max.message.bytes']);
  return counts.map(({ topic, partitions }) => ({
    topic,
    partitions,
    maxMessageBytes: Number(configs.get(topic)?.get('max.message.bytes')),
  }));
}

/**
 * Settings of topics, by topic and name. Needs DESCRIBE_CONFIGS on the topics, which have to exist.
 * @throws BridgeError `describe-configs-denied`
 */
export async function readConfigs(
  admin: Admin,
  topics: readonly string[],
  names: readonly string[],
): Promise<Map<string, Map<string, string>>> {
  const resources = topics.map((name) => ({
    type: kafkajs.ConfigResourceTypes.TOPIC,
    name,
    configNames: [...names],
  }));
  try {
    const response = await admin.describeConfigs({ resources, includeSynonyms: false });
    return new Map(
      response.resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
  } catch (error) {
    const message =
      `can't read the topics' configuration (${reasonOf(error)}). ` +
      'Grant DESCRIBE_CONFIGS on them, or set kafka.maxMessageBytes to their max.message.bytes';
    throw new BridgeError(message, {
      code: 'describe-configs-denied',
      retryable: true,
      exitCode: refusalOf(error) === null ? ExitCode.unavailable : ExitCode.denied,
      cause: error,
    });
  }
}

/** How many brokers the cluster has: replication can't be higher. @throws BridgeError */
export async function countBrokers(admin: Admin): Promise<number> {
  try {
    return (await admin.describeCluster()).brokers.length;
  } catch (error) {
    throw kafkaError("can't ask Kafka for its brokers", error, 'kafka-metadata');
  }
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
export async function createTopics(admin: Admin, plans: readonly TopicPlan[]): Promise<string[]> {
  const created: string[] = [];
  for (const { topic, partitions, replication, minInsyncReplicas, retentionMs } of plans) {
    const configEntries = [
      { name: 'min.insync.replicas', value: String(minInsyncReplicas) },
      retentionMs === null
        ? { name: 'cleanup.policy', value: 'compact' }
        : { name: 'retention.ms', value: String(retentionMs) },
    ];
    const plan = { topic, numPartitions: partitions, replicationFactor: replication, configEntries };
    if (await createTopic(admin, plan)) created.push(topic);
  }
  await untilVisible(admin, created);
  return created;
}

/** @returns false where the topic exists */
async function createTopic(admin: Admin, plan: ITopicConfig): Promise<boolean> {
  try {
    // The client's own wait fails where the broker that it asks hasn't heard of the topic yet.
    return await admin.createTopics({ topics: [plan], waitForLeaders: false });
  } catch (error) {
    // kafkajs puts the broker's reasons into `errors` of an error that says nothing itself.
    const { errors = [error] } = error as { errors?: readonly unknown[] };
    const message = `can't create the topic ${plan.topic}: ${errors.map(reasonOf).join('; ')}`;
    const denied = errors.some((each) => refusalOf(each)?.code === 'kafka-authorization');
    const exitCode = denied ? ExitCode.denied : ExitCode.unavailable;
    throw new BridgeError(message, { code: 'topic-not-created', retryable: true, exitCode, cause: error });
  }
}

async function untilVisible(admin: Admin, topics: readonly string[]): Promise<void> {
  const deadline = performance.now() + visibleBoundMs;
  for (;;) {
    try {
      await readPartitions(admin, topics);
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

function isUnknownTopic(error: unknown): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const { type } = e as Error & { type?: unknown };
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION' || type === 'TOPIC_AUTHORIZATION_FAILED') return true;
  }
  return false;
}
