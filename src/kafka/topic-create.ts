import { setTimeout as delay } from 'node:timers/promises';
import type { ITopicConfig } from 'kafkajs';
import { BridgeError, ExitCode, UnavailableError, reasonOf } from '../errors.ts';
import { errorFrom } from './broker-error.ts';
import type { Cluster, Description } from './cluster.ts';
import { clientRequest } from './kafkajs.ts';
import { isUnauthorized, kafkaError } from './refusal.ts';
import { readPartitions } from './topics.ts';

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
 * Creates what is missing.
 * @param onTopic called with each as soon as it is created, or found to exist
 * @returns the topics that were created; the others exist and are left as they are
 * @throws BridgeError when Kafka refuses to create one, or doesn't show a new topic in time
 */
export async function createTopics(
  cluster: Cluster,
  plans: readonly TopicPlan[],
  onTopic: (plan: TopicPlan, isCreated: boolean) => void = () => {},
): Promise<string[]> {
  const created: string[] = [];
  for (const each of plans) {
    const { topic, partitions, replication, minInsyncReplicas, retentionMs } = each;
    const configEntries = [
      { name: 'min.insync.replicas', value: String(minInsyncReplicas) },
      retentionMs === null
        ? { name: 'cleanup.policy', value: 'compact' }
        : { name: 'retention.ms', value: String(retentionMs) },
    ];
    const plan = { topic, numPartitions: partitions, replicationFactor: replication, configEntries };
    const isCreated = await createTopic(cluster, plan);
    if (isCreated) created.push(topic);
    onTopic(each, isCreated);
  }
  if (created.length > 0) await untilVisible(cluster, created);
  return created;
}

/** NOT_CONTROLLER: another broker has taken over since the cluster was described. */
const notController = 'NOT_CONTROLLER';
/** How often another controller is looked for, and how long a broker may take to create a topic, in ms. */
const controllerLooks = 3;
const creationBoundMs = 5_000;

interface CreationAnswer {
  readonly topicErrors: readonly {
    readonly errorCode: number;
    /** Not in the first version. */
    readonly errorMessage?: string | null;
  }[];
}

/** @returns false where the topic exists */
async function createTopic(cluster: Cluster, plan: ITopicConfig): Promise<boolean> {
  for (let look = 1; ; look++) {
    const failure = await attemptCreation(cluster, plan);
    if (failure === null) return true;
    const { type } = Object(failure) as { readonly type?: unknown };
    if (type === 'TOPIC_ALREADY_EXISTS') return false;
    if (type !== notController || look === controllerLooks) throw notCreated(plan.topic, failure);
  }
}

/** @returns why the topic was not created; null where it was */
async function attemptCreation(cluster: Cluster, plan: ITopicConfig): Promise<unknown> {
  const input = { topics: [plan], validateOnly: false, timeout: creationBoundMs };
  const ask = clientRequest<CreationAnswer>('CreateTopics', input);
  try {
    const { controller } = await cluster.describe([plan.topic]);
    // Where none is named, the broker that is asked may know one.
    const { topicErrors } = await (controller === null
      ? cluster.askAny(ask)
      : cluster.askNode(controller, ask));
    const refused = topicErrors.find(({ errorCode }) => errorCode !== 0);
    if (refused === undefined) return null;
    return errorFrom({ errorCode: refused.errorCode, reason: refused.errorMessage ?? null });
  } catch (error) {
    return error;
  }
}

function notCreated(topic: string, cause: unknown): BridgeError {
  const what = `can't create the topic ${topic}`;
  if (!isUnauthorized(cause)) return kafkaError(what, cause, 'topic-not-created');
  const message = `${what}: ${reasonOf(cause)}: grant CREATE on it (docs/kafka-security.md)`;
  return new BridgeError(message, {
    code: 'topic-not-created',
    retryable: true,
    exitCode: ExitCode.denied,
    cause,
  });
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
