import { Command } from 'commander';
import { loadGroups } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { BridgeError, ExitCode, UsageError } from '../errors.ts';
import { connectAdmin } from '../kafka/client.ts';
import { countBrokers, createTopics, defaultPlan, describeTopics, problemsOf } from '../kafka/topics.ts';
import { createLog } from './log.ts';
import { sourcesOf, withSettings } from './settings.ts';

const groups = ['kafka', 'log'] as const;

/** `topics create` and `topics check`: 69 when Kafka does not answer, 78 for a topic that is not safe. */
export function topicsCommand(): Command {
  const command = new Command('topics').description('the Kafka topics that the bridge writes to');

  const create = new Command('create')
    .description('create the topics that are missing; those that exist are left as they are')
    .option('--partitions <n>', 'partitions of each topic', '12')
    .option('--replication <n>', 'replicas of each partition (default: 3, or 1 on a single broker)');
  withSettings(create, groups).action(async () => {
    const { kafka, log } = loadGroups(sourcesOf(create), groups);
    const given = create.opts<{ partitions: string; replication?: string }>();
    const partitions = positive('--partitions', given.partitions);
    const replication = given.replication === undefined ? null : positive('--replication', given.replication);
    await using client = await connectAdmin(kafka, createLog(log.level));
    const brokers = await countBrokers(client.admin);
    const plans = names(kafka).map((topic) => {
      const plan = defaultPlan(topic, topic === kafka.topics.deadLetters, brokers);
      const replicas = replication ?? plan.replication;
      return {
        ...plan,
        partitions,
        replication: replicas,
        minInsyncReplicas: replicas > 1 ? 2 : 1,
      };
    });
    const created = await createTopics(client.admin, plans);
    for (const { topic, partitions: count, replication: replicas } of plans) {
      const what = created.includes(topic)
        ? `created with ${count} partitions, replication ${replicas}`
        : 'exists already';
      process.stdout.write(`${topic}: ${what}\n`);
    }
  });

  const check = new Command('check').description(
    'check that the topics exist, and that a confirmed record survives a broker',
  );
  withSettings(check, groups).action(async () => {
    const { kafka, log } = loadGroups(sourcesOf(check), groups);
    await using client = await connectAdmin(kafka, createLog(log.level));
    const topics = await describeTopics(client.admin, names(kafka));
    for (const topic of topics) {
      const days =
        topic.retentionMs < 0 ? 'unlimited' : `${(topic.retentionMs / 86_400_000).toFixed(1)} days`;
      process.stdout.write(
        `${topic.topic}: ${topic.partitions} partitions, replication ${topic.replication}, min.insync.replicas ` +
          `${topic.minInsyncReplicas}, max.message.bytes ${topic.maxMessageBytes}, retention ${days}\n`,
      );
    }
    const problems = topics.flatMap(problemsOf);
    if (problems.length > 0) {
      throw new BridgeError(problems.join('\n'), { code: 'topics-unsafe', exitCode: ExitCode.config });
    }
  });

  return command.addCommand(create).addCommand(check);
}

function names({ topics }: Config['kafka']): string[] {
  return [topics.jobs, topics.images, topics.deadLetters];
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 10_000) return value;
  throw new UsageError(`${option} must be a whole number from 1 to 10000, not ${JSON.stringify(text)}`);
}
