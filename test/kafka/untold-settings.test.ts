/** Clusters that don't tell every setting of a topic: the double stands before the stack's broker. */
import { expect, inject, test } from 'vitest';
import {
  createTopicsAndSubjects,
  freshTopics,
  replaysTopicOf,
  stackFlags,
  startTestBridge,
} from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { writeConfigFile } from '../helpers/config-file.ts';
import { connectKafkaAdmin } from '../helpers/kafka-admin.ts';
import { envelope, image, images as imagesOf } from '../helpers/messages.ts';
import { type Telling, untellingBroker } from '../helpers/untelling-broker.ts';

const without =
  (...names: string[]): Telling =>
  (name, value) =>
    names.includes(name) ? undefined : value;
const untold = 'not told by this cluster';

async function given(telling: Telling) {
  const topics = freshTopics();
  const flags = stackFlags(topics).slice(0, stackFlags(topics).indexOf('--registry-url'));
  await nbwssBridge(['topics', 'create', ...flags]);
  const [target = ''] = inject('bootstrapServers');
  const broker = await untellingBroker(target, telling);
  const check = (...more: string[]) =>
    nbwssBridge(['topics', 'check', ...flags, '--kafka-brokers', broker.bootstrap, ...more]);
  return { topics, check, [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() };
}

test.each<[string, Telling]>([
  ['left out, as by Redpanda', without('min.insync.replicas', 'unclean.leader.election.enable')],
  ['null', (name, value) => (name === 'min.insync.replicas' ? null : value)],
  ['empty', (name, value) => (name === 'min.insync.replicas' ? '' : value)],
])('min.insync.replicas %s: exit 0, and no number', async (_, telling) => {
  await using cluster = await given(telling);
  const { exitCode, stdout } = await cluster.check();
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`min.insync.replicas ${untold}, max.message.bytes 1048588, retention 14.0 days`);
  expect(stdout).not.toMatch(/NaN|replicas 0/);
  const { topics } = JSON.parse((await cluster.check('--json')).stdout);
  expect(topics[0]).toMatchObject({ minInsyncReplicas: null, maxMessageBytes: 1_048_588 });
});

test('max.message.bytes left out: kafka.maxMessageBytes is asked for, as where the right is missing', async () => {
  await using cluster = await given(without('max.message.bytes'));
  const { exitCode, stderr, stdout } = await cluster.check();
  expect(exitCode).toBe(69);
  expect(stderr).toContain(
    `the cluster doesn't tell the max.message.bytes of ${cluster.topics.jobs}: set kafka.maxMessageBytes to it`,
  );
  expect(stdout).toContain(`max.message.bytes ${untold}`);
  const { exitCode: withIt } = await cluster.check('--kafka-max-message-bytes', '1048588');
  expect(withIt).toBe(0);
});

test('nothing told at all: warnings, exit 0, and null for programs', async () => {
  await using cluster = await given(() => undefined);
  const { exitCode, stderr, stdout } = await cluster.check('--kafka-max-message-bytes', '1048588', '--json');
  expect(exitCode).toBe(0);
  const { fit, topics } = JSON.parse(stdout);
  expect(fit).toBe(true);
  expect(topics[0]).toMatchObject({
    minInsyncReplicas: null,
    maxMessageBytes: null,
    cleanupPolicy: null,
    retentionMs: null,
    timestampType: null,
    uncleanLeaderElection: null,
    compressionType: null,
  });
  expect(stderr).toContain(`${cluster.topics.jobs}: cleanup.policy, retention.ms: ${untold}`);
  expect(stderr).toContain(`${replaysTopicOf(cluster.topics)}: cleanup.policy is ${untold}`);
});

test('check-config --connect concludes nothing from what is not told', async () => {
  const { file, topics } = await writeConfigFile();
  await createTopicsAndSubjects(topics, { partitions: 1 });
  const [target = ''] = inject('bootstrapServers');
  await using broker = await untellingBroker(
    target,
    without('min.insync.replicas', 'cleanup.policy', 'retention.ms'),
  );
  const { exitCode, stdout } = await nbwssBridge([
    'check-config',
    '--connect',
    '--config',
    file,
    '--kafka-brokers',
    broker.bootstrap,
  ]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    RegExp(`^ok {7}kafka\\.topics: ${topics.jobs}: 1 partitions, .*retention ${untold}$`, 'm'),
  );
  expect(stdout).toMatch(
    RegExp(`^warning {2}kafka\\.topics: ${topics.jobs}: cleanup\\.policy, retention\\.ms: ${untold}`, 'm'),
  );
  expect(stdout).not.toMatch(/NaN|replicas 0/);
});

test('more wanted in sync than there are: Kafka 4 confirms the record, and the checks say with how many copies', async () => {
  await using bridge = await startTestBridge();
  const { images } = bridge.topics;
  await using admin = await connectKafkaAdmin();
  await admin.configure(images, 'min.insync.replicas', '9');
  await using primary = await bridge.connect();
  primary.send(envelope([imagesOf(image)], { id: 'fewer-copies' }));
  await primary.answered('fewer-copies');
  const flags = stackFlags(bridge.topics);
  const checked = await nbwssBridge(['topics', 'check', ...flags.slice(0, flags.indexOf('--registry-url'))]);
  expect(checked.exitCode).toBe(0);
  expect(checked.stderr).toMatch(
    RegExp(
      `warning: ${images}: min\\.insync\\.replicas is 9, and there are \\d replica\\(s\\): Kafka 4 takes`,
    ),
  );
});
