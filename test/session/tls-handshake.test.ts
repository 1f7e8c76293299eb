import { once } from 'node:events';
import { connect, type ConnectionOptions } from 'node:tls';

import { describe, expect, test } from 'vitest';

import { exchange, plainRequest, upgradeRequest } from '../helpers/exchange.ts';
import { expectService, openPrimary, openTcp, openTls } from '../helpers/peer.ts';
import { pki } from '../helpers/simulation.ts';
import { startTerminator } from '../helpers/terminator.ts';

describe('a TLS handshake', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'of %s brings the leaf and the intermediate to a client that has the root only',
    async (version) => {
      await using terminator = await startTerminator();
      await using peer = await openTls(terminator, { minVersion: version, maxVersion: version });
      expect(peer.socket.getProtocol()).toBe(version);
      expect(peer.socket.authorized).toBe(true);
      const leaf = peer.socket.getPeerCertificate(true);
      expect(leaf.subject.CN).toBe('localhost');
      const intermediate = leaf.issuerCertificate;
      expect(intermediate.subject.CN).toBe('nbwss-bridge test intermediate');
      expect(pki.cert).toContain(intermediate.raw.toString('base64').slice(0, 60));
    },
  );

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
      upgrade.socket.write(upgradeRequest);
      upgrade.socket.destroy();
    }
    await expectService(terminator);
  });
});

describe('a TLS session', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('of %s can be resumed', async (version) => {
    await using terminator = await startTerminator();
    const only: ConnectionOptions = { minVersion: version, maxVersion: version };
    const { session } = await exchange(terminator, plainRequest, only);
    const again = await exchange(terminator, plainRequest, { ...only, ...(session && { session }) });
    expect(again).toMatchObject({ text: expect.stringContaining(' 426 '), resumed: true });
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'of %s does not outlive the certificate: after a renewal the handshake is whole again',
    async (version) => {
      await using terminator = await startTerminator();
      const only: ConnectionOptions = { minVersion: version, maxVersion: version };
      const { session } = await exchange(terminator, plainRequest, only);
      terminator.listener.renew({ ...pki, clientCa: null, notBefore: 0, notAfter: 0, subject: '' });
      const again = await exchange(terminator, plainRequest, { ...only, ...(session && { session }) });
      expect(again).toMatchObject({ text: expect.stringContaining(' 426 '), resumed: false });
    },
  );
});

describe('a renewed certificate', () => {
  test('is for new handshakes, under the same bounds; who is connected notices nothing', async () => {
    await using terminator = await startTerminator();
    await using before = await openPrimary(terminator);
    const renewed = await pki.issue({ hosts: ['renewed.example', 'localhost'] });
    terminator.listener.renew({ ...renewed, clientCa: null, notBefore: 0, notAfter: 0, subject: '' });
    await using after = await openTls(terminator);
    expect(after.socket.getPeerCertificate().subject.CN).toBe('renewed.example');
    await before.roundTrip();
    await expectService(terminator);
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    expect(await exchange(terminator, plainRequest, old)).toMatchObject({ text: '' });
    expect(await terminator.event('handshakeFailed')).toContain('ERR_SSL_UNSUPPORTED_PROTOCOL');
  });
});
