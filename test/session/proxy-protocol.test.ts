import { describe, expect, test } from 'vitest';

import { type Cut, startBalancer } from '../helpers/balancer.ts';
import {
  connectRequest,
  expectService,
  notification,
  openPeer,
  openPrimary,
  openTcp,
  openTls,
} from '../helpers/peer.ts';
import { proxyV1, proxyV2 } from '../helpers/proxy-header.ts';
import { startTerminator, type TerminatorOptions } from '../helpers/terminator.ts';

const client = { remoteAddress: '203.0.113.7', remotePort: 40_000 };
const named = '203.0.113.7:40000';
const start = (options: TerminatorOptions = {}) => startTerminator({ proxyProtocol: true, ...options });

describe('behind a balancer', () => {
  const cuts: readonly Cut[] = ['the header first', 'together', 'byte by byte'];
  const headers: readonly (readonly [string, Buffer, string])[] = [
    ['version 1', proxyV1(client), named],
    ['version 2', proxyV2(client), named],
    ['version 2 with TLVs', proxyV2(client, Buffer.alloc(400)), named],
    ['version 2 with a certificate in its TLVs', proxyV2(client, Buffer.alloc(2_000)), named],
    ['IPv6', proxyV2({ remoteAddress: '2001:db8::7', remotePort: 1 }), '[2001:db8::7]:1'],
    ['IPv4 as IPv6', proxyV1({ remoteAddress: '::ffff:203.0.113.7', remotePort: 1 }), '203.0.113.7:1'],
  ];

  test.each(headers.flatMap((header) => cuts.map((cut) => [...header, cut] as const)))(
    'a primary is served, and known by the address in the header: %s',
    async (...row) => {
      const [, header, remote, cut] = row;
      await using terminator = await start();
      await using balancer = await startBalancer(terminator, header, cut);
      await expectService(balancer);
      expect(terminator.told('opened')).toEqual([[remote]]);
      expect(terminator.told('authenticated')).toEqual([['primary2', remote]]);
      expect(await terminator.event('closed')).toEqual(['primary2', remote, expect.any(Number), false]);
      expect(terminator.told('proxyRefused')).toEqual([]);
    },
  );

  test.each([
    ['UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n')],
    ['LOCAL', proxyV2({ command: 0x20, transport: 0, block: Buffer.alloc(0) })],
  ])('a connection of its own has the address that it comes from: %s', async (_what, header) => {
    await using terminator = await start();
    await using balancer = await startBalancer(terminator, header);
    await expectService(balancer);
    expect(terminator.told('opened')).toEqual([[expect.stringMatching(/^127\.0\.0\.1:\d+$/)]]);
  });

  test('many primaries come at once, and a large message passes', async () => {
    await using terminator = await start();
    await using balancer = await startBalancer(terminator, proxyV2(client), 'together');
    await Promise.all(Array.from({ length: 20 }, () => expectService(balancer)));
    await using peer = await openPrimary(balancer);
    peer.send(notification('N1', [{ object: 'JOB', data: ['x'.repeat(200_000)] }]));
    expect(await peer.next()).toMatchObject({ id: 'N1' });
  });

  test('attempts count for the client, and not for the balancer', async () => {
    await using terminator = await start({ gate: { attemptsPerAddress: 3 } });
    await using bad = await startBalancer(terminator, proxyV1(client));
    await using good = await startBalancer(terminator, proxyV1({ ...client, remoteAddress: '203.0.113.8' }));
    for (let n = 0; n < 3; n++) {
      await using peer = await openPeer(bad);
      peer.send(connectRequest({ token: 'guess' }));
      expect(await peer.next()).toMatchObject({ payload: { valid: false } });
    }
    await using refused = await openTcp(bad);
    await refused.closed();
    expect(terminator.told('serverLimitHit')).toEqual([['attempts-per-address', '203.0.113.7']]);
    await expectService(good);
  });

  test('attempts count for a whole IPv6 network', async () => {
    await using terminator = await start({ gate: { attemptsPerAddress: 3 } });
    for (let n = 0; n < 4; n++) {
      const header = proxyV2({ remoteAddress: `2001:db8::${n + 1}`, remotePort: 1 });
      await using balancer = await startBalancer(terminator, header);
      // The first three complete their TLS handshake, the fourth doesn't come so far.
      await using peer = n < 3 ? await openTls(balancer) : await openTcp(balancer);
      if (n === 3) await peer.closed();
    }
    expect(terminator.told('serverLimitHit')).toEqual([['attempts-per-address', '2001:db8::4']]);
    await using elsewhere = await startBalancer(
      terminator,
      proxyV2({ remoteAddress: '2001:db8:0:1::1', remotePort: 1 }),
    );
    await expectService(elsewhere);
  });

  test('what fails is told with the address of the client', async () => {
    await using terminator = await start({ gate: { connectTimeoutMs: 1_000 } });
    await using balancer = await startBalancer(terminator, proxyV1(client));
    await using garbage = await openTcp(balancer);
    garbage.socket.write('GET / HTTP/1.1\r\n\r\n');
    await garbage.closed();
    expect(terminator.told('handshakeFailed')).toEqual([[expect.stringMatching(/^ERR_SSL_/), named]]);
    await using silent = await openTcp(balancer);
    await silent.closed();
    expect(terminator.told('serverLimitHit')).toEqual([['connect-time', named]]);
    await using stranger = await openPeer(balancer);
    stranger.send('hello');
    await stranger.closed();
    expect(terminator.told('refused')).toEqual([[named, 'not-connect']]);
  });

  test('the handshake time holds for the headers of HTTP too', async () => {
    await using terminator = await start({ limits: { handshakeTimeoutMs: 200 } });
    await using balancer = await startBalancer(terminator, proxyV1(client));
    await using slow = await openTls(balancer);
    slow.socket.write('GET /nbwss HTTP/1.1\r\nHost: l');
    await slow.closed();
    expect(terminator.told('handshakeFailed')).toEqual([['ERR_HTTP_REQUEST_TIMEOUT', named]]);
  });
});

describe('a connection past the balancer', () => {
  test.each<[string, Buffer, string]>([
    ['TLS', Buffer.from('1603010200010001fc0303', 'hex'), 'proxy-header-missing'],
    ['HTTP', Buffer.from('GET /nbwss HTTP/1.1\r\n\r\n'), 'proxy-header-missing'],
    ['a wrong header', Buffer.from('PROXY TCP4 a b c d\r\n'), 'proxy-header-invalid'],
    ['a header without an end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(1000)}`), 'proxy-header-too-long'],
    [
      'a header that announces too much',
      proxyV2({ command: 0x21, transport: 0x11, block: Buffer.alloc(60_000) }).subarray(0, 100),
      'proxy-header-too-long',
    ],
    ['a megabyte', Buffer.alloc(1024 * 1024, 'PROXY '), 'proxy-header-too-long'],
  ])('is ended at once when it begins with %s', async (_what, bytes, reason) => {
    await using terminator = await start();
    await using peer = await openTcp(terminator);
    peer.socket.write(bytes);
    await peer.closed();
    expect(peer.text()).toBe('');
    expect(terminator.told('proxyRefused')).toEqual([[reason, expect.stringMatching(/^127\.0\.0\.1:\d+$/)]]);
    expect(terminator.told('handshakeFailed')).toEqual([]);
    await using balancer = await startBalancer(terminator, proxyV1(client));
    await expectService(balancer);
  });

  test.each([
    ['sends nothing', ''],
    ['sends half a header', 'PROXY TCP4 203.0.1'],
  ])('is bounded in time when it %s', async (_what, bytes) => {
    await using terminator = await start({ limits: { handshakeTimeoutMs: 150 } });
    await using peer = await openTcp(terminator);
    peer.socket.write(bytes);
    await peer.closed();
    expect(terminator.told('proxyRefused')).toEqual([['proxy-header-timeout', expect.any(String)]]);
    expect(terminator.told('serverLimitHit')).toEqual([]);
  });

  test('is bounded in number: the oldest makes room, and a primary gets in', async () => {
    await using terminator = await start({ gate: { maxConnections: 20 } });
    await using balancer = await startBalancer(terminator, proxyV1(client));
    await using peers = new AsyncDisposableStack();
    const silent = [];
    for (let n = 0; n < 60; n++) silent.push(peers.use(await openTcp(terminator)));
    await Promise.all(silent.slice(0, 40).map((peer) => peer.closed()));
    await expectService(balancer);
    const told = terminator.told('proxyRefused').map(([reason]) => reason);
    expect(told.slice(0, 40)).toEqual(Array.from({ length: 40 }, () => 'proxy-header-crowd'));
  });

  test('leaves nothing behind when it goes away in the middle of its header', async () => {
    await using terminator = await start();
    for (const bytes of ['', 'PROXY ', '\r\n\r\n']) {
      await using ended = await openTcp(terminator);
      ended.socket.end(bytes);
      await ended.closed();
      await using reset = await openTcp(terminator);
      reset.socket.write(bytes, () => reset.socket.resetAndDestroy());
      await reset.closed();
    }
    await using balancer = await startBalancer(terminator, proxyV1(client));
    await expectService(balancer);
    expect(terminator.told('proxyRefused')).toEqual([]);
  });

  test('does not keep the listener from closing', async () => {
    await using silent = await (async () => {
      await using terminator = await start();
      return await openTcp(terminator);
    })();
    await silent.closed();
  });
});

test('a header is no beginning of TLS where none is expected', async () => {
  await using terminator = await startTerminator();
  await using peer = await openTcp(terminator);
  peer.socket.write(proxyV1(client));
  await peer.closed();
  expect(await terminator.event('handshakeFailed')).toEqual([
    expect.stringMatching(/^ERR_SSL_/),
    expect.any(String),
  ]);
  await expectService(terminator);
});
