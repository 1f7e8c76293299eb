import { describe, expect, test } from 'vitest';

import {
  connectRequest,
  expectService,
  notification,
  openPeer,
  openPrimary,
  openTcp,
} from '../helpers/peer.ts';
import { startTerminator, type Terminator } from '../helpers/terminator.ts';

/** The production's defaults. */
const gate = { maxConnections: 50, attemptsPerAddress: 10, attemptsWindowMs: 10_000 };

function openTcps(terminator: Terminator, count: number, addressOf = (_n: number) => '127.0.0.1') {
  return Promise.all(Array.from({ length: count }, (_, n) => openTcp(terminator, addressOf(n))));
}

describe('unauthenticated connections', () => {
  test('are 50 at most: the 51st drives the oldest out, and a primary gets in', async () => {
    await using terminator = await startTerminator({ gate: { ...gate, attemptsPerAddress: 1000 } });
    await using peers = new AsyncDisposableStack();
    const oldest = peers.use(await openTcp(terminator));
    for (const peer of await openTcps(terminator, 49)) peers.use(peer);
    expect(terminator.told('serverLimitHit')).toEqual([]);
    peers.use(await openTcp(terminator));
    await oldest.closed();
    expect(terminator.told('serverLimitHit')).toEqual([['unauthenticated-connections', '127.0.0.1']]);
    await expectService(terminator);
  });

  test('do not count those that authenticated', async () => {
    await using terminator = await startTerminator({ gate: { maxConnections: 1 } });
    await using first = await openPrimary(terminator);
    await using second = await openPrimary(terminator);
    await using silent = await openTcp(terminator);
    await using third = await openPrimary(terminator);
    await silent.closed();
    expect(terminator.told('serverLimitHit')).toHaveLength(1);
    for (const peer of [first, second, third]) await peer.roundTrip();
  });

  test('may be a thousand silent ones from everywhere, and a primary still gets in', async () => {
    await using terminator = await startTerminator({ gate });
    await using peers = new AsyncDisposableStack();
    for (let n = 0; n < 10; n++) {
      const opened = await openTcps(terminator, 100, (m) => `127.0.${n + 1}.${Math.floor(m / 10) + 1}`);
      for (const peer of opened) peers.use(peer);
      await expectService(terminator, { localAddress: '127.0.0.1' });
    }
    expect(new Set(terminator.told('serverLimitHit').map(([limit]) => limit))).toEqual(
      new Set(['unauthenticated-connections']),
    );
  });
});

describe('attempts', () => {
  test('are ten for an address within the window: the 11th is cut, and others get in', async () => {
    await using terminator = await startTerminator({ gate });
    for (let n = 0; n < 10; n++) {
      await using peer = await openPeer(terminator);
      peer.send(connectRequest({ token: `guess ${n}` }));
      expect(await peer.next()).toMatchObject({ payload: { valid: false } });
    }
    await using eleventh = await openTcp(terminator);
    await eleventh.closed();
    expect(terminator.told('serverLimitHit')).toEqual([['attempts-per-address', '127.0.0.1']]);
    await expectService(terminator, { localAddress: '127.0.0.2' });
  });

  test('are given back by a success', async () => {
    await using terminator = await startTerminator({ gate: { attemptsPerAddress: 2 } });
    for (let n = 0; n < 5; n++) await expectService(terminator);
    expect(terminator.told('serverLimitHit')).toEqual([]);
  });

  test('may be made again after the window', async () => {
    await using terminator = await startTerminator({
      gate: { attemptsPerAddress: 1, attemptsWindowMs: 100 },
    });
    await using first = await openTcp(terminator);
    await using second = await openTcp(terminator);
    await second.closed();
    let peer: Awaited<ReturnType<typeof openPeer>> | undefined;
    const deadline = performance.now() + 5_000;
    while (peer === undefined && performance.now() < deadline) {
      peer = await openPeer(terminator).catch(() => undefined);
    }
    await using last = peer;
    expect(last).toBeDefined();
    first.socket.destroy();
  });

  test('of one address beyond its number drive nobody out', async () => {
    await using terminator = await startTerminator({ gate: { maxConnections: 3, attemptsPerAddress: 2 } });
    await using waiting = await openPeer(terminator, { localAddress: '127.0.0.2' });
    await using peers = new AsyncDisposableStack();
    const opened = await openTcps(terminator, 10);
    for (const peer of opened) peers.use(peer);
    await terminator.event('serverLimitHit', 8);
    expect(new Set(terminator.told('serverLimitHit').map(([limit]) => limit))).toEqual(
      new Set(['attempts-per-address']),
    );
    waiting.send(connectRequest());
    expect(await waiting.next()).toMatchObject({ payload: { valid: true } });
  });
});

describe('all connections together', () => {
  test('are bounded: one more is dropped, the others go on, and there is room again when one leaves', async () => {
    await using terminator = await startTerminator({ limits: { maxConnections: 2 } });
    await using first = await openPrimary(terminator);
    const second = await openPrimary(terminator, 'primary2');
    await using third = await openTcp(terminator);
    await third.closed();
    expect(terminator.told('serverLimitHit')).toEqual([['connections', '127.0.0.1']]);
    first.send(notification('N1'));
    expect(await first.next()).toMatchObject({ id: 'N1' });
    await second[Symbol.asyncDispose]();
    await terminator.event('closed');
    await expectService(terminator);
  });
});
