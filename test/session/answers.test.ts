import { describe, expect, test } from 'vitest';

import { notification, openPrimary } from '../helpers/peer.ts';
import { startTerminator } from '../helpers/terminator.ts';

const answer = (id: string, payload: unknown = []): string =>
  JSON.stringify({
    version: '1.0',
    id,
    type: 'NOTIFICATION',
    subType: 'RESPONSE',
    timeStamp: 1_700_000_000,
    payload,
  });

describe('a notification', () => {
  test.each([
    ['array', answer('N1', [])],
    ['object', answer('N1', {})],
    ['none', answer('N1').replace(',"payload":[]', '')],
  ] as const)(
    'is answered with the payload that the setting names: %s',
    async (responsePayload, expected) => {
      await using terminator = await startTerminator({ responsePayload });
      await using peer = await openPrimary(terminator);
      peer.send(notification('N1'));
      await terminator.event('answered');
      await peer.roundTrip();
      expect(peer.unread).toEqual([expected]);
    },
  );

  test.each([
    'E4ECAF4F-1D29-4D5F-A66F-B2C9D6C1E5D1',
    'e4ecaf4f-1d29-4d5f-a66f-b2c9d6c1e5d1',
    ' ',
    'Größe "und" \\ 𝄞 \u2028',
    '\u0000',
    '__proto__',
    '0',
    'x'.repeat(128),
  ])('is answered with exactly its id: %j', async (id) => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator);
    peer.send(notification(id));
    expect(await peer.next()).toStrictEqual(JSON.parse(answer(id)));
    expect(terminator.delivered).toMatchObject([{ kind: 'notification', id, primary: 'primary1' }]);
  });

  test('is not answered before its delivery resolves', async () => {
    const delivery = Promise.withResolvers<void>();
    await using terminator = await startTerminator({ deliver: () => delivery.promise });
    await using peer = await openPrimary(terminator);
    peer.send(notification('N1'));
    await peer.roundTrip();
    expect(terminator.delivered).toHaveLength(1);
    expect(peer.unread).toEqual([]);
    expect(terminator.told('answered')).toEqual([]);
    delivery.resolve();
    expect(await peer.next()).toMatchObject({ id: 'N1' });
    expect(terminator.told('answered')).toEqual([['primary1', 1_700_000_000_999]]);
  });

  test('is answered when its own delivery resolves, whatever the order', async () => {
    const deliveries = new Map(['N1', 'N2', 'N3'].map((id) => [id, Promise.withResolvers<void>()]));
    await using terminator = await startTerminator({
      deliver: async ({ id }) => deliveries.get(id ?? '')?.promise,
    });
    await using peer = await openPrimary(terminator);
    for (const id of deliveries.keys()) peer.send(notification(id));
    for (const id of ['N3', 'N1', 'N2']) {
      deliveries.get(id)?.resolve();
      expect(await peer.next()).toMatchObject({ id });
    }
    expect(terminator.delivered.map(({ id }) => id)).toEqual(['N1', 'N2', 'N3']);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('no broker'))],
    [
      'throws',
      () => {
        throw new Error('no broker');
      },
    ],
  ])('is never answered when its delivery %s, and the connection stays open', async (_how, fail) => {
    await using terminator = await startTerminator({
      deliver: ({ id }) => (id === 'N1' ? fail() : Promise.resolve()),
    });
    await using peer = await openPrimary(terminator);
    peer.send(notification('N1'));
    peer.send(notification('N2'));
    expect(await peer.next()).toMatchObject({ id: 'N2' });
    await peer.roundTrip();
    expect(peer.unread).toEqual([]);
    expect(terminator.told('answered')).toHaveLength(1);
  });

  test('is answered once for each time that it is sent', async () => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator);
    for (let n = 0; n < 3; n++) peer.send(notification('N1'));
    for (let n = 0; n < 3; n++) expect(await peer.next()).toMatchObject({ id: 'N1' });
    expect(terminator.delivered).toHaveLength(3);
  });

  test.each([
    ['an empty payload', []],
    ['empty data', [{ object: 'JOB', data: [] }]],
    ['unreadable notifications beside good ones', [{ object: 'JOB', data: [{}] }, null]],
  ])('is delivered and answered with %s', async (_what, payload) => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator);
    peer.send(notification('N1', payload));
    expect(await peer.next()).toMatchObject({ id: 'N1' });
    expect(terminator.delivered).toMatchObject([{ kind: 'notification' }]);
  });

  test.each([
    ['another version', { version: '2.0' }, 'version'],
    ['no timeStamp', { timeStamp: undefined }, 'timestamp'],
    ['a timeStamp that is no integer', { timeStamp: 'now' }, 'timestamp'],
  ])('is answered and told as odd with %s', async (_what, odd, oddity) => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator);
    peer.send({ ...notification('N1'), ...odd });
    expect(await peer.next()).toMatchObject({ id: 'N1' });
    const bytes = JSON.stringify({ ...notification('N1'), ...odd }).length;
    expect(terminator.told('received')).toMatchObject([['primary1', { oddities: [oddity] }, bytes]]);
  });

  test('is told before it is delivered', async () => {
    await using terminator = await startTerminator({
      deliver: () => Promise.resolve(terminator.told('received').length),
    });
    await using peer = await openPrimary(terminator);
    peer.send(notification('N1'));
    await terminator.event('answered');
    expect(terminator.told('received')).toHaveLength(1);
  });
});

describe('a message that holds no notifications', () => {
  test.each<[string, object, string]>([
    ['a payload that is no array', notification('N1', {}), 'no-notification'],
    ['no readable notification', notification('N1', [null, { object: 'JOB' }]), 'no-notification'],
    ['an unknown type', { ...notification('N1'), type: 'NOTICE' }, 'no-notification'],
    [
      'more entries than the limit',
      notification('N1', [{ object: 'JOB', data: [1, 2, 3] }]),
      'too-many-entries',
    ],
    ['deeper nesting than the limit', notification('N1', [[[[[[[[1]]]]]]]]), 'too-deep'],
  ])('is answered once the rejected frame is delivered: %s', async (_what, message, reason) => {
    const delivery = Promise.withResolvers<void>();
    await using terminator = await startTerminator({
      deliver: () => delivery.promise,
      limits: { maxEntries: 2, maxValues: 400_000, maxDepth: 8, maxNames: 10_000 },
    });
    await using peer = await openPrimary(terminator);
    peer.send(message);
    await peer.roundTrip();
    expect(terminator.delivered).toMatchObject([{ kind: 'rejected', id: 'N1', reason, primary: 'primary1' }]);
    expect(peer.unread).toEqual([]);
    delivery.resolve();
    expect(await peer.next()).toMatchObject({ id: 'N1', type: 'NOTIFICATION', subType: 'RESPONSE' });
  });

  test.each<[string, object]>([
    ['COMMAND', { ...notification('C1', {}), type: 'COMMAND' }],
    ['COMMAND', { ...notification('C1', {}), type: 'COMMAND', subType: 'RESPONSE' }],
    ['RESPONSE', { ...notification('C1'), subType: 'RESPONSE' }],
    ['RESPONSE', { ...notification('C1'), type: 'CONNECT', subType: 'RESPONSE' }],
  ])('is told and otherwise ignored when it is a %s', async (type, message) => {
    await using terminator = await startTerminator();
    await using peer = await openPrimary(terminator);
    peer.send(message);
    await peer.roundTrip();
    expect(peer.unread).toEqual([]);
    expect(terminator.delivered).toEqual([]);
    expect(terminator.told('received')).toMatchObject([
      ['primary1', { kind: 'ignored', id: 'C1', type }, {}],
    ]);
    peer.send(notification('N1'));
    expect(await peer.next()).toMatchObject({ id: 'N1' });
  });
});

describe('a session that ends before a delivery', () => {
  test.each([
    ['the peer closes', 1000, false],
    ['the bridge closes', 1008, true],
  ])('only forgets the answer when %s', async (_who, code, byUs) => {
    const delivery = Promise.withResolvers<void>();
    await using terminator = await startTerminator({ deliver: () => delivery.promise });
    await using peer = await openPrimary(terminator);
    peer.send(notification('N1'));
    await terminator.message();
    if (byUs) for (const session of terminator.listener.sessions) session.close(code, 'token removed');
    else peer.socket.close(code);
    expect(await terminator.event('closed')).toEqual(['primary1', expect.any(String), code, byUs]);
    delivery.resolve();
    await delivery.promise;
    await peer.closed();
    expect(peer.unread).toEqual([]);
    expect(terminator.told('answered')).toEqual([]);
    expect(terminator.told('limitHit')).toEqual([]);
  });

  test('only forgets the answer when the connection is cut', async () => {
    const delivery = Promise.withResolvers<void>();
    await using terminator = await startTerminator({ deliver: () => delivery.promise });
    await using peer = await openPrimary(terminator);
    peer.send(notification('N1'));
    await terminator.message();
    peer.tls.destroy();
    expect(await terminator.event('closed')).toEqual(['primary1', expect.any(String), 1006, false]);
    delivery.resolve();
    await delivery.promise;
    expect(terminator.told('answered')).toEqual([]);
  });
});
