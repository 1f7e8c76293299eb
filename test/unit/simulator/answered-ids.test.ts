import { expect, test } from 'vitest';

import { createAnsweredIds } from '../../../src/simulator/answered-ids.ts';

test('tells an answer that is owed from a surplus one and from an unknown id', () => {
  const ids = createAnsweredIds();
  ids.add('A', 1);
  expect([ids.again('A'), ids.again('A'), ids.again('B')]).toEqual(['duplicate', 'surplus', 'unknown']);
});

test('owes nothing any more when the connection is lost', () => {
  const ids = createAnsweredIds();
  ids.add('A', 1);
  ids.forgive();
  expect(ids.again('A')).toBe('surplus');
});

test('forgets the oldest ids only, so that its memory is bounded', () => {
  const ids = createAnsweredIds();
  for (let number = 0; number < 120_000; number += 1) ids.add(String(number), 0);
  expect([ids.again('0'), ids.again('49999'), ids.again('70000'), ids.again('119999')]).toEqual([
    'unknown',
    'unknown',
    'surplus',
    'surplus',
  ]);
});
