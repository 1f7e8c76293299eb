import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { said, withoutSecrets } from '../../../src/outbound/said.ts';
import { tracesIn } from '../../helpers/secret-traces.ts';

const secret = 'S3cret "q" ü/+=';

test.each([
  ['as it is', `it is ${secret}!`, 'it is ***!'],
  ['in a form', `it is ${new URLSearchParams({ _: secret }).toString().slice(2)}!`, 'it is ***!'],
  ['in a URL', `it is ${encodeURIComponent(secret)}!`, 'it is ***!'],
  ['in JSON', `it is ${JSON.stringify(secret)}!`, 'it is "***"!'],
  ['cut by the other side', `it is ${secret.slice(0, 9)}`, 'it is ***'],
  ['twice', `${secret}, ${secret}`, '***, ***'],
  ['not at all', 'invalid client', 'invalid client'],
])('a secret is hidden where it stands %s', (_, text, shown) => {
  expect(withoutSecrets(text, [secret])).toBe(shown);
});

test('a short secret is hidden whole, and an empty one hides nothing', () => {
  expect(withoutSecrets('the pin is 1234, not 12', ['1234', ''])).toBe('the pin is ***, not 12');
});

test('of no secret anything recognizable is left, wherever it stands', () => {
  const secrets = string({ minLength: 8, maxLength: 60, unit: 'grapheme' });
  assert(
    property(secrets, string(), string(), (hidden, before, after) => {
      const shown = withoutSecrets(`${before}${hidden}${after}`, [hidden]);
      expect(shown.includes(hidden)).toBe(false);
    }),
  );
});

test('what is said is one printable line of bounded length, cut between characters', () => {
  expect(said('  one\r\ntwo\u0007\u202e ', [])).toBe(String.raw`one\u000d\ntwo\u0007\u202e`);
  expect(said('ab\u{1f600}c', [], 3)).toBe('ab\ufffd…');
  expect(said('x'.repeat(301), [])).toBe(`${'x'.repeat(300)}…`);
  expect(tracesIn(said(`${'y'.repeat(295)}${secret}`, [secret]), { secret })).toEqual([]);
});
