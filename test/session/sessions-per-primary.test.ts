import { expect, test } from 'vitest';

import { minAgeMs } from '../../src/session/session-limit.ts';
import {
  connectRequest,
  expectService,
  notification,
  openPeer,
  openPrimary,
  type Peer,
} from '../helpers/peer.ts';
import { startTerminator, type Terminator, tokens, writeCredentials } from '../helpers/terminator.ts';

/** A clock that is moved by hand. */
function steadyClock() {
  let time = 0;
  return { steady: () => time, pass: (ms: number) => void (time += ms) };
}

async function openPrimaries(terminator: Terminator, count: number, into: AsyncDisposableStack) {
  const peers: Peer[] = [];
  for (let n = 0; n < count; n++) peers.push(into.use(await openPrimary(terminator)));
  return peers;
}

async function expectRefusal(terminator: Terminator, token: string): Promise<void> {
  await using peer = await openPeer(terminator);
  peer.send(connectRequest({ token }));
  expect(await peer.closed()).toEqual({ code: 1008, reason: 'too many sessions' });
  // `valid: false` would say that the token is wrong.
  expect(peer.unread).toEqual([]);
}

test('a primary at its sessions keeps nobody else out', async () => {
  await using terminator = await startTerminator({
    limits: { maxSessionsPerPrimary: 16, maxConnections: 16 + 50 },
    gate: { attemptsPerAddress: 1000 },
  });
  await using open = new AsyncDisposableStack();
  const peers = await openPrimaries(terminator, 16, open);
  for (let n = 0; n < 10; n++) await expectRefusal(terminator, tokens.primary1);
  await expectService(terminator);
  for (const peer of peers) await peer.roundTrip();
  expect(terminator.told('refused')).toHaveLength(10);
  expect(terminator.told('refused')[0]).toEqual([expect.any(String), 'too-many-sessions', 'primary1']);
  expect(terminator.told('serverLimitHit').map(([limit]) => limit)).toEqual(
    Array.from({ length: 10 }, () => 'sessions-per-primary'),
  );
});

test('at the limit the oldest gives way with 1008, and its deliveries go on', async () => {
  const clock = steadyClock();
  const committed = Promise.withResolvers<void>();
  await using terminator = await startTerminator({
    limits: { maxSessionsPerPrimary: 2 },
    steady: clock.steady,
    deliver: () => committed.promise,
  });
  await using oldest = await openPrimary(terminator);
  await using second = await openPrimary(terminator);
  oldest.send(notification('N1'));
  await terminator.message();
  clock.pass(minAgeMs);
  await using newest = await openPrimary(terminator);
  expect(await oldest.closed()).toEqual({
    code: 1008,
    reason: 'a newer session of this primary takes the place',
  });
  expect(terminator.told('gaveWay')).toEqual([['primary1', expect.stringMatching(/^127\.0\.0\.1:\d+$/)]]);
  // As NetBackup does: what was not answered comes again by the new session, and both deliveries are answered by it alone.
  newest.send(notification('N1'));
  await terminator.message(2);
  committed.resolve();
  expect(await newest.next()).toMatchObject({ id: 'N1', subType: 'RESPONSE' });
  await second.roundTrip();
  expect(terminator.told('answered')).toHaveLength(1);
  expect(oldest.unread).toEqual([]);
});

test('clients that reconnect above the limit settle: as many as may stay, and no session ends', async () => {
  await using terminator = await startTerminator({ limits: { maxSessionsPerPrimary: 16 } });
  await using open = new AsyncDisposableStack();
  const peers = await Promise.all(Array.from({ length: 20 }, () => openPeer(terminator)));
  for (const peer of peers) open.use(peer);
  for (const peer of peers) peer.send(connectRequest());
  await terminator.event('authenticated', 16);
  await terminator.event('refused', 4);
  for (let n = 0; n < 20; n++) await expectRefusal(terminator, tokens.primary1);
  expect(terminator.told('authenticated')).toHaveLength(16);
  expect(terminator.told('gaveWay')).toEqual([]);
});

test('clients that come above the limit for ever drive each other out no more often than there are sessions', async () => {
  const clock = steadyClock();
  await using terminator = await startTerminator({
    limits: { maxSessionsPerPrimary: 3 },
    steady: clock.steady,
  });
  await using open = new AsyncDisposableStack();
  await openPrimaries(terminator, 3, open);
  for (let n = 0; n < 12; n++) {
    clock.pass(minAgeMs);
    const peer = open.use(await openPeer(terminator));
    peer.send(connectRequest());
    // Admitted or refused: each of them is told.
    await Promise.race([peer.next(), peer.closed()]);
  }
  expect(terminator.told('gaveWay')).toHaveLength(3);
  expect(terminator.told('refused')).toHaveLength(9);
});

test("the probe's token has two sessions, and one that is young keeps its place", async () => {
  const credentials = writeCredentials({ ...tokens, probe: 'token-of-the-probe' });
  await using terminator = await startTerminator({ credentials: () => credentials });
  await using open = new AsyncDisposableStack();
  for (let n = 0; n < 2; n++) {
    const peer = open.use(await openPeer(terminator));
    peer.send(connectRequest({ token: 'token-of-the-probe' }));
    expect(await peer.next()).toMatchObject({ payload: { valid: true } });
  }
  await expectRefusal(terminator, 'token-of-the-probe');
  await expectService(terminator);
});

test('a session that ends by itself makes room', async () => {
  await using terminator = await startTerminator({ limits: { maxSessionsPerPrimary: 1 } });
  const first = await openPrimary(terminator);
  await first[Symbol.asyncDispose]();
  await terminator.event('closed');
  await using second = await openPrimary(terminator);
  await second.roundTrip();
});

test('the listener knows how many connections are open, those in a handshake included', async () => {
  await using terminator = await startTerminator();
  const { connections: atFirst } = terminator.listener;
  await using primary = await openPrimary(terminator);
  await using stranger = await openPeer(terminator);
  await Promise.all([primary, stranger].map((peer) => peer.roundTrip()));
  expect([atFirst, terminator.listener.connections]).toEqual([0, 2]);
});
