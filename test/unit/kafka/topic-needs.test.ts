import { expect, test } from 'vitest';
import { ExitCode } from '../../../src/errors.ts';
import { findingsOn } from '../../../src/kafka/topic-needs.ts';
import type { TopicState } from '../../../src/kafka/topic-state.ts';

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
  partitions: Array.from({ length: 2 }, () => ({ hasLeader: true, inSync: 3 })),
};
const unsafe = (text: RegExp) => ({
  state: 'failed',
  text: expect.stringMatching(text),
  exitCode: ExitCode.config,
});
const down = (text: RegExp) => ({ ...unsafe(text), exitCode: ExitCode.unavailable });

test.each<[string, Partial<TopicState>, number]>([
  ['as it is created', {}, 3],
  ['one replica on a single broker', { replication: 1, minInsyncReplicas: 1 }, 1],
  ['unlimited retention', { retentionMs: -1 }, 3],
  ['retention of a day', { retentionMs: dayMs }, 3],
  ["the broker's own timestamps", { timestampType: 'LogAppendTime', timestampBeforeMaxMs: 1 }, 3],
  ['two of three in sync', { partitions: [{ hasLeader: true, inSync: 2 }] }, 3],
])('%s is safe', (_, change, brokers) => {
  expect(findingsOn({ ...safe, ...change }, brokers, true)).toEqual([]);
});

test.each<[Partial<TopicState>, RegExp]>([
  [{ replication: 1, minInsyncReplicas: 1 }, /^t: has one replica on a cluster of 3 brokers: .* lost/],
  [{ minInsyncReplicas: 1 }, /^t: min\.insync\.replicas is 1 with 3 replicas: .* lost .* Set it to 2$/],
  [{ minInsyncReplicas: 4 }, /^t: min\.insync\.replicas 4 exceeds the 3 replicas: nothing can be written$/],
  [{ cleanupPolicy: 'compact' }, /^t: cleanup\.policy is compact: .* Set it to delete$/],
  [{ cleanupPolicy: 'compact,delete' }, /^t: cleanup\.policy is compact,delete/],
  [{ retentionMs: dayMs - 1 }, /^t: retention\.ms is 86399999: .* as soon as they are written/],
  [{ timestampBeforeMaxMs: 3_600_000 }, /^t: message\.timestamp\.before\.max\.ms is 3600000: .* refused/],
  [{ uncleanLeaderElection: true }, /^t: unclean\.leader\.election\.enable is true/],
])('%j is unsafe, and the sentence says what comes of it', (change, sentence) => {
  expect(findingsOn({ ...safe, ...change }, 3, false)).toEqual([unsafe(sentence)]);
});

test('a topic that is too small for a dead letter is so for dead letters only', () => {
  const small = { ...safe, maxMessageBytes: 16_384 };
  expect(findingsOn(small, 3, false)).toEqual([]);
  expect(findingsOn(small, 3, true)).toEqual([unsafe(/^t: max\.message\.bytes is 16384/)]);
});

test('partitions that can not be written now are told apart from settings', () => {
  const partitions = [
    { hasLeader: false, inSync: 0 },
    { hasLeader: true, inSync: 1 },
    { hasLeader: true, inSync: 3 },
  ];
  expect(findingsOn({ ...safe, partitions }, 3, false)).toEqual([
    down(/^t: 1 of 3 partitions have no leader/),
    down(/^t: 1 of 3 partitions have fewer than 2 replicas in sync/),
  ]);
});

test('as many in sync as there are replicas is a warning', () => {
  expect(findingsOn({ ...safe, minInsyncReplicas: 3 }, 3, false)).toEqual([
    {
      state: 'warning',
      text: 't: min.insync.replicas is 3 of 3 replicas: nothing can be written while one broker is away',
    },
  ]);
});
