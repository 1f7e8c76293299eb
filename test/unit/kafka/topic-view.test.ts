import { expect, test } from 'vitest';
import type { Cluster, Description } from '../../../src/kafka/cluster.ts';
import { createTopicView } from '../../../src/kafka/topic-view.ts';
import { descriptionOf } from './descriptions.ts';

/** A view whose every question the test answers. */
function given() {
  const questions: (PromiseWithResolvers<Description> & { readonly topics: readonly string[] })[] = [];
  const describe = (topics: readonly string[]) => {
    const question = { ...Promise.withResolvers<Description>(), topics };
    questions.push(question);
    return question.promise;
  };
  const cluster = { describe } as Pick<Cluster, 'describe'> as Cluster;
  return { questions, view: createTopicView(cluster, ['jobs', 'images']) };
}

test('before the first answer nothing is known', () => {
  const { view, questions } = given();
  expect(view.last).toBeNull();
  expect(view.leaderOf({ topic: 'jobs', partition: 0 })).toEqual({ is: 'absent' });
  expect(questions).toHaveLength(0);
});

test('whoever asks while a question is open gets its answer, and later ones ask again', async () => {
  const { view, questions } = given();
  const first = [view.refresh(), view.refresh(), view.refresh()];
  expect(questions.map(({ topics }) => topics)).toEqual([['jobs', 'images']]);
  const one = descriptionOf({ jobs: [1] });
  questions[0]?.resolve(one);
  expect(await Promise.all(first)).toEqual([one, one, one]);
  expect(view.last).toBe(one);
  const second = view.refresh();
  expect(questions).toHaveLength(2);
  const two = descriptionOf({ jobs: [2] });
  questions[1]?.resolve(two);
  expect(await second).toBe(two);
  expect(view.last).toBe(two);
});

test('a question that fails leaves what was known, fails for all who asked, and is asked again', async () => {
  const { view, questions } = given();
  const known = descriptionOf({ jobs: [1] });
  const asked = view.refresh();
  questions[0]?.resolve(known);
  await asked;
  const failing = [view.refresh(), view.refresh()];
  questions[1]?.reject(new Error('Kafka is away'));
  for (const each of failing) await expect(each).rejects.toThrow('Kafka is away');
  expect(view.last).toBe(known);
  expect(view.leaderOf({ topic: 'jobs', partition: 0 })).toMatchObject({ is: 'known', node: 1 });
  void view.refresh();
  expect(questions).toHaveLength(3);
});

test('tells the leader of a partition, one without a leader, and one that is not there', async () => {
  const { view, questions } = given();
  const asked = view.refresh();
  questions[0]?.resolve(descriptionOf({ jobs: [1, -1, 9], images: [] }));
  await asked;
  const leaderOf = (topic: string, partition: number) => view.leaderOf({ topic, partition });
  expect(leaderOf('jobs', 0)).toEqual({ is: 'known', node: 1, address: { host: 'broker1', port: 9092 } });
  expect(leaderOf('jobs', 1)).toEqual({ is: 'none' });
  // A leader whose address nobody tells is away.
  expect(leaderOf('jobs', 2)).toEqual({ is: 'none' });
  expect(leaderOf('jobs', 3)).toEqual({ is: 'absent' });
  expect(leaderOf('images', 0)).toEqual({ is: 'absent' });
  expect(leaderOf('other', 0)).toEqual({ is: 'absent' });
});
