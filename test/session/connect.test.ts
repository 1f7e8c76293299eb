import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { hashOf } from '../../src/session/token-lines.ts';
import { connectRequest, notification, openPeer, openPrimary } from '../helpers/peer.ts';
import { established, message, simulate } from '../helpers/simulation.ts';
import { startTerminator, writeCredentials } from '../helpers/terminator.ts';

const accepted = {
  version: '1.0',
  id: 'CONNECT-1',
  type: 'CONNECT',
  subType: 'RESPONSE',
  timeStamp: 1_700_000_000,
  payload: { valid: true },
};
const refused = { ...accepted, payload: { valid: false } };

describe('a CONNECT with a known token', () => {
  test('is answered with valid: true, the same id and our time', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPeer(terminator);
    peer.send(connectRequest());
    expect(await peer.next()).toEqual(accepted);
    expect(terminator.told('authenticated')).toEqual([
      ['primary1', expect.stringMatching(/^127\.0\.0\.1:\d+$/)],
    ]);
    expect([...terminator.listener.sessions].map(({ primary }) => primary)).toEqual(['primary1']);
  });

  test('is what the simulator sends, and its messages are answered', async () => {
    await using terminator = await startTerminator();
    await using simulator = simulate(terminator.url);
    await established(simulator);
    expect(await simulator.send(message())).toMatchObject({ requests: 1 });
    expect(simulator.report().violations.total).toBe(0);
    expect(terminator.delivered).toMatchObject([{ primary: 'primary1', id: message().id }]);
  });

  test('may come in a binary frame', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPeer(terminator);
    peer.send(Buffer.from(JSON.stringify(connectRequest())));
    expect(await peer.next()).toEqual(accepted);
  });

  test('may come with an Origin header', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPeer(terminator, { origin: 'https://primary.example.com' });
    peer.send(connectRequest());
    expect(await peer.next()).toEqual(accepted);
  });

  test.each([
    ['plain', 'secret\n'],
    ['as sha256', `sha256:${createHash('sha256').update('secret').digest('hex')}\n`],
    ['as sha256 in capitals', `sha256:${createHash('sha256').update('secret').digest('hex').toUpperCase()}`],
    ['the older of two', 'a-newer-one\nsecret\n'],
    ['the newer of two', 'secret\r\nan-older-one\r\n'],
  ])('finds a token that is kept %s', async (_how, text) => {
    const credentials = writeCredentials({ other: 'else', owner: text });
    await using terminator = await startTerminator({ credentials: () => credentials });
    await using peer = await openPeer(terminator);
    peer.send(connectRequest());
    expect(await peer.next()).toEqual(accepted);
    expect(terminator.told('authenticated')).toMatchObject([['owner', {}]]);
  });

  test('is judged by the credentials of its moment', async () => {
    let credentials = writeCredentials({ primary1: 'yesterday' });
    await using terminator = await startTerminator({ credentials: () => credentials });
    await using peer = await openPeer(terminator);
    credentials = writeCredentials({ primary1: 'secret' });
    peer.send(connectRequest());
    expect(await peer.next()).toEqual(accepted);
  });
});

describe('a CONNECT that is refused', () => {
  test.each<[string, object]>([
    ['an unknown token', { token: 'guess' }],
    ['a part of a token', { token: 'secre' }],
    ['the hash of a token', { token: createHash('sha256').update('secret').digest('hex') }],
    ['an empty token', { token: '' }],
    ['no token', {}],
    ['a token that is no string', { token: ['secret'] }],
    ['no payload', null as unknown as object],
  ])('gets the same answer and close for %s', async (_cause, payload) => {
    await using terminator = await startTerminator();
    await using peer = await openPeer(terminator);
    peer.send({ ...connectRequest(), payload });
    expect(await peer.next()).toEqual(refused);
    expect(await peer.closed()).toEqual({ code: 1008, reason: 'token refused' });
    expect(await terminator.event('closed')).toEqual([null, expect.any(String), 1008, true]);
    expect(terminator.told('refused')).toEqual([[expect.any(String), 'bad-token']]);
    expect(terminator.told('authenticated')).toEqual([]);
  });

  test.each(['to ken', '#token', 'tök', 'a\u0000token', 'to\ud800ken', 'SHA256:token'])(
    'is that of %j, which no file can hold, even where its hash is in one',
    async (token) => {
      const credentials = writeCredentials({ primary1: 'secret', primary2: hashOf(token) });
      await using terminator = await startTerminator({ credentials: () => credentials });
      await using peer = await openPeer(terminator);
      peer.send(connectRequest({ token }));
      expect(await peer.next()).toEqual(refused);
      expect(await peer.closed()).toEqual({ code: 1008, reason: 'token refused' });
      expect(terminator.told('authenticated')).toEqual([]);
    },
  );

  test('is a refusal for the simulator, not an error', async () => {
    await using terminator = await startTerminator();
    await using simulator = simulate(terminator.url, { token: 'guess' });
    expect(await simulator.connect()).toEqual({ outcome: 'refused' });
    expect(simulator.report().violations.total).toBe(0);
  });

  test('opens no door to the messages behind it', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPeer(terminator);
    peer.send(connectRequest({ token: 'guess' }));
    peer.send(connectRequest());
    peer.send(notification('N1'));
    expect(await peer.closed()).toMatchObject({ code: 1008 });
    expect(peer.unread).toHaveLength(1);
    expect(terminator.delivered).toEqual([]);
    expect(terminator.told('received')).toEqual([]);
  });
});

describe('anything before CONNECT', () => {
  test.each<[string, string | Buffer | object]>([
    ['a notification', notification('N1')],
    ['text that is no JSON', 'hello'],
    ['an empty frame', ''],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe])],
    ['a CONNECT without an id', { ...connectRequest(), id: undefined }],
    ['a CONNECT RESPONSE', { ...connectRequest(), subType: 'RESPONSE' }],
    ['a COMMAND', { ...connectRequest(), type: 'COMMAND' }],
    ['deep nesting', '['.repeat(4000)],
  ])('closes with 1008 and is never delivered: %s', async (_what, first) => {
    await using terminator = await startTerminator();
    await using peer = await openPeer(terminator);
    peer.send(first);
    peer.send(connectRequest());
    expect(await peer.closed()).toEqual({ code: 1008, reason: 'CONNECT expected' });
    expect(peer.unread).toEqual([]);
    expect(await terminator.event('closed')).toEqual([null, expect.any(String), 1008, true]);
    expect(terminator.told('refused')).toEqual([[expect.any(String), 'not-connect']]);
    expect(terminator.delivered).toEqual([]);
  });
});

describe('CONNECT again', () => {
  test('is answered again when it has the same id, and the session goes on', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator);
    peer.send(connectRequest());
    expect(await peer.next()).toEqual(accepted);
    peer.send(notification('N1'));
    expect(await peer.next()).toMatchObject({ id: 'N1' });
    expect(terminator.told('authenticated')).toHaveLength(1);
  });

  test('closes with 1008 when it has another id', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator);
    peer.send(connectRequest({ id: 'CONNECT-2' }));
    expect(await peer.closed()).toEqual({ code: 1008, reason: 'connected already' });
    expect(peer.unread).toEqual([]);
    expect(await terminator.event('closed')).toEqual(['primary1', expect.any(String), 1008, true]);
    expect(terminator.told('refused')).toEqual([[expect.any(String), 'second-connect']]);
  });

  test('is a session of its own on another connection', async () => {
    await using terminator = await startTerminator();
    await using first = await openPrimary(terminator);
    await using second = await openPrimary(terminator);
    for (const peer of [first, second]) {
      peer.send(notification('N1'));
      expect(await peer.next()).toMatchObject({ id: 'N1' });
    }
    expect(terminator.listener.sessions.size).toBe(2);
  });
});
