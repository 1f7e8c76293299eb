import { once } from 'node:events';
import { connect, type ConnectionOptions } from 'node:tls';

import { describe, expect, test } from 'vitest';

import { expectService, openTcp, openTls } from '../helpers/peer.ts';
import { pki } from '../helpers/simulation.ts';
import { startTerminator, type Terminator } from '../helpers/terminator.ts';

const upgradeHeaders = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** Sends one request and reads until the bridge closes. */
async function request(terminator: Terminator, lines: readonly string[], body = ''): Promise<string> {
  await using peer = await openTls(terminator);
  peer.socket.write(`${[...lines, 'Host: localhost'].join('\r\n')}\r\n\r\n${body}`);
  await peer.closed();
  return peer.text();
}

describe('a request that is no upgrade', () => {
  test.each([
    ['GET', '/nbwss'],
    ['GET', '/nbwss?x=1'],
    ['POST', '/nbwss'],
    ['HEAD', '/nbwss'],
  ])('gets 426 at once, with neither version nor body: %s %s', async (method, path) => {
    await using terminator = await startTerminator();
    const response = await request(terminator, [`${method} ${path} HTTP/1.1`]);
    const [head = '', body] = response.split('\r\n\r\n');
    const [status, ...headers] = head.split('\r\n');
    expect(status).toBe('HTTP/1.1 426 Upgrade Required');
    expect(headers).toContain('upgrade: websocket');
    expect(new Set(headers.map((header) => header.split(':')[0]?.toLowerCase()))).toEqual(
      new Set(['connection', 'content-length', 'date', 'upgrade']),
    );
    expect(body).toBe('');
  });

  test.each(['/', '/nbwss/', '/NBWSS', '/nbwssx', '/metrics', '/%6ebwss'])(
    'gets 404 for %s',
    async (path) => {
      await using terminator = await startTerminator();
      expect(await request(terminator, [`GET ${path} HTTP/1.1`])).toMatch(/^HTTP\/1\.1 404 /);
    },
  );

  test('gets its answer before its body is read', async () => {
    await using terminator = await startTerminator();
    const lines = ['POST /nbwss HTTP/1.1', 'Content-Length: 1000000000'];
    expect(await request(terminator, lines, 'token=')).toMatch(/^HTTP\/1\.1 426 /);
  });

  test('does not hold its connection for another one', async () => {
    await using terminator = await startTerminator();
    const response = await request(
      terminator,
      ['GET /nbwss HTTP/1.1', 'Connection: keep-alive'],
      'GET /nbwss HTTP/1.1\r\nHost: localhost\r\n\r\n',
    );
    expect(response.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test.each([
    ['no HTTP', 'hello\r\n\r\n', 'HPE_INVALID_METHOD'],
    ['CONNECT to a proxy', 'CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n', null],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'HPE_PAUSED_H2_UPGRADE'],
    ['headers of 9 KiB', `GET /nbwss HTTP/1.1\r\nX: ${'x'.repeat(9 * 1024)}\r\n\r\n`, 'HPE_HEADER_OVERFLOW'],
  ])('is cut off without a word for %s', async (_what, bytes, code) => {
    await using terminator = await startTerminator();
    await using peer = await openTls(terminator);
    peer.socket.write(bytes);
    await peer.closed();
    expect(peer.text()).toBe('');
    if (code !== null) expect(terminator.told('handshakeFailed')).toEqual([[code, expect.any(String)]]);
    await expectService(terminator);
  });
});

describe('an upgrade', () => {
  test.each([
    ['another path', ['GET /other HTTP/1.1', ...upgradeHeaders], 404],
    ['another method', ['POST /nbwss HTTP/1.1', ...upgradeHeaders], 405],
    ['another protocol', ['GET /nbwss HTTP/1.1', 'Connection: Upgrade', 'Upgrade: h2c'], 400],
    ['no key', ['GET /nbwss HTTP/1.1', ...upgradeHeaders.slice(0, 3)], 400],
    ['another version', ['GET /nbwss HTTP/1.1', ...upgradeHeaders.with(2, 'Sec-WebSocket-Version: 99')], 400],
  ])('is refused and the connection closed at once for %s', async (_what, lines, status) => {
    await using terminator = await startTerminator();
    const response = await request(terminator, lines);
    expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(response).not.toMatch(/^(server|x-powered-by|via):/im);
    expect(terminator.told('opened')).toEqual([]);
    await expectService(terminator);
  });

  test('may have a query behind the path', async () => {
    await using terminator = await startTerminator();
    await expectService({ ...terminator, url: `${terminator.url}?from=netbackup` });
  });
});

describe('TLS', () => {
  test('presents the leaf and the intermediate to a client that has the root only', async () => {
    await using terminator = await startTerminator();
    await using peer = await openTls(terminator);
    expect(peer.socket.authorized).toBe(true);
    const leaf = peer.socket.getPeerCertificate(true);
    expect(leaf.subject.CN).toBe('localhost');
    expect(leaf.issuerCertificate.subject.CN).toBe('nbwss-bridge test intermediate');
    expect(pki.cert).toContain(leaf.issuerCertificate.raw.toString('base64').slice(0, 60));
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async (version) => {
    await using terminator = await startTerminator();
    await using peer = await openTls(terminator, { minVersion: version, maxVersion: version });
    expect(peer.socket.getProtocol()).toBe(version);
  });

  test.each<[string, ConnectionOptions, string]>([
    [
      'TLS 1.1',
      { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' },
      'ERR_SSL_UNSUPPORTED_PROTOCOL',
    ],
    ['HTTP/2', { ALPNProtocols: ['h2'] }, 'ERR_SSL_NO_APPLICATION_PROTOCOL'],
  ])('refuses %s, and tells so', async (_what, options, code) => {
    await using terminator = await startTerminator();
    const socket = connect({ port: terminator.port, host: '127.0.0.1', ca: pki.ca, ...options });
    await expect(once(socket, 'secureConnect')).rejects.toThrow();
    expect(await terminator.event('handshakeFailed')).toEqual([
      code,
      expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    ]);
    await expectService(terminator);
  });

  test('prefers HTTP/1.1 where HTTP/2 is offered too', async () => {
    await using terminator = await startTerminator();
    await using peer = await openTls(terminator, { ALPNProtocols: ['h2', 'http/1.1'] });
    expect(peer.socket.alpnProtocol).toBe('http/1.1');
  });

  test.each([
    ['plain HTTP', Buffer.from('GET /nbwss HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['garbage', Buffer.alloc(1000, 0xff)],
  ])('ends the connection of a peer that sends %s', async (_what, bytes) => {
    await using terminator = await startTerminator();
    await using peer = await openTcp(terminator);
    peer.socket.write(bytes);
    await peer.closed();
    expect(peer.text()).not.toContain('HTTP/1.1');
    expect(await terminator.event('handshakeFailed')).toEqual([
      expect.stringMatching(/^ERR_SSL_/),
      expect.any(String),
    ]);
    await expectService(terminator);
  });

  test('survives peers that go away in the middle of everything', async () => {
    await using terminator = await startTerminator();
    for (let n = 0; n < 5; n++) {
      await using reset = await openTcp(terminator);
      reset.socket.resetAndDestroy();
      await using half = await openTcp(terminator);
      half.socket.write(Buffer.from([0x16, 0x03, 0x01]));
      half.socket.resetAndDestroy();
      await using headers = await openTls(terminator);
      headers.socket.write('GET /nbwss HT');
      headers.socket.destroy();
      await using upgrade = await openTls(terminator);
      upgrade.socket.write(`GET /nbwss HTTP/1.1\r\n${upgradeHeaders.join('\r\n')}\r\nHost: x\r\n\r\n`);
      upgrade.socket.destroy();
    }
    await expectService(terminator);
  });
});
