import { expect, test } from 'vitest';
import { ExitCode } from '../../../src/errors.ts';
import { findingsOn, findingsOnReplays } from '../../../src/kafka/topic-needs.ts';
import { describeState, type TopicState } from '../../../src/kafka/topic-state.ts';

const dayMs = 86_400_000;
const safe: TopicState = {
  topic: 't',
  replication: 3,
  minInsyncReplicas: 2,
  maxMessageBytes: 1_048_588,
  cleanupPolicy: 'delete',
  retentionMs: 14 * dayMs,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: null,
  uncleanLeaderElection: false,
  compressionType: 'producer',
  partitions: Array.from({ length: 2 }, () => ({ hasLeader: true, inSync: 3 })),
};
const found = (change: Partial<TopicState>, use: Partial<Parameters<typeof findingsOn>[1]> = {}) =>
  findingsOn({ ...safe, ...change }, { isDeadLetters: false, ...use });
const unsafe = (text: RegExp) => ({
  state: 'failed',
  text: expect.stringMatching(text),
  exitCode: ExitCode.config,
});
const down = (text: RegExp) => ({ ...unsafe(text), exitCode: ExitCode.unavailable });
const warning = (text: RegExp) => ({ state: 'warning', text: expect.stringMatching(text) });

test.each<[string, Partial<TopicState>]>([
  ['as it is created', {}],
  ['unlimited retention', { retentionMs: -1 }],
  ['retention of a day', { retentionMs: dayMs }],
  ["the broker's own timestamps", { timestampType: 'LogAppendTime', timestampBeforeMaxMs: 1 }],
  ['two of three in sync', { partitions: [{ hasLeader: true, inSync: 2 }] }],
  ['compressed by the broker', { compressionType: 'lz4' }],
])('%s is safe', (_, change) => {
  expect(found(change, { isDeadLetters: true })).toEqual([]);
});

test.each<[Partial<TopicState>, RegExp]>([
  [{ minInsyncReplicas: 1 }, /^t: min\.insync\.replicas is 1 with 3 replicas: .* lost .* Set it to 2$/],
  [{ cleanupPolicy: 'compact' }, /^t: cleanup\.policy is compact: .* Set it to delete$/],
  [{ cleanupPolicy: 'compact,delete' }, /^t: cleanup\.policy is compact,delete/],
  [{ retentionMs: dayMs - 1 }, /^t: retention\.ms is 86399999: .* as soon as they are written/],
  [{ timestampBeforeMaxMs: 3_600_000 }, /^t: message\.timestamp\.before\.max\.ms is 3600000: .* refused/],
  [{ uncleanLeaderElection: true }, /^t: unclean\.leader\.election\.enable is true/],
])('%j is unsafe, and the sentence says what comes of it', (change, sentence) => {
  expect(found(change)).toEqual([unsafe(sentence)]);
});

test('a topic that is too small for a dead letter is so for dead letters only, unless a size is given', () => {
  const small = { maxMessageBytes: 16_384 };
  expect(found(small)).toEqual([]);
  expect(found(small, { isDeadLetters: true })).toEqual([unsafe(/^t: max\.message\.bytes is 16384/)]);
  expect(found(small, { isDeadLetters: true, maxMessageBytes: 40_000 })).toEqual([]);
});

test('partitions that can not be written now are told apart from settings', () => {
  const partitions = [
    { hasLeader: false, inSync: 0 },
    { hasLeader: true, inSync: 1 },
    { hasLeader: true, inSync: 3 },
  ];
  expect(found({ partitions })).toEqual([
    down(/^t: 1 of 3 partitions have no leader/),
    down(/^t: 1 of 3 partitions have fewer than 2 replicas in sync/),
  ]);
});

test.each<[string, Partial<TopicState>, RegExp[]]>([
  [
    'one replica',
    { replication: 1, minInsyncReplicas: 1 },
    [/^t: has one replica: one broker's disk is all that holds a confirmed record/],
  ],
  [
    'more in sync than there are, of one',
    { replication: 1, minInsyncReplicas: 3 },
    [
      /^t: has one replica/,
      /^t: min\.insync\.replicas is 3, and there are 1 replica\(s\): Kafka 4 takes the smaller number, .* fewer copies than the setting says; Kafka before 4 refuses every record \(NOT_ENOUGH_REPLICAS\)/,
    ],
  ],
  [
    'more in sync than there are, of three',
    { minInsyncReplicas: 4 },
    [/^t: min\.insync\.replicas is 4, and there are 3/],
  ],
  [
    'all in sync',
    { minInsyncReplicas: 3 },
    [/^t: min\.insync\.replicas is 3 of 3 replicas: nothing can be written while one broker is away$/],
  ],
  [
    'a compression that nothing here knows',
    { compressionType: 'brotli' },
    [/^t: compression\.type is brotli, which `tail` and `replay` may not be able to read/],
  ],
])('%s works: a warning', (_, change, texts) => {
  expect(found(change)).toEqual(texts.map(warning));
});

test('more in sync than there are: what Kafka 4 needs is all of them', () => {
  const partitions = [
    { hasLeader: true, inSync: 2 },
    { hasLeader: true, inSync: 3 },
  ];
  expect(found({ minInsyncReplicas: 4, partitions })).toEqual([
    down(/^t: 1 of 2 partitions have fewer than 3 replicas in sync/),
    warning(/^t: min\.insync\.replicas is 4/),
  ]);
});

const nothingTold = {
  replication: null,
  minInsyncReplicas: null,
  maxMessageBytes: null,
  cleanupPolicy: null,
  retentionMs: null,
  timestampType: null,
  timestampBeforeMaxMs: null,
  uncleanLeaderElection: null,
  compressionType: null,
};

test.each<[Partial<TopicState>, RegExp[]]>([
  [{ minInsyncReplicas: null }, [/^t: min\.insync\.replicas: not told by this cluster\. /]],
  [{ uncleanLeaderElection: null }, [/^t: unclean\.leader\.election\.enable: not told by this cluster\. /]],
  [{ replication: null }, [/^t: the number of replicas: not told by this cluster\. /]],
  [{ cleanupPolicy: null }, [/^t: cleanup\.policy: not told by this cluster\. /]],
  [{ retentionMs: null }, [/^t: retention\.ms: not told by this cluster\. /]],
  [{ timestampType: null }, []],
  [
    { timestampType: null, timestampBeforeMaxMs: 1 },
    [
      /^t: message\.timestamp\.type: not told by this cluster\. .* message\.timestamp\.before\.max\.ms, which is 1;/,
    ],
  ],
  [{ compressionType: null }, []],
  [{ replication: 1, minInsyncReplicas: null, uncleanLeaderElection: null }, [/^t: has one replica/]],
])('of %j nothing is concluded but what is said: a warning where it matters', (change, texts) => {
  expect(found(change, { isDeadLetters: true })).toEqual(texts.map(warning));
});

test('a size that is not told has to be given, as where the right to read it is missing', () => {
  expect(found({ maxMessageBytes: null })).toEqual([
    down(/^the cluster doesn't tell the max\.message\.bytes of t: set kafka\.maxMessageBytes to it$/),
  ]);
  expect(found({ maxMessageBytes: null }, { isDeadLetters: true, maxMessageBytes: 40_000 })).toEqual([]);
});

test('a cluster that tells nothing at all is no wrong configuration, and its line has no number that nobody said', () => {
  const { partitions } = safe;
  const findings = found(nothingTold, { isDeadLetters: true, maxMessageBytes: 40_000 });
  expect(findings.map(({ state }) => state)).toEqual(['warning', 'warning']);
  expect(describeState({ ...safe, ...nothingTold, partitions })).toBe(
    't: 2 partitions, replication not told by this cluster, min.insync.replicas not told by this cluster, ' +
      'max.message.bytes not told by this cluster, retention not told by this cluster',
  );
});

test("the topic of replay's marks: what is not told is a warning, too", () => {
  const on = (change: Partial<TopicState>) =>
    findingsOnReplays({ ...safe, cleanupPolicy: 'compact', ...change });
  expect(on({})).toEqual([]);
  expect(on({ cleanupPolicy: 'delete' })).toEqual([
    warning(/^t: cleanup\.policy is delete: `replay` forgets/),
  ]);
  expect(on({ ...nothingTold })).toEqual([
    warning(/^t: cleanup\.policy is not told by this cluster: where it is not compact, `replay` forgets/),
  ]);
  expect(on({ compressionType: 'brotli' })).toEqual([warning(/^t: compression\.type is brotli/)]);
});
