import { BridgeError, ExitCode, reasonOf } from '../errors.ts';
import { failureOf, type Judgement } from '../verdict.ts';
import { findingsOn, findingsOnReplays } from './topic-needs.ts';
import { describeState, notTold, readTopicState, type TopicState } from './topic-state.ts';
import type { Cluster } from './cluster.ts';
import { readPartitions } from './topics.ts';

export interface TopicCheckOptions {
  readonly topics: readonly string[];
  /** The one of them that has to take whatever the others don't. */
  readonly deadLetters: string;
  /** Makes up for a denied DESCRIBE_CONFIGS. */
  readonly maxMessageBytes?: number | undefined;
  /** Called with each topic as soon as it is checked. */
  readonly onChecked?: (found: CheckedTopic) => void;
}

/** What a topic is like, and what is wrong with it for the bridge. */
export interface CheckedTopic {
  readonly topic: string;
  /** A line; null where nothing is known of the topic. */
  readonly line: string | null;
  /** Null where the topic is missing, or its settings may not be read. */
  readonly state: TopicState | null;
  /** Failures and warnings. */
  readonly findings: readonly Judgement[];
}

/** Compares each topic with what the bridge needs. @throws BridgeError when Kafka can't be asked for its brokers */
export async function checkTopics(cluster: Cluster, options: TopicCheckOptions): Promise<CheckedTopic[]> {
  // What is wrong with the cluster is no finding on each topic.
  await cluster.describe(options.topics);
  const checked: CheckedTopic[] = [];
  for (const topic of options.topics) {
    const found = await checkTopic(cluster, topic, options);
    options.onChecked?.(found);
    checked.push(found);
  }
  return checked;
}

async function checkTopic(
  cluster: Cluster,
  topic: string,
  { deadLetters, maxMessageBytes }: TopicCheckOptions,
): Promise<CheckedTopic> {
  try {
    const state = await readTopicState(cluster, topic);
    const findings = findingsOn(state, { isDeadLetters: topic === deadLetters, maxMessageBytes });
    return { topic, line: describeState(state), state, findings };
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    if (error.code !== 'describe-configs-denied')
      return { topic, line: null, state: null, findings: [failureOf(error)] };
    const finding = maxMessageBytes === undefined ? failureOf(error) : notChecked(topic, error);
    return { topic, line: await lineWithoutSettings(cluster, topic), state: null, findings: [finding] };
  }
}

/** The topic of the marks of `replay`, which nothing else needs: what it lacks is a warning. @throws as checkTopics */
export async function checkReplaysTopic(cluster: Cluster, topic: string): Promise<CheckedTopic> {
  try {
    const state = await readTopicState(cluster, topic);
    return { topic, line: describeState(state), state, findings: findingsOnReplays(state) };
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    if (error.code === 'describe-configs-denied')
      return {
        topic,
        line: await lineWithoutSettings(cluster, topic),
        state: null,
        findings: [notChecked(topic, error)],
      };
    if (error.code !== 'topics-missing')
      return { topic, line: null, state: null, findings: [failureOf(error)] };
    const text = `${error.message}. Only \`replay\` needs it`;
    return { topic, line: null, state: null, findings: [{ state: 'warning', text }] };
  }
}

async function lineWithoutSettings(cluster: Cluster, topic: string): Promise<string> {
  const [count] = await readPartitions(cluster, [topic]);
  return `${topic}: ${count?.partitions} partitions, replication ${count?.replication ?? notTold}`;
}

function notChecked(topic: string, { exitCode, cause }: BridgeError): Judgement {
  const text =
    exitCode === ExitCode.denied
      ? `${topic}: its settings are not checked, this user may not read them: grant DESCRIBE_CONFIGS on it for that`
      : `${topic}: its settings are not checked, they can't be read: ${reasonOf(cause)}`;
  return { state: 'warning', text };
}
