import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { tracesIn } from '../helpers/secret-traces.ts';

const secret = 'a-"secret"\\of the/primary+ü';
const base64 = (text: string) => Buffer.from(text).toString('base64');

test.each([
  ['as it is', `x${secret}x`],
  ['in part', `x${secret.slice(3, 11)}x`],
  ['in JSON', JSON.stringify({ secret })],
  ['in a URL', `/?token=${encodeURIComponent(secret)}`],
  ['in a form', new URLSearchParams({ secret }).toString()],
  ['in hexadecimal', Buffer.from(secret).toString('hex')],
  ['in upper case hexadecimal, in part', Buffer.from(secret.slice(4, 14)).toString('hex').toUpperCase()],
  ['as its hash', createHash('sha256').update(secret).digest('hex').slice(7, 40)],
  ['in base64', base64(secret)],
  ['in base64 behind a user', base64(`user:${secret}`)],
  ['in base64 behind another user', base64(`users:${secret}`)],
  ['in base64url', Buffer.from(secret).toString('base64url')],
])('a secret is found %s', (_, text) => {
  expect(tracesIn(text, { secret })).not.toEqual([]);
});

test('nothing is found where less than eight characters in a row are the same', () => {
  expect(tracesIn(`x${secret.slice(3, 10)}x${secret.slice(11, 18)}`, { secret })).toEqual([]);
});
