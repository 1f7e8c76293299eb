import { expect, test } from 'vitest';
import { createMarks, markRecord } from '../../../src/replay/marks.ts';
import type { Letter } from '../../../src/replay/letter.ts';
import { split } from '../../../src/split/split.ts';
import { envelope, job, jobs, requestOf } from '../../helpers/messages.ts';

const place = { topic: 'netbackup.dead-letters', partition: 3, offset: '17', timestamp: 1_760_000_000_000 };
const [entry] = split(requestOf(envelope([jobs(job)])));
const keyOf = (at: typeof place) => {
  const letter = { place: at, primary: 'p', messageId: 'M1', entryIndex: 0, reason: 'missing' } as Letter;
  if (entry === undefined) throw new Error('there is no entry');
  return markRecord('netbackup.replays', letter, entry, {}, 0).key.toString();
};
const everything = () => 0;

test('a dead letter is marked by its place and time, and no other is', () => {
  const marks = createMarks(place.topic, everything);
  marks.take(keyOf(place), false);
  marks.take('something else', false);
  marks.take(null, false);
  expect(marks.has(place)).toBe(true);
  for (const other of [{ partition: 2 }, { offset: '18' }, { timestamp: place.timestamp + 1 }])
    expect(marks.has({ ...place, ...other })).toBe(false);
});

test('a mark of a topic of another name, or of one of the same name that is gone, marks nothing', () => {
  const marks = createMarks(place.topic, everything);
  marks.take(keyOf({ ...place, topic: 'other' }), false);
  expect(marks.has(place)).toBe(false);
  marks.take(keyOf({ ...place, timestamp: place.timestamp - 5 }), false);
  expect(marks.has(place)).toBe(false);
  marks.take(keyOf(place), false);
  marks.take(keyOf({ ...place, timestamp: place.timestamp - 5 }), false);
  expect(marks.has(place)).toBe(true);
});

test('a tombstone takes its own mark away', () => {
  const marks = createMarks(place.topic, everything);
  marks.take(keyOf(place), false);
  marks.take(keyOf({ ...place, timestamp: 1 }), true);
  expect(marks.has(place)).toBe(true);
  marks.take(keyOf(place), true);
  expect(marks.has(place)).toBe(false);
});

test('marks of dead letters that are not looked at take no memory, and too many end it', () => {
  const marks = createMarks(place.topic, (partition) => (partition === 3 ? 18 : 0), 10);
  marks.take(keyOf(place), false);
  expect(marks.has(place)).toBe(false);
  const mark = (offset: number) => () => marks.take(`${place.topic}/0/${offset}@1`, false);
  for (let offset = 0; offset < 10; offset++) mark(offset)();
  expect(mark(9)).not.toThrow();
  expect(mark(10)).toThrow(/narrow it down with --since/);
});
