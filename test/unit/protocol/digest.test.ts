import { expect, test } from 'vitest';
import { envelope, job, jobs, receive, stampedAt } from '../../helpers/messages.ts';

function digest(sent: string | object): string {
  const message = receive(sent);
  if (message.kind !== 'notification' && message.kind !== 'rejected') throw new Error(message.kind);
  return message.frame.digest();
}

const stamped = (timeStamp: unknown, data: object = job) => envelope([jobs(data)], { timeStamp });

test('the same bytes have the same digest', () => {
  expect(digest(stamped(stampedAt))).toBe(digest(stamped(stampedAt)));
});

test('a resend that is stamped anew has the same digest, also with more digits', () => {
  expect(digest(stamped(stampedAt + 5))).toBe(digest(stamped(stampedAt)));
  expect(digest(stamped(10_000_000_000))).toBe(digest(stamped(9_999_999_999)));
});

test('a resend that is stamped anew has the same digest, also with white space around the stamp', () => {
  const sent = (timeStamp: number) => JSON.stringify(stamped(timeStamp), null, 2);
  expect(digest(sent(stampedAt + 5))).toBe(digest(sent(stampedAt)));
});

test.each([
  [
    'before the envelope has its own',
    (n: number, own: number) => ({ payload: [jobs({ ...job, timeStamp: n })], timeStamp: own }),
  ],
  [
    'after the envelope has its own',
    (n: number, own: number) => ({ timeStamp: own, payload: [jobs({ ...job, timeStamp: n })] }),
  ],
  [
    'in the envelope, in another object',
    (n: number, own: number) => ({ more: { timeStamp: n }, timeStamp: own }),
  ],
])('a nested field called timeStamp is payload like any other: %s', (_, fields) => {
  const sent = (nested: number, own: number) => {
    const { payload, timeStamp: _own, ...rest } = envelope([jobs(job)]);
    return JSON.stringify({
      ...rest,
      ...('payload' in fields(0, 0) ? {} : { payload }),
      ...fields(nested, own),
    });
  };
  expect(digest(sent(7, stampedAt + 5))).toBe(digest(sent(7, stampedAt)));
  expect(digest(sent(8, stampedAt))).not.toBe(digest(sent(7, stampedAt)));
  expect(digest(sent(stampedAt, stampedAt))).not.toBe(digest(sent(7, stampedAt)));
  expect(digest(sent(stampedAt + 5, stampedAt + 5))).not.toBe(digest(sent(stampedAt, stampedAt + 5)));
});

test.each([
  ['a field', { ...job, status: 1 }],
  ['a field more', { ...job, more: null }],
  ['the order of fields', Object.fromEntries(Object.entries(job).toReversed())],
  ['a digit in a string', { ...job, policyName: 'nightly2' }],
])('another payload has another digest: %s', (_, data) => {
  expect(digest(stamped(stampedAt, data))).not.toBe(digest(stamped(stampedAt)));
});

test.each([
  ['missing', undefined, null],
  ['a string', '1', '2'],
  ['negative', -1, -2],
  ['a fraction', 1.5, 2.5],
  ['not there', undefined, stampedAt],
])('when in doubt, with a timeStamp that is %s, another frame has another digest', (_, one, other) => {
  expect(digest(stamped(one))).not.toBe(digest(stamped(other)));
});

test('a text that holds what looks like a stamp is payload', () => {
  const sent = (policyName: string) => digest(stamped(stampedAt, { ...job, policyName }));
  expect(sent(`"timeStamp":${stampedAt}`)).not.toBe(sent(`"timeStamp":${stampedAt + 1}`));
  expect(sent('#')).not.toBe(sent(''));
});

test('of two stamps in one envelope the first is payload', () => {
  const sent = (first: number, last: number) =>
    digest(JSON.stringify(stamped(last)).replace('"version"', `"timeStamp":${first},"version"`));
  expect(sent(1, stampedAt + 5)).toBe(sent(1, stampedAt));
  expect(sent(1, stampedAt)).not.toBe(sent(2, stampedAt));
});

test('frames that are no JSON have a digest too', () => {
  expect(digest('{"timeStamp":1')).not.toBe(digest('{"timeStamp":2'));
});
