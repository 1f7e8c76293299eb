import { expect, test } from 'vitest';
import {
  freshTopics,
  replaysTopicOf,
  replicationOfTopics,
  stackFlags,
  type TopicNames,
} from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { connectKafkaAdmin } from '../helpers/kafka-admin.ts';

const { replication, minInsyncReplicas } = replicationOfTopics();

/** A command on the topics of the stack. */
const topicsCommand = (command: string, topics: TopicNames, ...more: string[]) => {
  const flags = stackFlags(topics);
  return nbwssBridge(['topics', command, ...flags.slice(0, flags.indexOf('--registry-url')), ...more]);
};

/** A single broker has one replica of everything, and each topic of records a warning for it. */
const withoutCopies = (stderr: string) =>
  stderr.replaceAll(/^nbwss-bridge: warning: \S+: has one replica: .*\n/gm, '');

test('create: makes what is missing, and leaves alone what is there', async () => {
  const topics = freshTopics();
  expect(await topicsCommand('create', topics)).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: `${[
      ...Object.values(topics).map(
        (topic) => `${topic}: created with 12 partitions, replication ${replication}`,
      ),
      `${replaysTopicOf(topics)}: created with 1 partitions, replication ${replication}`,
    ].join('\n')}\n`,
  });
  expect(await topicsCommand('create', topics, '--partitions', '3')).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: [...Object.values(topics), replaysTopicOf(topics)]
      .map((topic) => `${topic}: exists already\n`)
      .join(''),
  });
});

test('create: with the partitions that are asked for', async () => {
  const topics = freshTopics();
  const { stdout } = await topicsCommand('create', topics, '--partitions', '5');
  expect(stdout).toContain(`${topics.jobs}: created with 5 partitions`);
});

test('create: more replicas than brokers: exit 69, with the reason of the broker', async () => {
  const { exitCode, stdout, stderr } = await topicsCommand(
    'create',
    freshTopics(),
    '--replication',
    String(replication + 1),
  );
  expect({ exitCode, stdout }).toEqual({ exitCode: 69, stdout: '' });
  expect(stderr).toMatch(
    /^nbwss-bridge: can't create the topic \S+: .*replication factor of \d+ .*broker.* \(INVALID_REPLICATION_FACTOR\)$/m,
  );
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('check: says what the topics are', async () => {
  const topics = freshTopics();
  await topicsCommand('create', topics);
  const { exitCode, stdout, stderr } = await topicsCommand('check', topics);
  expect({ exitCode, stderr: withoutCopies(stderr) }).toEqual({ exitCode: 0, stderr: '' });
  const common = `replication ${replication}, min.insync.replicas ${minInsyncReplicas}, max.message.bytes 1048588`;
  const line = (topic: string, days: number) =>
    `${topic}: 12 partitions, ${common}, retention ${days}.0 days\n`;
  const marks = `${replaysTopicOf(topics)}: 1 partitions, ${common}, compacted\n`;
  expect(stdout).toBe(line(topics.jobs, 14) + line(topics.images, 14) + line(topics.deadLetters, 90) + marks);
});

test('check: a topic of the marks that is missing, or not compacted, is a warning: only `replay` needs it', async () => {
  const topics = freshTopics();
  const replays = replaysTopicOf(topics);
  await topicsCommand('create', topics);
  const missing = await topicsCommand('check', topics, '--kafka-topics-replays', `${replays}.other`);
  expect(missing.exitCode).toBe(0);
  expect(withoutCopies(missing.stderr)).toMatch(
    RegExp(
      `^nbwss-bridge: warning: the cluster has no topic ${replays}\\.other, .*nbwss-bridge topics create.*\\. Only \`replay\` needs it\n$`,
    ),
  );
  await using admin = await connectKafkaAdmin();
  await admin.configure(replays, 'cleanup.policy', 'delete');
  const deleted = await topicsCommand('check', topics, '--json');
  expect(deleted.exitCode).toBe(0);
  expect(withoutCopies(deleted.stderr)).toMatch(
    RegExp(
      `^nbwss-bridge: warning: ${replays}: cleanup.policy is delete: \`replay\` forgets what it has sent .*Set it to compact\n$`,
    ),
  );
  expect(JSON.parse(deleted.stdout)).toMatchObject({
    fit: true,
    exitCode: 0,
    topics: [{}, {}, {}, { topic: replays, cleanupPolicy: 'delete', findings: [{ state: 'warning' }] }],
  });
});

test('check: more replicas wanted in sync than there are: a warning, Kafka 4 writes all the same', async () => {
  const topics = freshTopics();
  await topicsCommand('create', topics);
  await using admin = await connectKafkaAdmin();
  const wanted = replication + 1;
  await admin.configure(topics.images, 'min.insync.replicas', String(wanted));
  await admin.configure(topics.images, 'retention.ms', '-1');
  const { exitCode, stdout, stderr } = await topicsCommand('check', topics);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(RegExp(`images: .*min\\.insync\\.replicas ${wanted},.*retention unlimited$`, 'm'));
  expect(withoutCopies(stderr)).toMatch(
    RegExp(
      `^nbwss-bridge: warning: ${topics.images}: min\\.insync\\.replicas is ${wanted}, and there are ${replication} replica\\(s\\): .*\n$`,
    ),
  );
});

test('check: a topic that is compacted, or kept for an hour: exit 78, and what it has to be set to', async () => {
  const topics = freshTopics();
  await topicsCommand('create', topics);
  await using admin = await connectKafkaAdmin();
  await admin.configure(topics.jobs, 'cleanup.policy', 'compact');
  await admin.configure(topics.images, 'retention.ms', '3600000');
  await admin.configure(topics.deadLetters, 'max.message.bytes', '10000');
  const { exitCode, stderr } = await topicsCommand('check', topics);
  expect(exitCode).toBe(78);
  expect(withoutCopies(stderr)).toMatch(
    RegExp(
      `^nbwss-bridge: failed: ${topics.jobs}: cleanup.policy is compact: .* Set it to delete\n` +
        `nbwss-bridge: failed: ${topics.images}: retention.ms is 3600000: .* Set it to 1209600000 .*\n` +
        `nbwss-bridge: failed: ${topics.deadLetters}: max.message.bytes is 10000: .*\n` +
        `nbwss-bridge: the topics can't be used as they are: 3 problem\\(s\\), .*"failed"\n$`,
    ),
  );
});

test('check --json: what was found, for programs; the exit code stays', async () => {
  const topics = freshTopics();
  await topicsCommand('create', topics);
  await using admin = await connectKafkaAdmin();
  await admin.configure(topics.images, 'retention.ms', '3600000');
  const { exitCode, stdout, stderr } = await topicsCommand('check', topics, '--json');
  expect(exitCode).toBe(78);
  expect(stderr).toContain(`${topics.images}: retention.ms is 3600000`);
  const copies =
    replication > 1 ? [] : [{ state: 'warning', text: expect.stringContaining('has one replica') }];
  const fine = {
    partitions: Array.from({ length: 12 }, () => ({ hasLeader: true, inSync: replication })),
    replication,
    minInsyncReplicas,
    cleanupPolicy: 'delete',
    timestampBeforeMaxMs: null,
    findings: copies,
  };
  const short = expect.stringMatching(`^${topics.images}: retention.ms is 3600000`);
  expect(JSON.parse(stdout)).toMatchObject({
    fit: false,
    exitCode: 78,
    topics: [
      { ...fine, topic: topics.jobs, retentionMs: 14 * 86_400_000 },
      {
        ...fine,
        topic: topics.images,
        retentionMs: 3_600_000,
        findings: [{ state: 'failed', text: short }, ...copies],
      },
      { ...fine, topic: topics.deadLetters, retentionMs: 90 * 86_400_000 },
      { partitions: [{ hasLeader: true, inSync: replication }], cleanupPolicy: 'compact', findings: [] },
    ],
  });
});

test('check: missing topics: exit 69, each by name, with what to do', async () => {
  const topics = freshTopics();
  const { exitCode, stdout, stderr } = await topicsCommand('check', topics);
  expect({ exitCode, stdout }).toEqual({ exitCode: 69, stdout: '' });
  for (const topic of Object.values(topics)) expect(stderr).toContain(topic);
  expect(stderr).toContain('nbwss-bridge topics create');
});

test.each(['create', 'check'])('%s: no Kafka there: exit 69, with the address', async (command) => {
  const { exitCode, stderr } = await nbwssBridge(['topics', command, '--kafka-brokers', '127.0.0.1:1']);
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(/^nbwss-bridge: can't connect to Kafka at 127\.0\.0\.1:1: .*ECONNREFUSED/);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});
