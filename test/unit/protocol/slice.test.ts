import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFrame, type JsonPath } from '../../../src/protocol/frame.ts';
import { envelope, images, job, jobs } from '../../helpers/messages.ts';

function slice(text: string, path: JsonPath): string {
  return createFrame(Buffer.from(text), null).slice(path).toString();
}

test.each([
  ['white space', ' { "a" :\n[ 1 ,\t{ "b" : [ ] } ] }\n', ['a', 1], '{ "b" : [ ] }'],
  ['what comes before and after', '[[1],[2],[3]]', [1], '[2]'],
  ['escapes', String.raw`{"a":"\u0041\/\ud800"}`, ['a'], String.raw`"\u0041\/\ud800"`],
  ['an escaped key', String.raw`{"\u0061\n":[1.0]}`, ['a\n'], '[1.0]'],
  ['characters of two to four bytes', '["ä€💾",{"ä":"ä€💾"},"ä€💾"]', [1], '{"ä":"ä€💾"}'],
  ['line separators in a string', '{"\u2028":1,"a":"\u2028\u2029\u007f"}', ['a'], '"\u2028\u2029\u007f"'],
  ['the number as sent', '{"a":1.50e+0400}', ['a'], '1.50e+0400'],
  ['minus zero', '[-0]', [0], '-0'],
  ['literals', '[true,false,null]', [1], 'false'],
  ['the last of duplicate keys', '{"a":{"b":1},"a":{"b":2,"b":3}}', ['a', 'b'], '3'],
  ['duplicate keys inside', '[{"b":2,"b":3}]', [0], '{"b":2,"b":3}'],
  ['an empty key', '{"":{"":5}}', ['', ''], '5'],
  ['__proto__', '{"__proto__":{"constructor":7}}', ['__proto__', 'constructor'], '7'],
  ['numbers as keys', '{"0":{"1":2}}', ['0', '1'], '2'],
])('a slice holds the value as it was sent: %s', (_, text, path, expected) => {
  expect(slice(text, path)).toBe(expected);
});

test.each([
  ['a missing key', ['b']],
  ['an index that is too large', ['a', 2]],
  ['an index into an object', [0]],
  ['a key into an array', ['a', 'length']],
  ['a step into a number', ['a', 0, 'b']],
  ['a step into a string', ['s', 0]],
])('where a path leads nowhere the slice is the whole frame: %s', (_, path) => {
  const text = ' {"a":[1,2],"s":"text"} ';
  expect(slice(text, path)).toBe(text);
});

test('every value of a message can be sliced, whatever the white space', () => {
  const message = envelope([jobs(job, { ...job, more: { 'a/b': [1, '~'] } }), images()]);
  const spaces = fc.constantFrom('', ' ', '\t', '    ', ' \n');
  fc.assert(
    fc.property(spaces, fc.integer({ min: 0, max: 8 }), (space, indent) => {
      const text = space + JSON.stringify(message, null, indent) + space;
      for (const [path, value] of pathsOf(message)) {
        expect(JSON.parse(slice(text, path))).toEqual(value);
        expect(text).toContain(slice(text, path));
      }
    }),
  );
});

test('any JSON can be sliced at any of its paths', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      for (const [path, value] of pathsOf(JSON.parse(text))) {
        expect(JSON.stringify(JSON.parse(slice(text, path)))).toBe(JSON.stringify(value));
      }
    }),
  );
});

function pathsOf(value: unknown, path: JsonPath = []): [JsonPath, unknown][] {
  const steps: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : [];
  return [[path, value], ...steps.flatMap(([step, child]) => pathsOf(child, [...path, step]))];
}
