import { expect, test } from 'vitest';
import {
  encodeConnectResponse,
  encodeNotificationResponse,
  type ResponsePayload,
} from '../../../src/protocol/codec.ts';
import { receive } from '../../helpers/messages.ts';

const now = 1_760_000_000_999;

test.each([true, false])('a CONNECT is answered with valid: %s, the same id and our own time', (valid) => {
  expect(JSON.parse(encodeConnectResponse('C1', valid, now))).toStrictEqual({
    version: '1.0',
    id: 'C1',
    type: 'CONNECT',
    subType: 'RESPONSE',
    timeStamp: 1_760_000_000,
    payload: { valid },
  });
});

const answer = {
  version: '1.0',
  id: 'N1',
  type: 'NOTIFICATION',
  subType: 'RESPONSE',
  timeStamp: 1_760_000_000,
};

test.each<[ResponsePayload, object]>([
  ['array', { ...answer, payload: [] }],
  ['object', { ...answer, payload: {} }],
  ['none', answer],
])('a NOTIFICATION is answered with the payload that is configured: %s', (payload, expected) => {
  expect(JSON.parse(encodeNotificationResponse('N1', payload, now))).toStrictEqual(expected);
});

test.each(['{"id"}', '\u0000\u001f"\\', 'ä€💾', '__proto__', ' '])('an id is repeated exactly: %j', (id) => {
  const text = encodeNotificationResponse(id, 'array', now);
  expect(JSON.parse(text)).toMatchObject({ id });
  expect(receive(text)).toEqual({ kind: 'ignored', id, type: 'RESPONSE' });
});
