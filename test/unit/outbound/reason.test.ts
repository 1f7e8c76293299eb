import { expect, test } from 'vitest';
import { reasonIn } from '../../../src/outbound/reason.ts';
import { tracesIn } from '../../helpers/secret-traces.ts';

function reason(
  status: number,
  headers: Parameters<typeof reasonIn>[0]['headers'],
  text: string,
  secrets: readonly string[] = [],
) {
  const body: unknown = /^[[{"]/.test(text) ? JSON.parse(text) : undefined;
  return reasonIn({ status, headers, text }, body, secrets);
}

test.each([
  ['a text', '{"message":"no Route matched"}', 'no Route matched'],
  ['RFC 7807', '{"title":"Forbidden","detail":"not in the group"}', 'not in the group'],
  ['RFC 6749', '{"error":"invalid_token","error_description":"expired"}', 'expired'],
  ['an object', '{"error":{"code":403,"message":"denied by policy","status":"X"}}', 'denied by policy'],
  ['a list of texts', '{"errors":["first","second"]}', 'first'],
  ['a list of objects', '{"errors":[{"message":"first"}]}', 'first'],
  ['a list alone', '[{"message":"first"}]', 'first'],
  ['Okta', '{"errorCode":"E1","errorSummary":"Invalid value"}', 'Invalid value'],
  ['a text alone', '"Forbidden"', 'Forbidden'],
  ['an empty text before one', '{"message":" ","error":"second"}', 'second'],
])('the words of an error in JSON are found: %s', (_, text, words) => {
  expect(reason(403, { 'content-type': 'application/json' }, text)).toBe(words);
});

test.each(['{}', '[]', '{"error_code":1}', '{"error":{"error":{"error":{"error":{"message":"deep"}}}}}'])(
  'of JSON without words nothing is shown: %s',
  (text) => {
    expect(reason(403, { 'content-type': 'application/json' }, text)).toBeNull();
  },
);

test('the challenge of a 401 without a body is shown', () => {
  const challenge = 'Bearer realm="r", error="invalid_token", error_description="It expired at 12:00"';
  expect(reason(401, { 'www-authenticate': challenge }, '')).toBe('invalid_token: It expired at 12:00');
  expect(reason(401, { 'www-authenticate': 'Basic realm="r"' }, '')).toBeNull();
});

test('a redirect is told without user, query and fragment', () => {
  const location = 'https://user:pass@login.example.com/start?state=abcdef#token';
  expect(reason(302, { location }, '')).toBe(
    'it redirects to https://login.example.com/start, and redirects are not followed',
  );
  expect(reason(201, { location }, '')).toBeNull();
});

test.each([
  ['text/plain; charset=utf-8', 'RBAC: access denied\n', 'RBAC: access denied'],
  ['', 'upstream connect error', 'upstream connect error'],
  [
    'text/html',
    '\n<!doctype html><html><head><title>403 by rule 12</title></head><p>x</p>',
    '403 by rule 12',
  ],
  ['text/html', '<html><p>no title</p></html>', null],
  ['text/plain', '<title>a page all the same</title>', 'a page all the same'],
  ['application/octet-stream', 'bytes', null],
  ['text/plain', ' ', null],
])('of an answer of the type "%s" that is no JSON, %j, what is for people is shown', (type, text, words) => {
  expect(reason(403, type === '' ? {} : { 'content-type': type }, text)).toBe(words);
});

test('words are on one printable line, shortened, and hold no secret of ours', () => {
  const secret = 'vQ8~+/= key';
  const text = `not\r\n\u001b[31m ${secret} ${'x'.repeat(999)}`;
  const words = reason(403, { 'content-type': 'text/plain' }, text, [secret]) ?? '';
  expect(words).toMatch(/^not\\u000d\\n\\u001b\[31m \*\*\* x+…$/);
  expect(words.length).toBeLessThan(320);
  expect(tracesIn(words, { secret })).toEqual([]);
});
