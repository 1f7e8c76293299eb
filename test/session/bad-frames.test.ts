import { describe, expect, test } from 'vitest';

import { connectRequest, notification, openPrimary, type Peer } from '../helpers/peer.ts';
import { startTerminator } from '../helpers/terminator.ts';

/** Frames that nothing can be answered to. */
const unanswerable: readonly (readonly [string, string | Buffer | object, string])[] = [
  ['text that is no JSON', 'hello', 'not-json'],
  ['an empty frame', '', 'not-json'],
  ['JSON that is no object', '["N1"]', 'not-json'],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'not-json'],
  ['no id', notification(undefined as unknown as string), 'no-id'],
  ['an empty id', notification(''), 'no-id'],
  ['an id that is a number', notification(1 as unknown as string), 'no-id'],
  ['an id with a lone surrogate', '{"id":"\\ud800","type":"NOTIFICATION","subType":"REQUEST"}', 'no-id'],
  ['an id that is longer than ids are', notification('x'.repeat(1025)), 'no-id'],
  ['deep nesting', '['.repeat(100_000), 'not-json'],
];

describe('a frame without a readable id', () => {
  test.each(unanswerable)(
    'is delivered, never answered, and leaves the connection open: %s',
    async (...row) => {
      const [, bad, reason] = row;
      await using terminator = await startTerminator();
      await using peer = await openPrimary(terminator);
      peer.send(bad);
      peer.send(notification('N1'));
      expect(await peer.next()).toMatchObject({ id: 'N1' });
      await peer.roundTrip();
      expect(peer.unread).toEqual([]);
      expect(terminator.delivered).toMatchObject([
        { kind: 'rejected', id: null, reason, primary: 'primary1' },
        { kind: 'notification', id: 'N1' },
      ]);
      expect(terminator.told('answered')).toHaveLength(1);
    },
  );

  test('closes with 1007 as the n-th in a row, and is delivered all the same', async () => {
    await using terminator = await startTerminator({ limits: { maxBadFrames: 3 } });
    await using peer = await openPrimary(terminator);
    for (let n = 0; n < 5; n++) peer.send('hello');
    expect(await peer.closed()).toEqual({
      code: 1007,
      reason: '3 frames in a row without a readable id',
    });
    expect(await terminator.event('closed')).toEqual(['primary1', expect.any(String), 1007, true]);
    expect(terminator.told('limitHit')).toEqual([['bad-frames', expect.any(String)]]);
    expect(terminator.delivered).toHaveLength(3);
  });

  test.each<[string, object]>([
    ['a notification', notification('N1')],
    ['a message that holds none', notification('N1', {})],
    ['a COMMAND', { ...notification('N1'), type: 'COMMAND' }],
    ['the same CONNECT', connectRequest()],
  ])('is no longer in a row after %s', async (_what, good) => {
    await using terminator = await startTerminator({ limits: { maxBadFrames: 2 } });
    await using peer = await openPrimary(terminator);
    for (let n = 0; n < 5; n++) {
      peer.send('hello');
      peer.send(good);
    }
    await peer.roundTrip();
    expect(peer.socket.readyState).toBe(peer.socket.OPEN);
    expect(terminator.told('limitHit')).toEqual([]);
  });
});

describe('one peer', () => {
  test('can not keep another from its answers, whatever it sends', async () => {
    await using terminator = await startTerminator({ limits: { maxBadFrames: 1000 } });
    await using bad = await openPrimary(terminator);
    await using good = await openPrimary(terminator, 'primary2');
    for (const [, garbage] of unanswerable) {
      bad.send(garbage);
      await expectAnswer(good);
    }
    bad.tls.write(Buffer.alloc(64 * 1024, 0xff));
    await expectAnswer(good);
    expect(await bad.closed()).toMatchObject({ code: 1002 });
    await expectAnswer(good);
    expect(terminator.told('closed')).toHaveLength(1);
  });

  test('can not keep another from its answers by leaving its own deliveries pending', async () => {
    await using terminator = await startTerminator({
      deliver: ({ primary }) => (primary === 'primary1' ? new Promise(() => {}) : Promise.resolve()),
    });
    await using stuck = await openPrimary(terminator);
    await using good = await openPrimary(terminator, 'primary2');
    for (let n = 0; n < 100; n++) stuck.send(notification(`S${n}`));
    await expectAnswer(good);
    await stuck.roundTrip();
    expect(stuck.unread).toEqual([]);
  });
});

let sent = 0;
async function expectAnswer(peer: Peer): Promise<void> {
  const id = `GOOD-${++sent}`;
  peer.send(notification(id));
  expect(await peer.next()).toMatchObject({ id });
}
