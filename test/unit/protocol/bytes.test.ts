import { expect, test } from 'vitest';
import { envelope, job, jobs, receive } from '../../helpers/messages.ts';

const good = Buffer.from(JSON.stringify(envelope([jobs(job)])));

test.each([
  ['empty', Buffer.alloc(0)],
  ['blank', Buffer.from(' \n\t ')],
  ['cut off', good.subarray(0, -1)],
  ['two messages at once', Buffer.concat([good, good])],
  ['preceded by a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), good])],
  ['UTF-16', Buffer.from(good.toString(), 'utf16le')],
  ['zeros', Buffer.alloc(1024)],
  ['binary', Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3])],
  [
    'JSON but for one byte that is no UTF-8',
    Buffer.concat([good.subarray(0, 30), Buffer.from([0xff]), good.subarray(30)]),
  ],
  ['an encoded surrogate (CESU-8)', Buffer.from('7b226964223a22eda080227d', 'hex')],
  ['JSON with a comment', Buffer.concat([good, Buffer.from('// end')])],
  ['JSON with a trailing comma', Buffer.from('{"id":"M1",}')],
  ['NaN', Buffer.from('{"id":"M1","n":NaN}')],
  ['a number', Buffer.from('5')],
  ['a number of many digits', Buffer.from('12345678901234567890')],
  ['a string', Buffer.from('"hello"')],
  ['null', Buffer.from('null')],
  ['an array', Buffer.concat([Buffer.from('['), good, Buffer.from(']')])],
])('a frame that is %s is a dead letter that can not be answered, and holds its bytes', (_, bytes) => {
  const message = receive(bytes);
  expect(message).toMatchObject({
    kind: 'rejected',
    id: null,
    reason: 'not-json',
    detail: expect.any(String),
  });
  if (message.kind !== 'rejected') throw new Error('unreachable');
  expect(message.frame.bytes.equals(bytes)).toBe(true);
});

test('white space around and inside a message is no matter', () => {
  expect(receive(` \r\n\t${JSON.stringify(envelope([jobs(job)]), null, '\t')}\n`)).toMatchObject({
    kind: 'notification',
  });
});

test('a string of many megabytes is read', () => {
  const policyName = 'é'.repeat(4 * 1024 * 1024);
  const message = receive(envelope([jobs({ ...job, policyName })]));
  expect(message).toMatchObject({
    kind: 'notification',
    notifications: [{ data: [{ clientName: 'client-a' }] }],
  });
});

test('a string that looks like digits, exponents and keys stays a string', () => {
  const policyName = ' 12345678901234567890 1e999 "timeStamp":1 ';
  expect(receive(envelope([jobs({ ...job, policyName })]))).toMatchObject({
    notifications: [{ data: [{ policyName }] }],
  });
});

test('escapes are read as what they mean', () => {
  const text = JSON.stringify(envelope([jobs(job)])).replace('"jobId"', String.raw`"\u006aobId"`);
  expect(receive(text)).toMatchObject({ notifications: [{ data: [{ jobId: 146 }] }] });
});
