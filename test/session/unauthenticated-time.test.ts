import type { Socket } from 'node:net';

import { describe, expect, test } from 'vitest';

import {
  connectRequest,
  expectService,
  frame,
  notification,
  openPeer,
  openPrimary,
  openTcp,
  openTls,
  type RawPeer,
} from '../helpers/peer.ts';
import { startTerminator, type Terminator } from '../helpers/terminator.ts';

/** Long enough for a handshake and a CONNECT on a machine with other things to do. */
const gate = { connectTimeoutMs: 1_000 };

/** Peers that stop somewhere on the way to a WebSocket. */
const stuck: readonly (readonly [string, (terminator: Terminator) => Promise<Closing>])[] = [
  ['that sends nothing', (terminator) => openTcp(terminator)],
  [
    'that stops in the TLS handshake',
    (terminator) => wrote(openTcp(terminator), Buffer.from('160301', 'hex')),
  ],
  ['that sends no request', (terminator) => openTls(terminator)],
  [
    'that stops in its headers',
    (terminator) => wrote(openTls(terminator), Buffer.from('GET /nbwss HTTP/1.1\r\nHost: l')),
  ],
];

type Closing = Pick<RawPeer<never>, 'closed'> & AsyncDisposable;

async function wrote<Peer extends RawPeer<Socket>>(opening: Promise<Peer>, bytes: Buffer): Promise<Peer> {
  const peer = await opening;
  peer.socket.write(bytes);
  return peer;
}

describe.concurrent('the time to CONNECT', () => {
  test.each(stuck)('bounds a connection %s, and others get in meanwhile', async (_what, open) => {
    await using terminator = await startTerminator({ gate });
    await using peer = await open(terminator);
    await expectService(terminator);
    await peer.closed();
    expect(terminator.told('serverLimitHit')).toEqual([
      ['connect-time', expect.stringMatching(/^127\.0\.0\.1:\d+$/)],
    ]);
    expect(terminator.told('opened')).toHaveLength(1);
  });

  test.each<[string, Buffer]>([
    ['sends nothing', Buffer.alloc(0)],
    ['sends half a CONNECT', frame(1, Buffer.from(JSON.stringify(connectRequest()))).subarray(0, 40)],
    ['sends a fragment', frame(1, Buffer.from('{'), { fin: false })],
    ['sends pings', frame(9, Buffer.alloc(0))],
  ])('bounds a WebSocket that %s: 1008', async (_what, bytes) => {
    await using terminator = await startTerminator({ gate });
    await using peer = await openPeer(terminator);
    peer.tls.write(bytes);
    expect(await peer.closed()).toEqual({ code: 1008, reason: 'no CONNECT in time' });
    expect(await terminator.event('closed')).toEqual([null, expect.any(String), 1008, true]);
    expect(terminator.told('limitHit')).toEqual([['connect-time', expect.any(String)]]);
    expect(terminator.told('refused')).toEqual([[expect.any(String), 'timeout']]);
    expect(terminator.told('serverLimitHit')).toEqual([]);
  });

  test('does not concern a primary that authenticated', async () => {
    await using terminator = await startTerminator({ gate });
    await using primary = await openPrimary(terminator);
    await using later = await openTcp(terminator);
    await later.closed();
    primary.send(notification('N1'));
    expect(await primary.next()).toMatchObject({ id: 'N1' });
    expect(terminator.told('limitHit')).toEqual([]);
  });

  test('is not told of a connection that is refused or gone', async () => {
    await using terminator = await startTerminator({ gate });
    await using refused = await openPeer(terminator);
    refused.send('hello');
    await refused.closed();
    await using gone = await openTcp(terminator);
    gone.socket.destroy();
    await using late = await openTcp(terminator);
    await late.closed();
    expect(terminator.told('serverLimitHit')).toHaveLength(1);
    expect(terminator.told('limitHit')).toEqual([]);
  });
});

describe.concurrent('the handshake time', () => {
  test.each([
    [...(stuck[0] ?? []), 'ERR_TLS_HANDSHAKE_TIMEOUT'],
    [...(stuck[1] ?? []), 'ERR_TLS_HANDSHAKE_TIMEOUT'],
    [...(stuck[3] ?? []), 'ERR_HTTP_REQUEST_TIMEOUT'],
  ] as [string, (terminator: Terminator) => Promise<Closing>, string][])(
    'bounds a connection %s, also where the time to CONNECT is longer',
    async (_what, open, code) => {
      await using terminator = await startTerminator({ limits: { handshakeTimeoutMs: 500 } });
      await using peer = await open(terminator);
      await expectService(terminator);
      await peer.closed();
      expect(terminator.told('handshakeFailed')).toEqual([[code, expect.any(String)]]);
    },
  );
});

test('a request that is answered leaves no connection, also where the peer never closes its half', async () => {
  await using terminator = await startTerminator({ gate });
  const lines = ['Host: l', 'Connection: Upgrade', 'Upgrade: websocket', '', ''];
  await using upgrade = await openTls(terminator, { allowHalfOpen: true });
  upgrade.socket.write(`GET /other HTTP/1.1\r\n${lines.join('\r\n')}`);
  await using plain = await openTls(terminator, { allowHalfOpen: true });
  plain.socket.write('GET /nbwss HTTP/1.1\r\nHost: l\r\n\r\n');
  await using clock = await openTcp(terminator);
  await clock.closed();
  expect(upgrade.text()).toContain('404');
  expect(plain.text()).toContain('426');
  expect(terminator.told('serverLimitHit')).toHaveLength(1);
});
