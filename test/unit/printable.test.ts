import { expect, test } from 'vitest';
import { printable } from '../../src/printable.ts';

test.each([
  ['an escape sequence', '\u001b[2J\u001b]0;title\u0007'],
  ['one of a single character', '\u009b31m'],
  ['what deletes and returns', 'ok\r\u007f\b\b'],
  ['what turns the direction of text', '\u202egnp.exe\u202c \u2066\u200f'],
  ['other ends of lines', 'a\u2028b\u2029c\u0085d'],
])('a terminal is told nothing by %s', (_, text) => {
  expect(printable(text)).toMatch(/^[\x20-\x7e]*$/);
});

test('a log line stays one line, and the same JSON', () => {
  const sent = { id: 'a\u0085\u2028\u009b\u202e"\\\u0000\n\u007f', name: 'Zoë 東京 💾' };
  const line = printable(JSON.stringify(sent));
  expect(line).toMatch(/^[^\p{Cc}\u2028\u2029\u202e]*$/u);
  expect(JSON.parse(line)).toEqual(sent);
});

test('letters of every script, tabs and line ends stay as they are', () => {
  const text = 'Zoë 東京 עברית 💾\tx\n';
  expect(printable(text)).toBe(text);
});
