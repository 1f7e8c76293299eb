import { X509Certificate } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { mountSecret } from '../helpers/kubernetes-mount.ts';
import { notification, openPeer, openPrimary, openTls, type Peer } from '../helpers/peer.ts';
import { startReloading } from '../helpers/reloading.ts';
import { pki } from '../helpers/simulation.ts';
import { type Terminator, tokens } from '../helpers/terminator.ts';

/** The serial number of the certificate that a new handshake is shown. */
async function shownTo(endpoint: Terminator): Promise<string> {
  await using peer = await openTls(endpoint);
  return peer.socket.getPeerCertificate().serialNumber;
}

function serialOf({ cert }: { readonly cert: string }): string {
  return new X509Certificate(cert).serialNumber;
}

/** Sends and awaits answers for as long as it isn't stopped; tells how many there were. */
function keepSending(peer: Peer): () => Promise<number> {
  const stopped = new AbortController();
  async function sendAll(): Promise<number> {
    let count = 0;
    for (; !stopped.signal.aborted; count++) {
      peer.send(notification(`N${count}`));
      expect(await peer.next()).toMatchObject({ id: `N${count}`, subType: 'RESPONSE' });
    }
    return count;
  }
  const sending = sendAll();
  return () => {
    stopped.abort();
    return sending;
  };
}

describe('a renewed certificate', () => {
  test('is shown to new handshakes, while sessions from before go on under load', async () => {
    await using given = await startReloading();
    const { terminator } = given;
    await using before = await openPrimary(terminator);
    const stop = keepSending(before);
    expect(await shownTo(terminator)).toBe(serialOf(pki));
    for (const count of [1, 2, 3]) {
      const renewed = await pki.issue();
      const delivered = terminator.delivered.length;
      given.writePair(renewed);
      const [certificate] = await given.event('certificateReloaded', count);
      expect(certificate.cert).toBe(renewed.cert);
      expect(await shownTo(terminator)).toBe(serialOf(renewed));
      await using after = await openPrimary(terminator, 'primary2');
      await after.roundTrip();
      expect(terminator.delivered.length).toBeGreaterThan(delivered);
    }
    expect(await stop()).toBeGreaterThan(3);
    expect(before.socket.readyState).toBe(before.socket.OPEN);
    expect(given.told('reloadFailed')).toEqual([]);
    expect(terminator.told('closed').filter(([primary]) => primary === 'primary1')).toEqual([]);
  });

  test('is found through the swap of a Kubernetes mount', async () => {
    const [first, second] = [await pki.issue(), await pki.issue()];
    const secretOf = ({ cert, key }: typeof first) => ({ 'tls.crt': cert, 'tls.key': key, 'ca.crt': pki.ca });
    await using given = await startReloading({
      prepare({ tokenDirectory, tlsDirectory }) {
        mountSecret(tokenDirectory, tokens);
        mountSecret(tlsDirectory, secretOf(first));
      },
    });
    mountSecret(given.tlsDirectory, secretOf(second));
    await given.event('certificateReloaded');
    expect(await shownTo(given.terminator)).toBe(serialOf(second));
    expect(given.told('reloadFailed')).toEqual([]);
  });

  test('is told with the day of its end', async () => {
    await using given = await startReloading();
    const notAfter = new Date('2031-02-03T04:05:06Z');
    given.writePair(await pki.issue({ notAfter }));
    expect(await given.event('certificateReloaded')).toMatchObject([{ notAfter: notAfter.getTime() }]);
  });
});

describe('a certificate that can not be used leaves the one from before', () => {
  test('when the key is not its own, until the right one is there', async () => {
    await using given = await startReloading();
    await using before = await openPrimary(given.terminator);
    const renewed = await pki.issue();
    writeFileSync(join(given.tlsDirectory, 'tls.crt'), renewed.cert);
    expect(await given.event('reloadFailed')).toEqual([
      'certificate',
      [expect.stringMatching(/^listen\.tls\.keyFile: the key in .* is not the key of the first certificate/)],
      null,
    ]);
    expect(await shownTo(given.terminator)).not.toBe(serialOf(renewed));

    writeFileSync(join(given.tlsDirectory, 'tls.key'), renewed.key);
    await given.event('certificateReloaded');
    expect(await shownTo(given.terminator)).toBe(serialOf(renewed));
    await before.roundTrip();
  });

  test('when it is not valid yet, until it is', async () => {
    await using given = await startReloading({ pollIntervalMs: 100 });
    // A certificate's times are whole seconds.
    const notBefore = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000);
    const renewed = await pki.issue({ notBefore });
    given.writePair(renewed);
    await given.event('reloadFailed');
    expect(await shownTo(given.terminator)).toBe(serialOf(pki));
    expect(await given.event('certificateReloaded')).toMatchObject([{ notBefore: notBefore.getTime() }]);
    expect(Date.now()).toBeGreaterThanOrEqual(notBefore.getTime());
    expect(await shownTo(given.terminator)).toBe(serialOf(renewed));
    expect(given.told('reloadFailed').length).toBeLessThanOrEqual(2);
  });

  test.each<[string, (directory: string) => void | Promise<void>, RegExp]>([
    [
      'it is gone',
      (directory) => rmSync(join(directory, 'tls.crt')),
      /tls\.crt: there is nothing of that name \(ENOENT\): put it there/,
    ],
    [
      'it is no certificate',
      (directory) => writeFileSync(join(directory, 'tls.crt'), '-----BEGIN CERTIFICATE-----\nx\n'),
      /^listen\.tls\.certFile: can't read a PEM certificate/,
    ],
    [
      'the key is no key',
      (directory) => writeFileSync(join(directory, 'tls.key'), 'x'),
      /^listen\.tls\.keyFile: can't read a PEM private key/,
    ],
    [
      'it has expired',
      async (directory) => {
        const { cert, key } = await pki.issue({ notAfter: new Date(Date.now() - 1000) });
        writeFileSync(join(directory, 'tls.crt'), cert);
        writeFileSync(join(directory, 'tls.key'), key);
      },
      /^listen\.tls\.certFile: the certificate of CN=localhost in .*tls\.crt expired on .*: put a renewed one there/,
    ],
    [
      'it is not valid yet',
      async (directory) => {
        const { cert, key } = await pki.issue({ notBefore: new Date(Date.now() + 3_600_000) });
        writeFileSync(join(directory, 'tls.crt'), cert);
        writeFileSync(join(directory, 'tls.key'), key);
      },
      /^listen\.tls\.certFile: the certificate of CN=localhost in .*tls\.crt is not valid before .*clock right/,
    ],
  ])('when %s', async (_why, spoil, problem) => {
    await using given = await startReloading();
    await spoil(given.tlsDirectory);
    expect(await given.event('reloadFailed')).toEqual([
      'certificate',
      [expect.stringMatching(problem)],
      null,
    ]);
    expect(await shownTo(given.terminator)).toBe(serialOf(pki));
    await using peer = await openPeer(given.terminator);
    await peer.roundTrip();
    expect(given.told('certificateReloaded')).toEqual([]);
    expect(given.told('reloadFailed')).toHaveLength(1);
  });
});
