import { expect, test } from 'vitest';
import { offsetOf } from '../../../src/kafka/read-range.ts';

test('an offset is what the broker says', () => {
  expect(offsetOf('0', 'jobs/0')).toBe(0);
  expect(offsetOf('9007199254740991', 'jobs/0')).toBe(Number.MAX_SAFE_INTEGER);
});

test.each([undefined, null, '', '-1', 'NaN'])(
  'an offset that is told as %j is no end of a partition',
  (told) => {
    expect(() => offsetOf(told, 'jobs/0')).toThrow(/^the cluster doesn't tell the offsets of jobs\/0 \(/);
  },
);
