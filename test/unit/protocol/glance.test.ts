import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeMessage } from '../../../src/protocol/codec.ts';
import { glance } from '../../../src/protocol/glance.ts';
import { jsonText } from '../../helpers/json-text.ts';
import { arrivedAt, limits, stampedAt } from '../../helpers/messages.ts';

function countOf(value: unknown): number {
  const inner = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return inner.reduce((sum: number, each) => sum + countOf(each), 1);
}

test('no JSON holds more values than were counted', () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      expect(glance(Buffer.from(text)).values).toBeGreaterThanOrEqual(countOf(JSON.parse(text)));
    }),
  );
});

test("the id is that of JSON.parse: the envelope's own, the last one, whatever stands in texts and deeper", () => {
  const member = fc.oneof(
    fc.tuple(fc.constantFrom('"id"', '"\\u0069d"', '"ID"', '"a"', '"i\\"d"'), jsonText),
    fc.tuple(
      fc.constantFrom('"id"'),
      fc.string({ unit: 'binary', maxLength: 40 }).map((text) => JSON.stringify(text)),
    ),
  );
  fc.assert(
    fc.property(fc.array(member, { maxLength: 6 }), fc.constantFrom('', ' ', '\n'), (members, space) => {
      const text = `{${members.map(([key, value]) => `${space}${key}${space}:${space}${value}${space}`).join(',')}}`;
      const { id } = JSON.parse(text) as { id?: unknown };
      expect(glance(Buffer.from(text)).id).toBe(typeof id === 'string' ? id : null);
    }),
    { numRuns: 2_000 },
  );
});

test('any bytes are looked at to their end', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string().map((text) => Buffer.from(`{"id":"${text}`)),
  );
  fc.assert(
    fc.property(bytes, (any) => {
      expect(glance(Buffer.from(any)).values).toBeGreaterThan(0);
    }),
  );
});

const head = `{"version":"1.0","type":"NOTIFICATION","subType":"REQUEST","timeStamp":${stampedAt}`;

test.each([
  ['objects', '{}'],
  ['numbers', '1'],
  ['numbers that a double does not hold', '9007199254740993'],
])('a frame of millions of %s is refused by its id, and none of them is made', (_, value) => {
  const frame = Buffer.from(`${head},"payload":[${`${value},`.repeat(500_000)}${value}],"id":"M1"}`);
  expect(decodeMessage(frame, arrivedAt, { ...limits, maxValues: 400_000 })).toMatchObject({
    kind: 'rejected',
    id: 'M1',
    reason: 'too-many-values',
  });
});

test('twenty thousand entries with ten fields each are well within the limit', () => {
  const entry = JSON.stringify(
    Object.fromEntries(Array.from({ length: 10 }, (__, at) => [`field${at}`, at])),
  );
  const data = Array.from({ length: 20_000 }, () => entry).join();
  const frame = Buffer.from(`${head},"id":"M1","payload":[{"object":"JOB","data":[${data}]}]}`);
  const message = decodeMessage(frame, arrivedAt, { maxEntries: 20_000, maxValues: 400_000, maxDepth: 64 });
  expect(message.kind).toBe('notification');
});
