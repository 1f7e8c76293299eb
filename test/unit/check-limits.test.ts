import { expect, test } from 'vitest';
import { checkLimits } from '../../src/check-limits.ts';
import { loadConfig } from '../../src/config/load.ts';
import { writeCredentials } from '../helpers/terminator.ts';
import { required } from './config/given.ts';

function given(primaries: number, flags: Readonly<Record<string, string>> = {}, probe = true) {
  const names = Array.from({ length: primaries }, (_, n) => `primary${n}`);
  const files = Object.fromEntries(
    [...names, ...(probe ? ['probe'] : [])].map((name) => [name, `of-${name}`]),
  );
  return checkLimits(loadConfig({ flags: { ...required, ...flags } }).limits, writeCredentials(files));
}

test('the defaults go together, for 59 primaries and a probe', () => {
  expect(given(59)).toEqual([]);
});

test('connections that all primaries, the probe and strangers may take together are compared with their limit', () => {
  expect(given(60)).toEqual([
    {
      what: 'limits.maxConnections',
      state: 'warning',
      text: expect.stringMatching(/^1000 are too few for 60 primaries .* Raise it to 1012, or lower/),
    },
  ]);
  const two = { 'limits.maxConnections': '82' };
  expect(given(2, two, false)).toEqual([]);
  expect(given(2, two)).toHaveLength(1);
});

test('answers that may be due at once are compared with what may be unread', () => {
  expect(given(1, { 'limits.inFlight.maxMessagesPerPrimary': '5000' })).toEqual([
    {
      what: 'limits.maxUnreadAnswerBytes',
      state: 'warning',
      text: expect.stringMatching(/^1048576 are too few for the 85000 answers .* Raise it to 12750000$/),
    },
  ]);
});
