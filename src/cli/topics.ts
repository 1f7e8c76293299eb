import { Command } from 'commander';
import { loadGroups } from '../config/load.ts';
import { BridgeError, ExitCode, UsageError } from '../errors.ts';
import { connectCluster } from '../kafka/cluster.ts';
import { type CheckedTopic, checkReplaysTopic, checkTopics } from '../kafka/topic-check.ts';
import {
  countBrokers,
  createTopics,
  defaultPlan,
  replaysPlan,
  type TopicPlan,
} from '../kafka/topic-create.ts';
import { recordTopics } from '../record-topics.ts';
import { exitCodeOf } from '../verdict.ts';
import { kafkaAt } from '../where-asked.ts';
import { createLog } from './log.ts';
import { sourcesOf, withSettings } from './settings.ts';
import { tell, whatFailed } from './stderr.ts';
import { goOnWithoutReader, printJson, printLine } from './stdout.ts';
import { secondsOf, waitingFor, withTimeout } from './waiting.ts';

const groups = ['kafka', 'log'] as const;

/** `topics create` and `topics check`: 69 when Kafka does not answer, 77 when it refuses us, 78 for a topic that is not safe. */
export function topicsCommand(): Command {
  const command = new Command('topics').description('the Kafka topics that the bridge writes to');

  const create = new Command('create')
    .description('create the topics that are missing; those that exist are left as they are')
    .option('--partitions <n>', "partitions of each topic of records (the replays' has one)", '12')
    .option(
      '--replication <n>',
      'replicas of each partition (default: 3; one on each broker where there are fewer)',
    );
  withSettings(withTimeout(create), groups).action(async () => {
    const { kafka, log } = loadGroups(sourcesOf(create), groups);
    const given = create.opts<{ partitions: string; replication?: string }>();
    const partitions = positive('--partitions', given.partitions);
    const replication = given.replication === undefined ? null : positive('--replication', given.replication);
    const { topics } = kafka;
    goOnWithoutReader();
    await waitingFor(kafkaAt(kafka), secondsOf(create), async () => {
      await using cluster = await connectCluster(kafka, createLog(log.level));
      const brokers = replication ?? countBrokers(await cluster.describe(recordTopics(topics)));
      const plans = [
        ...recordTopics(topics).map((topic) => ({
          ...defaultPlan(topic, topic === topics.deadLetters, brokers),
          partitions,
        })),
        replaysPlan(topics.replays, brokers),
      ].map((plan) => {
        const replicas = replication ?? plan.replication;
        return { ...plan, replication: replicas, minInsyncReplicas: replicas > 1 ? 2 : 1 };
      });
      await createTopics(cluster, plans, (plan, isCreated) => printLine(inWords(plan, isCreated)));
    });
  });

  const check = new Command('check')
    .description(
      'check that the topics exist, that a confirmed record survives a broker, and that nothing deletes or refuses records before ' +
        'their time',
    )
    .option('--json', 'print what was found as JSON');
  withSettings(withTimeout(check), groups).action(async () => {
    const { kafka, log } = loadGroups(sourcesOf(check), groups);
    const isJson = check.opts()['json'] === true;
    const { topics } = kafka;
    const checked: CheckedTopic[] = [];
    await waitingFor(kafkaAt(kafka), secondsOf(check), async () => {
      await using cluster = await connectCluster(kafka, createLog(log.level));
      const onChecked = (found: CheckedTopic) => {
        checked.push(found);
        tellOf(found, isJson);
      };
      const options = { ...kafka, topics: recordTopics(topics), deadLetters: topics.deadLetters, onChecked };
      await checkTopics(cluster, options);
      onChecked(await checkReplaysTopic(cluster, topics.replays));
    });
    if (isJson) printJson(factsOf(checked));
    const problems = checked.flatMap(({ findings }) => findings).filter(({ state }) => state === 'failed');
    if (problems.length === 0) return;
    throw new BridgeError(whatFailed(problems.length, 'the topics'), {
      code: 'topics-unfit',
      exitCode: exitCodeOf(problems),
    });
  });

  return command.addCommand(create).addCommand(check);
}

function inWords({ topic, partitions, replication }: TopicPlan, isCreated: boolean): string {
  const what = isCreated
    ? `created with ${partitions} partitions, replication ${replication}`
    : 'exists already';
  return `${topic}: ${what}`;
}

/** As soon as it is known: what is asked behind it may give no answer. */
function tellOf({ line, findings }: CheckedTopic, isJson: boolean): void {
  if (line !== null && !isJson) printLine(line);
  for (const { state, text } of findings) tell(`${state}: ${text}`);
}

function factsOf(checked: readonly CheckedTopic[]) {
  const exitCode = exitCodeOf(checked.flatMap(({ findings }) => findings));
  const topics = checked.map(({ topic, state, findings }) => ({
    topic,
    ...state,
    findings: findings.map((finding) => ({ state: finding.state, text: finding.text })),
  }));
  return { fit: exitCode === ExitCode.ok, exitCode, topics };
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 10_000) return value;
  throw new UsageError(`${option} must be a whole number from 1 to 10000, not ${JSON.stringify(text)}`);
}
