import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../src/protocol/codec.ts';
import { atOnce } from '../../../src/pieces.ts';
import { type Glance, glance } from '../../../src/protocol/glance.ts';
import type { Message } from '../../../src/protocol/message.ts';
import { jsonText } from '../../helpers/json-text.ts';
import { arrivedAt, limits, stampedAt } from '../../helpers/messages.ts';

function seen(bytes: Buffer): Glance {
  return atOnce(glance(bytes, limits));
}

function countOf(value: unknown): number {
  const inner = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return inner.reduce((sum: number, each) => sum + countOf(each), 1);
}

test('no JSON holds more values than were counted', () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      expect(seen(Buffer.from(text)).values).toBeGreaterThanOrEqual(countOf(JSON.parse(text)));
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
      expect(seen(Buffer.from(text)).id).toBe(typeof id === 'string' ? id : null);
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
      expect(seen(Buffer.from(any)).values).toBeGreaterThan(0);
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

/** A message of these entries, under the limits that hold by default. */
function atDefaults(data: string): Message {
  const frame = Buffer.from(`${head},"id":"M1","payload":[{"object":"JOB","data":[${data}]}]}`);
  const byDefault = { maxEntries: 20_000, maxValues: 400_000, maxDepth: 64, maxNames: 10_000 };
  return decodeMessage(frame, arrivedAt, byDefault);
}

test('twenty thousand entries with ten fields each are well within the limit', () => {
  const entry = JSON.stringify(
    Object.fromEntries(Array.from({ length: 10 }, (__, at) => [`field${at}`, at])),
  );
  const data = Array.from({ length: 20_000 }, () => entry).join();
  expect(atDefaults(data).kind).toBe('notification');
});

describe('property names', () => {
  const counted = (text: string, maxNames = 1_000) =>
    atOnce(glance(Buffer.from(text), { maxNames, maxDepth: 32 })).names;

  test.each([
    ['none', '[1,"a",["b"]]', 0],
    ['those of one object', '{"a":1,"b":{},"c":[]}', 3],
    ['the same ones in the same order once', '[{"a":1,"b":2},{"a":3,"b":4},{"a":5}]', 2],
    ['in another order again', '[{"a":1,"b":2},{"b":1,"a":2}]', 4],
    ['behind others again', '[{"a":1,"c":2},{"b":1,"c":2}]', 4],
    ['those of inner objects by themselves', '[{"a":{"a":1},"b":{"a":1}},{"a":1}]', 2],
    ['an outer object goes on behind an inner one', '[{"a":{"x":1},"b":1},{"a":1,"b":1}]', 3],
    ['no texts that are values', '{"a":"b","c":"d:e","f":["g","h"]}', 3],
    ['no colons in texts', String.raw`{"a:":":","b\":":"\":"}`, 2],
  ])('are counted: %s', (_, text, expected) => {
    expect(counted(text)).toBe(expected);
  });

  test('are counted up to one above the limit', () => {
    const names = Array.from({ length: 50 }, (_, n) => `"n${n}":0`).join();
    expect([50, 49, 10].map((limit) => counted(`{${names}}`, limit))).toEqual([50, 50, 11]);
  });

  test('levels deeper than the limit have none, and are told', () => {
    const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
    expect(atOnce(glance(Buffer.from(deep), { maxNames: 100, maxDepth: 3 }))).toMatchObject({
      names: 1,
      depth: 40,
    });
  });

  const padded = (fields: string) =>
    Buffer.from(
      `${head},"id":"M1","note":"${'x'.repeat(200_000)}","payload":[{"object":"JOB","data":[{"clientName":"c"${fields}}]}]}`,
    );
  const distinct = (count: number) => Array.from({ length: count }, (_, n) => `,"n${n}":1`).join('');

  test('a large frame with more than the limit is refused by its id, and none of its values is made', () => {
    expect(decodeMessage(padded(distinct(1_001)), arrivedAt, { ...limits, maxNames: 1_000 })).toMatchObject({
      kind: 'rejected',
      id: 'M1',
      reason: 'too-many-names',
    });
    expect(decodeMessage(padded(distinct(900)), arrivedAt, { ...limits, maxNames: 1_000 }).kind).toBe(
      'notification',
    );
  });

  test('twenty thousand entries with any of ten fields left out are within the default', () => {
    const data = Array.from({ length: 20_000 }, (_, n) =>
      JSON.stringify(
        Object.fromEntries(
          Array.from({ length: 10 }, (__, at) => [`field${at}`, at] as const).filter(
            (___, at) => ((n >> at) & 1) === 0,
          ),
        ),
      ),
    ).join();
    expect(atDefaults(data).kind).toBe('notification');
  });
});

test('a large frame that nests too deep is refused by its id, and none of its values is made', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const frame = Buffer.from(`${head},"id":"M1","payload":[{"object":"JOB","data":[${deep}]}]}`);
  expect(decodeMessage(frame, arrivedAt, limits)).toMatchObject({
    kind: 'rejected',
    id: 'M1',
    reason: 'too-deep',
  });
});
