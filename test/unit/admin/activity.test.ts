import { expect, test } from 'vitest';
import { createActivity } from '../../../src/admin/activity.ts';

function given() {
  let now = 1_000;
  const activity = createActivity(() => now);
  return { activity, at: (ms: number) => (now = ms) };
}

test('a primary that is there from the start and never came waits since the start', () => {
  const { activity, at } = given();
  at(5_000);
  expect(activity.of('p')).toMatchObject({ sessions: 0, since: 1_000 });
});

test('a primary that is added later waits since then, however often it is looked at', () => {
  const { activity, at } = given();
  at(5_000);
  activity.added('p');
  at(9_000);
  expect(activity.of('p')).toMatchObject({ sessions: 0, since: 5_000 });
  expect(activity.of('p')).toMatchObject({ since: 5_000 });
});

test('a primary that is removed and added again waits since it was added again', () => {
  const { activity, at } = given();
  activity.opened('p', 'a');
  at(2_000);
  activity.closed('p', 'a');
  at(5_000);
  activity.added('p');
  expect(activity.of('p')).toMatchObject({ sessions: 0, since: 5_000 });
});

test('a primary that is added while a session of it still closes is without one since that is closed', () => {
  const { activity, at } = given();
  at(2_000);
  activity.opened('p', 'a');
  at(5_000);
  activity.added('p');
  expect(activity.of('p')).toMatchObject({ sessions: 1, since: 2_000 });
  at(6_000);
  activity.closed('p', 'a');
  expect(activity.of('p')).toMatchObject({ sessions: 0, since: 6_000 });
});
