import { expect, test } from 'vitest';
import { parseTime } from '../../../src/cli/since.ts';
import { UsageError } from '../../../src/errors.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

test.each([
  ['90s', '2026-03-01T11:58:30.000Z'],
  ['10m', '2026-03-01T11:50:00.000Z'],
  ['2h', '2026-03-01T10:00:00.000Z'],
  ['7d', '2026-02-22T12:00:00.000Z'],
  ['999999999d', '1970-01-01T00:00:00.000Z'],
  ['2026-02-28', '2026-02-28T00:00:00.000Z'],
  ['2026-02-28T08:00Z', '2026-02-28T08:00:00.000Z'],
  ['2026-02-28T08:00:01.25+02:00', '2026-02-28T06:00:01.250Z'],
  ['1969-01-01', '1970-01-01T00:00:00.000Z'],
])('%s is a moment', (text, expected) => {
  expect(new Date(parseTime('--since', text, now)).toISOString()).toBe(expected);
});

test.each(['', '10', 'm', '1.5h', '-1h', '1w', 'yesterday', '2026-02-28T08:00', '2026-13-01', '1772366400'])(
  '%j is none: the error names the option, the value and the forms',
  (text) => {
    const parse = () => parseTime('--until', text, now);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(
      `--until must be 10m, 2h or 7d back, or a time like 2026-03-01T08:00:00Z, not "${text}"`,
    );
  },
);
