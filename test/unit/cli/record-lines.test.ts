import { expect, test } from 'vitest';
import { textLine } from '../../../src/cli/record-lines.ts';

const record = {
  topic: 't',
  partition: 0,
  offset: '1',
  timestamp: 1,
  key: 'a',
  value: Buffer.alloc(5),
  headers: {},
};

/** The last moment of ECMAScript ("Time Values"). */
const lastMs = 8_640_000_000_000_000;

test.each([
  ['startTime', 0, '"1970-01-01T00:00:00.000Z"'],
  ['notifiedAt', lastMs, '"+275760-09-13T00:00:00.000Z"'],
  ['startTime', -lastMs, '"-271821-04-20T00:00:00.000Z"'],
  ['startTime', lastMs + 1, '8640000000000001'],
  ['startTime', -lastMs - 1, '-8640000000000001'],
  ['startTime', 9e15, '9000000000000000'],
])('a time is shown as a text, and as its number where it has none: %s %d', (name, ms, shown) => {
  expect(textLine(record, { [name]: ms, jobId: 7 })).toBe(`t[0]@1 a  ${name}=${shown} jobId=7`);
});
