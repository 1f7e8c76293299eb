import { BridgeError } from '../errors.ts';
import { failureOf, type Judgement } from '../verdict.ts';
import { findingsOn, findingsOnReplays } from './topic-needs.ts';
import { describeState, readTopicState, type TopicState } from './topic-state.ts';
import type { Cluster } from './cluster.ts';
import { readPartitions } from './topics.ts';

export interface TopicCheckOptions {
  readonly topics: readonly string[];
  /** The one of them that has to take whatever the others don't. */
  readonly deadLetters: string;
  /** Makes up for a denied DESCRIBE_CONFIGS. */
  readonly maxMessageBytes?: number | undefined;
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
  const brokers = (await cluster.describe(options.topics)).brokers.size;
  const checked: CheckedTopic[] = [];
  for (const topic of options.topics) checked.push(await checkTopic(cluster, topic, brokers, options));
  return checked;
}

async function checkTopic(
  cluster: Cluster,
  topic: string,
  brokers: number,
  { deadLetters, maxMessageBytes }: TopicCheckOptions,
): Promise<CheckedTopic> {
  try {
    const state = await readTopicState(cluster, topic);
    const findings = findingsOn(state, brokers, topic === deadLetters);
    return { topic, line: describeState(state), state, findings };
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    if (error.code !== 'describe-configs-denied')
      return { topic, line: null, state: null, findings: [failureOf(error)] };
    const finding = maxMessageBytes === undefined ? failureOf(error) : notChecked(topic);
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
        findings: [notChecked(topic)],
      };
    if (error.code !== 'topics-missing')
      return { topic, line: null, state: null, findings: [failureOf(error)] };
    const text = `${error.message}. Only \`replay\` needs it`;
    return { topic, line: null, state: null, findings: [{ state: 'warning', text }] };
  }
}

async function lineWithoutSettings(cluster: Cluster, topic: string): Promise<string> {
  const [count] = await readPartitions(cluster, [topic]);
  return `${topic}: ${count?.partitions} partitions, replication ${count?.replication}`;
}

function notChecked(topic: string): Judgement {
  const text = `${topic}: its settings are not checked, this user may not read them: grant DESCRIBE_CONFIGS on it for that`;
  return { state: 'warning', text };
}
