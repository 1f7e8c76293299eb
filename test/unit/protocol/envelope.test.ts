import { expect, test } from 'vitest';
import type { Message } from '../../../src/protocol/message.ts';
import { arrivedAt, envelope, job, jobs, receive, stampedAt } from '../../helpers/messages.ts';

function withEnvelope(overrides: Record<string, unknown>): Message {
  return receive(envelope([jobs(job)], overrides));
}

test('a notification request is read with its id, its time and its notifications in order', () => {
  const message = receive(envelope([jobs(job, { ...job, jobId: 2 }), { ...jobs(), object: 'IMAGE' }]));
  expect(message).toMatchObject({
    kind: 'notification',
    id: 'EDD85CD7-8555-47E4-8A19-01C35093F220',
    notifiedAt: stampedAt * 1000,
    receivedAt: arrivedAt,
    oddities: [],
    notifications: [
      { kind: 'readable', notificationType: 'INFO', object: 'JOB', data: [job, { ...job, jobId: 2 }] },
      { kind: 'readable', notificationType: 'INFO', object: 'IMAGE', data: [] },
    ],
  });
});

test.each([
  ['a CONNECT request', { type: 'CONNECT', payload: { token: 'secret' } }, 'secret'],
  ['a CONNECT without a token', { type: 'CONNECT', payload: {} }, ''],
  ['a CONNECT whose token is a number', { type: 'CONNECT', payload: { token: 5 } }, ''],
  ['a CONNECT whose payload is an array', { type: 'CONNECT', payload: ['secret'] }, ''],
  ['a CONNECT without a payload', { type: 'CONNECT', payload: undefined }, ''],
])('%s is a CONNECT, with no token that a credential can match where there is none', (_, sent, token) => {
  expect(withEnvelope({ id: 'C1', ...sent })).toEqual({ kind: 'connect', id: 'C1', token });
});

test.each([
  ['COMMAND', 'REQUEST', 'COMMAND'],
  ['COMMAND', 'RESPONSE', 'COMMAND'],
  ['NOTIFICATION', 'RESPONSE', 'RESPONSE'],
  ['CONNECT', 'RESPONSE', 'RESPONSE'],
])('a %s %s is passed over', (type, subType, ignoredAs) => {
  expect(withEnvelope({ id: 'I1', type, subType })).toEqual({ kind: 'ignored', id: 'I1', type: ignoredAs });
});

test.each([
  ['of an unknown type', { type: 'GOSSIP' }],
  ['of no type', { type: undefined }],
  ['whose type is in lower case', { type: 'notification' }],
  ['whose type is an object', { type: { toString: 'CONNECT' } }],
  ['of an unknown subType', { subType: 'GOSSIP' }],
  ['of no subType', { subType: undefined }],
  ['whose payload is an object', { payload: { data: [] } }],
  ['whose payload is null', { payload: null }],
  ['whose payload is a string', { payload: '[]' }],
  ['without a payload', { payload: undefined }],
])('a message %s, with a readable id, is one dead letter that can be answered', (_, overrides) => {
  const message = withEnvelope({ id: 'N1', ...overrides });
  expect(message).toMatchObject({
    kind: 'rejected',
    id: 'N1',
    reason: 'no-notification',
    receivedAt: arrivedAt,
  });
});

test.each([
  ['empty', ''],
  ['missing', undefined],
  ['null', null],
  ['a number', 12],
  ['an object', { rawJSON: '1' }],
  ['an array', ['M1']],
  ['longer than 128 characters', 'x'.repeat(129)],
  ['a lone high surrogate', 'M\ud800'],
  ['a lone low surrogate', '\udc00M'],
])('a message whose id is %s can not be answered, and is a dead letter', (_, id) => {
  expect(withEnvelope({ id })).toMatchObject({ kind: 'rejected', id: null, reason: 'no-id' });
});

test.each([
  ['128 characters', 'x'.repeat(128)],
  ['no UUID', 'not a uuid'],
  ['one blank', ' '],
  ['a pair of surrogates', '\u{1f4be}'],
  ['control characters', 'a\u0000\n"b'],
  ['a name of Object.prototype', '__proto__'],
])('an id of %s is kept as it was sent', (_, id) => {
  expect(withEnvelope({ id })).toMatchObject({ kind: 'notification', id });
});

test.each([
  ['missing', undefined],
  ['2.0', '2.0'],
  ['a number', 1],
  ['null', null],
])('a version that is %s is counted and treated as 1.0', (_, version) => {
  const message = withEnvelope({ version });
  expect(message).toMatchObject({
    kind: 'notification',
    oddities: ['version'],
    notifiedAt: stampedAt * 1000,
  });
});

test.each([
  ['missing', undefined],
  ['null', null],
  ['a string', String(stampedAt)],
  ['a fraction', stampedAt + 0.5],
  ['an object', {}],
  ['true', true],
  ['after the year 9999', 253_402_300_800],
  ['before the year 1', -62_135_596_801],
  ['1e300', 1e300],
])('a timeStamp that is %s is counted and treated as now', (_, timeStamp) => {
  const message = withEnvelope({ timeStamp });
  expect(message).toMatchObject({ kind: 'notification', oddities: ['timestamp'], notifiedAt: arrivedAt });
});

test('a timeStamp of more digits than a double holds is counted and treated as now', () => {
  const text = JSON.stringify(envelope([jobs(job)])).replace(String(stampedAt), '9007199254740993');
  expect(receive(text)).toMatchObject({ oddities: ['timestamp'], notifiedAt: arrivedAt });
});

test.each([
  ['0', 0],
  ['negative', -1],
  ['years ago', 1_444_944_181],
  ['ahead', stampedAt + 86_400 * 365],
  ['the last of the year 9999', 253_402_300_799],
  ['the first of the year 1', -62_135_596_800],
])('a timeStamp that is %s is an integer, and kept', (_, timeStamp) => {
  expect(withEnvelope({ timeStamp })).toMatchObject({ oddities: [], notifiedAt: timeStamp * 1000 });
});

test('a version and a timeStamp that are both odd are both counted', () => {
  const message = withEnvelope({ version: '9', timeStamp: 'soon' });
  expect(message).toMatchObject({ kind: 'notification', oddities: ['version', 'timestamp'] });
});
