import { expect, test } from 'vitest';
import { defaultPlan, replaysPlan } from '../../../src/kafka/topics.ts';

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
