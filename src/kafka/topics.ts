import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, ITopicConfig } from 'kafkajs';
import { BridgeError, ExitCode, UnavailableError, reasonOf } from '../errors.ts';
import type { TopicShape } from '../produce/topic-lanes.ts';
import kafkajs from './kafkajs.ts';
import { refusalOf } from './refusal.ts';

/** A topic as the cluster describes it. */
export interface TopicDescription extends TopicShape {
  readonly topic: string;
  readonly replication: number;
  readonly minInsyncReplicas: number;
  readonly retentionMs: number;
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
 * @throws BridgeError `topics-missing`, UnavailableError when Kafka can't be asked
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
    const refusal = refusalOf(error);
    const reason = refusal?.text ?? (error instanceof TypeError ? notDescribed(topic) : reasonOf(error));
    const message = `can't ask Kafka for its topics: ${reason}`;
    throw new UnavailableError(message, refusal?.code ?? 'kafka-metadata', error);
  }
}

/** The client swallows the brokers' answer for a topic that it has seen before, and stumbles over the lack of it. */
function notDescribed(topic: string): string {
  return `no broker describes ${topic} any more: it was deleted, or this user may not see it since (DESCRIBE, which WRITE implies)`;
}

/**
 * The topics in full. Needs DESCRIBE_CONFIGS on them.
 * @throws as readPartitions; BridgeError `describe-configs-denied`
 */
export async function describeTopics(admin: Admin, topics: readonly string[]): Promise<TopicDescription[]> {
  const counts = await readPartitions(admin, topics);
  const configs = await readConfigs(admin, topics);
  return counts.map((count) => {
    const value = (name: string) => Number(configs.get(count.topic)?.get(name));
    return {
      ...count,
      maxMessageBytes: value('max.message.bytes'),
      minInsyncReplicas: value('min.insync.replicas'),
      retentionMs: value('retention.ms'),
    };
  });
}

async function readConfigs(
  admin: Admin,
  topics: readonly string[],
): Promise<Map<string, Map<string, string>>> {
  const names = ['max.message.bytes', 'min.insync.replicas', 'retention.ms'];
  const resources = topics.map((name) => ({
    type: kafkajs.ConfigResourceTypes.TOPIC,
    name,
    configNames: names,
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
      exitCode: ExitCode.unavailable,
      cause: error,
    });
  }
}

/** How many brokers the cluster has: replication can't be higher. @throws UnavailableError */
export async function countBrokers(admin: Admin): Promise<number> {
  try {
    return (await admin.describeCluster()).brokers.length;
  } catch (error) {
    throw new UnavailableError(
      `can't ask Kafka for its brokers: ${reasonOf(error)}`,
      'kafka-metadata',
      error,
    );
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
 * @throws UnavailableError when Kafka refuses to create one, or doesn't show a new topic in time
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
    throw new UnavailableError(message, 'topic-not-created', error);
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

/** What is wrong with a topic for a bridge that answers only what is committed; empty where nothing is. */
export function problemsOf(topic: TopicDescription): string[] {
  const { replication, minInsyncReplicas } = topic;
  if (replication > 1 && minInsyncReplicas < 2) {
    return [
      `${topic.topic}: min.insync.replicas is ${minInsyncReplicas} with ${replication} replicas: ` +
        'a record can be confirmed and lost with one broker. Set it to 2',
    ];
  }
  if (minInsyncReplicas > replication) {
    return [
      `${topic.topic}: min.insync.replicas ${minInsyncReplicas} exceeds the ${replication} replicas: nothing can be written`,
    ];
  }
  return [];
}

function isUnknownTopic(error: unknown): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const { type } = e as Error & { type?: unknown };
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION' || type === 'TOPIC_AUTHORIZATION_FAILED') return true;
  }
  return false;
}
