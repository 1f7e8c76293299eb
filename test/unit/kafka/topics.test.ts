import { expect, test } from 'vitest';
import { ExitCode } from '../../../src/errors.ts';
import type { Cluster } from '../../../src/kafka/cluster.ts';
import { RefusalError } from '../../../src/kafka/refusal.ts';
import { readTopicState } from '../../../src/kafka/topic-state.ts';
import { countBrokers, createTopics, defaultPlan, replaysPlan } from '../../../src/kafka/topic-create.ts';
import {
  partitionCounts,
  readConfigs,
  readMaxMessageBytes,
  readPartitions,
} from '../../../src/kafka/topics.ts';
import { descriptionOf } from './descriptions.ts';

test.each([
  [1, 1, 1],
  [2, 2, 2],
  [3, 3, 2],
  [9, 3, 2],
])(
  'on %i broker(s) a topic is planned with %i replicas, %i in sync',
  (brokers, replication, minInsyncReplicas) => {
    expect(defaultPlan('t', false, brokers)).toEqual({
      topic: 't',
      partitions: 12,
      replication,
      minInsyncReplicas,
      retentionMs: 14 * 86_400_000,
    });
  },
);

test('dead letters are kept for 90 days', () => {
  expect(defaultPlan('t', true, 3).retentionMs).toBe(90 * 86_400_000);
});

test("the marks of replays are kept for ever: the topic is compacted, and as safe as the records'", () => {
  expect(replaysPlan('t', 3)).toEqual({
    topic: 't',
    partitions: 1,
    replication: 3,
    minInsyncReplicas: 2,
    retentionMs: null,
  });
});

/** A cluster that tells this. What is asked of it is a codec of the client's, which nothing here looks into. */
function given(told: {
  readonly topics?: Parameters<typeof descriptionOf>[0];
  readonly any?: () => unknown;
  readonly node?: (node: number) => unknown;
}) {
  const described: (readonly string[])[] = [];
  const nodes: number[] = [];
  const cluster = {
    async describe(topics: readonly string[]) {
      described.push(topics);
      return descriptionOf(told.topics ?? {});
    },
    askAny: async () => told.any?.(),
    async askNode(node: number) {
      nodes.push(node);
      return told.node?.(node) ?? created();
    },
  };
  return { cluster: cluster as unknown as Cluster, described, nodes };
}

/** How a broker answers a request to create a topic. */
const created = (errorCode = 0, errorMessage: string | null = null) => ({
  topicErrors: [{ topic: 'jobs', errorCode, errorMessage }],
});
const [topicAuthorizationFailed, topicExists, invalidReplication, notController, policyViolation] = [
  29, 36, 38, 41, 44,
];
const protocolError = (type: string) => Object.assign(new Error(`words of ${type}`), { type });
const throws = (error: Error) => () => {
  throw error;
};

test('partitions are counted in the order of the topics, with a leader or without', async () => {
  const { cluster, described } = given({ topics: { other: [1], images: [-1, -1], jobs: [1, 2, 3] } });
  expect(await readPartitions(cluster, ['jobs', 'images'])).toEqual([
    { topic: 'jobs', partitions: 3, replication: 3 },
    { topic: 'images', partitions: 2, replication: 3 },
  ]);
  expect(described).toEqual([['jobs', 'images']]);
});

test('replicas are counted where they are told: the fewest of all partitions', () => {
  const partition = (number: number, replicas: number[]) =>
    [number, { partition: number, leader: 1, replicas, inSync: [1] }] as const;
  const counts = (...replicas: number[][]) => {
    const partitions = new Map(replicas.map((each, number) => partition(number, each)));
    const topics = new Map([['t', { topic: 't', error: null, partitions }]]);
    return partitionCounts({ brokers: new Map(), controller: null, topics }, ['t'])[0]?.replication;
  };
  expect(counts([1, 2, 3], [1, 2])).toBe(2);
  expect(counts([], [1, 2, 3])).toBe(3);
  expect(counts([], [])).toBeNull();
});

test('topics that are missing are named together, those that are untold among them', () => {
  const counting = () =>
    partitionCounts(descriptionOf({ jobs: [1], images: null }), ['jobs', 'images', 'other']);
  expect(counting).toThrow(/^the cluster has no topic images, other, or this user may not see it/);
  expect(counting).toThrow(
    expect.objectContaining({ code: 'topics-missing', retryable: true, exitCode: ExitCode.unavailable }),
  );
});

const configs = (entries: Record<string, Record<string, string | null>>) => ({
  resources: Object.entries(entries).map(([resourceName, values]) => ({
    resourceName,
    errorCode: 0,
    configEntries: Object.entries(values).map(([configName, configValue]) => ({ configName, configValue })),
  })),
});

test('settings are told by topic and name', async () => {
  const { cluster } = given({ any: () => configs({ jobs: { a: '1', b: '2' }, images: { a: '3' } }) });
  expect(await readConfigs(cluster, ['jobs', 'images'], ['a', 'b'])).toEqual(
    new Map([
      ['jobs', new Map(Object.entries({ a: '1', b: '2' }))],
      ['images', new Map([['a', '3']])],
    ]),
  );
});

test('a setting that is left out, null or empty is not told', async () => {
  const { cluster } = given({ any: () => configs({ jobs: { a: '', b: null, c: '0' } }) });
  expect(await readConfigs(cluster, ['jobs'], ['a', 'b', 'c', 'd'])).toEqual(
    new Map([['jobs', new Map([['c', '0']])]]),
  );
});

test.each([
  {},
  { 'max.message.bytes': null },
  { 'max.message.bytes': '' },
  { 'max.message.bytes': '0' },
  { 'max.message.bytes': '1e6' },
])("a topic's largest batch that is told as %j has to be given", async (told) => {
  const { cluster } = given({ any: () => configs({ jobs: told }) });
  await expect(readMaxMessageBytes(cluster, ['jobs'])).rejects.toMatchObject({
    code: 'describe-configs-denied',
    exitCode: ExitCode.unavailable,
    message: "the cluster doesn't tell the max.message.bytes of jobs: set kafka.maxMessageBytes to it",
  });
});

test("a topic's largest batch is a number", async () => {
  const { cluster } = given({ any: () => configs({ jobs: { 'max.message.bytes': '1048588' } }) });
  expect(await readMaxMessageBytes(cluster, ['jobs'])).toEqual(new Map([['jobs', 1_048_588]]));
});

test.each([
  [
    'TOPIC_AUTHORIZATION_FAILED',
    ExitCode.denied,
    /\. Grant DESCRIBE_CONFIGS on them, or set kafka\.maxMessageBytes/,
  ],
  [
    'REQUEST_TIMED_OUT',
    ExitCode.unavailable,
    /\. Where the cluster never tells it, set kafka\.maxMessageBytes/,
  ],
])('settings that can not be read say what to do: %s', async (type, exitCode, message) => {
  const { cluster } = given({ any: throws(protocolError(type)) });
  await expect(readConfigs(cluster, ['jobs'], ['a'])).rejects.toMatchObject({
    code: 'describe-configs-denied',
    exitCode,
    message: expect.stringMatching(message),
  });
});

test('a topic is created by the controller that the cluster names', async () => {
  const { cluster, nodes } = given({ topics: { jobs: [1], images: [1] } });
  const plans = ['jobs', 'images'].map((topic) => defaultPlan(topic, false, 3));
  expect(await createTopics(cluster, plans)).toEqual(['jobs', 'images']);
  expect(nodes).toEqual([2, 2]);
});

const exists = () => created(topicExists);

test('a topic that exists is left as it is', async () => {
  const { cluster, nodes } = given({ topics: { jobs: [1] }, node: exists });
  expect(await createTopics(cluster, [defaultPlan('jobs', false, 3)])).toEqual([]);
  expect(nodes).toHaveLength(1);
});

test('when nothing was created nothing is waited for: a question for no topic is one for all of them', async () => {
  const { cluster, described } = given({ topics: { jobs: [1] }, node: exists });
  await createTopics(cluster, [defaultPlan('jobs', false, 3)]);
  expect(described).toEqual([['jobs']]);
});

test('a controller that has just changed is looked for again', async () => {
  let refusals = 2;
  const node = () => created(refusals-- > 0 ? notController : 0);
  const { cluster, nodes } = given({ topics: { jobs: [1] }, node });
  expect(await createTopics(cluster, [defaultPlan('jobs', false, 3)])).toEqual(['jobs']);
  expect(nodes).toHaveLength(3);
});

test('controllers are not looked for in a loop', async () => {
  const { cluster, nodes } = given({ node: throws(protocolError('NOT_CONTROLLER')) });
  await expect(createTopics(cluster, [defaultPlan('jobs', false, 3)])).rejects.toMatchObject({
    code: 'topic-not-created',
    message: "can't create the topic jobs: words of NOT_CONTROLLER",
  });
  expect(nodes).toHaveLength(3);
});

test.each([
  [
    topicAuthorizationFailed,
    null,
    ExitCode.denied,
    /\(TOPIC_AUTHORIZATION_FAILED\): grant CREATE on it \(docs\/kafka-security\.md\)$/,
  ],
  [
    invalidReplication,
    'only 1 broker(s) are registered.',
    ExitCode.unavailable,
    /^can't create the topic jobs: only 1 broker\(s\) are registered\. \(INVALID_REPLICATION_FACTOR\)$/,
  ],
  [
    policyViolation,
    'Topics have three\u001b[31m replicas',
    ExitCode.unavailable,
    /: Topics have three\\u001b\[31m replicas \(POLICY_VIOLATION\)$/,
  ],
])(
  "a topic that is not created is told with the broker's own words: error %i",
  async (errorCode, words, exitCode, message) => {
    const { cluster } = given({ node: () => created(errorCode, words) });
    await expect(createTopics(cluster, [defaultPlan('jobs', false, 3)])).rejects.toMatchObject({
      code: 'topic-not-created',
      exitCode,
      message: expect.stringMatching(message),
    });
  },
);

const refused = new RefusalError('token-refused', 'the token endpoint refuses us');

test('what keeps the bridge out of Kafka is no question of rights on topics', async () => {
  const { cluster } = given({ any: throws(refused), node: throws(refused) });
  const told = { code: 'token-refused', exitCode: ExitCode.denied };
  await expect(createTopics(cluster, [defaultPlan('jobs', false, 3)])).rejects.toMatchObject({
    ...told,
    message: "can't create the topic jobs: the token endpoint refuses us",
  });
  await expect(readConfigs(cluster, ['jobs'], ['a'])).rejects.toMatchObject({
    ...told,
    message: "can't read the topics' configuration: the token endpoint refuses us",
  });
});

test("settings that a broker refuses to tell are told with the broker's own words", async () => {
  const resource = { errorCode: 44, errorMessage: 'ask the owner', resourceName: 'jobs', configEntries: [] };
  const { cluster } = given({ any: () => ({ resources: [resource] }) });
  await expect(readConfigs(cluster, ['jobs'], ['a'])).rejects.toThrow(
    "can't read the topics' configuration (ask the owner (POLICY_VIOLATION)). Where the cluster never tells it,",
  );
});

test('the state of a topic is what the cluster tells of it', async () => {
  const values = {
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'max.message.bytes': '1000',
    'min.insync.replicas': '2',
    'message.timestamp.type': 'CreateTime',
    'message.timestamp.before.max.ms': '9223372036854775807',
    'unclean.leader.election.enable': 'false',
    'compression.type': 'producer',
  };
  const { cluster, described } = given({ topics: { jobs: [1, -1] }, any: () => configs({ jobs: values }) });
  expect(await readTopicState(cluster, 'jobs')).toEqual({
    topic: 'jobs',
    replication: 3,
    minInsyncReplicas: 2,
    maxMessageBytes: 1_000,
    cleanupPolicy: 'delete',
    retentionMs: -1,
    timestampType: 'CreateTime',
    timestampBeforeMaxMs: null,
    uncleanLeaderElection: false,
    compressionType: 'producer',
    partitions: [
      { hasLeader: true, inSync: 2 },
      { hasLeader: false, inSync: 0 },
    ],
  });
  expect(described).toEqual([['jobs']]);
  const missing = given({ topics: { jobs: null } });
  await expect(readTopicState(missing.cluster, 'jobs')).rejects.toMatchObject({ code: 'topics-missing' });
});

test('of a topic whose settings are not told nothing is made up', async () => {
  const { cluster } = given({
    topics: { jobs: [1] },
    any: () => configs({ jobs: { 'min.insync.replicas': '' } }),
  });
  expect(await readTopicState(cluster, 'jobs')).toMatchObject({
    minInsyncReplicas: null,
    maxMessageBytes: null,
    cleanupPolicy: null,
    retentionMs: null,
    timestampType: null,
    timestampBeforeMaxMs: null,
    uncleanLeaderElection: null,
    compressionType: null,
  });
});

test('where no controller is named, any broker is asked to create a topic', async () => {
  let asked = 0;
  const description = { ...descriptionOf({ jobs: [1] }), controller: null };
  const cluster = {
    describe: async () => description,
    askAny: async () => {
      asked++;
      return created();
    },
    askNode: () => Promise.reject(new Error('nobody is asked by a number')),
  } as unknown as Cluster;
  expect(await createTopics(cluster, [defaultPlan('jobs', false, 3)])).toEqual(['jobs']);
  expect(asked).toBe(1);
});

test('brokers are counted where some are named', () => {
  expect(countBrokers(descriptionOf({}))).toBe(3);
  const none = () => countBrokers({ brokers: new Map(), controller: null, topics: new Map() });
  expect(none).toThrow(/names no brokers, .* give --replication$/);
});
