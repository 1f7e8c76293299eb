import { expect, test } from 'vitest';
import { defaultPlan, problemsOf, replaysPlan } from '../../../src/kafka/topics.ts';

const topic = {
  topic: 'netbackup.jobs',
  partitions: 12,
  replication: 3,
  minInsyncReplicas: 2,
  maxMessageBytes: 1_048_588,
  retentionMs: 14 * 86_400_000,
};

test.each([
  [1, 1],
  [2, 2],
  [3, 2],
  [3, 3],
])('%i replicas with %i in sync are safe', (replication, minInsyncReplicas) => {
  expect(problemsOf({ ...topic, replication, minInsyncReplicas })).toEqual([]);
});

test.each([2, 3])('%i replicas with one in sync lose a confirmed record with one broker', (replication) => {
  expect(problemsOf({ ...topic, replication, minInsyncReplicas: 1 })).toEqual([
    `netbackup.jobs: min.insync.replicas is 1 with ${replication} replicas: ` +
      'a record can be confirmed and lost with one broker. Set it to 2',
  ]);
});

test.each([
  [1, 2],
  [2, 3],
])('%i replicas can not keep %i in sync', (replication, minInsyncReplicas) => {
  expect(problemsOf({ ...topic, replication, minInsyncReplicas })).toEqual([
    `netbackup.jobs: min.insync.replicas ${minInsyncReplicas} exceeds the ${replication} replicas: nothing can be written`,
  ]);
});

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
