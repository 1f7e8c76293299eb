import { describe, expect, test } from 'vitest';

import { createTestPki } from '../../tools/certificates.ts';
import { exchange, plainRequest, upgradeRequest } from '../helpers/exchange.ts';
import { connectRequest, expectService, openPeer, openPrimary } from '../helpers/peer.ts';
import { pki } from '../helpers/simulation.ts';
import { startTerminator, type Terminator, type TerminatorOptions, tokens } from '../helpers/terminator.ts';

const clients = await createTestPki({ hosts: ['primary1'] });
const others = await createTestPki({ hosts: ['primary1'] });
const primary2 = await clients.issue({ hosts: ['primary2'] });

const required = { clientCertificate: 'required', clientNameIsPrimary: false } as const;
const optional = { ...required, clientCertificate: 'optional' } as const;
const bound = { ...required, clientNameIsPrimary: true } as const;

function startMutual(options: TerminatorOptions = {}): Promise<Terminator> {
  return startTerminator({ certificate: { clientCa: clients.ca }, tls: required, ...options });
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a client CA, with %s', (version) => {
  const only = { minVersion: version, maxVersion: version };

  test('lets in who shows a certificate of it', async () => {
    await using terminator = await startMutual();
    await expectService(terminator, { ...only, ...primary2 });
    expect(terminator.told('clientCertificateRefused')).toEqual([]);
  });

  test('takes the token beside it, and never the certificate instead of one', async () => {
    await using terminator = await startMutual();
    await using peer = await openPeer(terminator, { ...only, ...primary2 });
    peer.send(connectRequest({ token: 'wrong' }));
    expect(await peer.next()).toMatchObject({ payload: { valid: false } });
    expect(await peer.closed()).toMatchObject({ code: 1008 });
  });

  test('is also for a certificate that is shown where none is required', async () => {
    await using terminator = await startMutual({ tls: optional });
    await expectService(terminator, { ...only, ...primary2 });
    await expectService(terminator, only);
    expect(terminator.told('clientCertificateRefused')).toEqual([]);
  });

  const expired = clients.issue({ notAfter: new Date(Date.now() - 1000) });
  const early = clients.issue({ notBefore: new Date(Date.now() + 3_600_000) });
  const ofServer = clients.issue({ usages: ['serverAuth'] });
  const selfSigned = clients.issueSelfSigned();
  const wrong = [
    ['has expired', expired, 'CERT_HAS_EXPIRED'],
    ['is not valid yet', early, 'CERT_NOT_YET_VALID'],
    ['is not for clients', ofServer, 'INVALID_PURPOSE'],
    [
      'is of another CA with the same name',
      others,
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|CERT_SIGNATURE_FAILURE',
    ],
    ['is nobody’s', selfSigned, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ] as const;

  test.each(
    wrong.flatMap(([what, client, reason]) => [
      [what, 'required', client, reason] as const,
      [what, 'optional', client, reason] as const,
    ]),
  )('refuses a certificate that %s, where one is %s', async (_what, clientCertificate, client, reason) => {
    await using terminator = await startMutual({ tls: { ...required, clientCertificate } });
    const { cert, key } = await client;
    expect(await exchange(terminator, upgradeRequest, { ...only, cert, key })).toMatchObject({ text: '' });
    expect(await terminator.event('clientCertificateRefused')).toEqual([
      expect.stringMatching(new RegExp(`^(?:${reason})$`)),
      expect.stringMatching(/^127\.0\.0\.1:[1-9]\d*$/),
    ]);
    expect(terminator.told('clientCertificateRefused')).toHaveLength(1);
    expect(terminator.told('opened')).toEqual([]);
    await expectService(terminator, { ...only, ...primary2 });
  });

  test('refuses who shows none where one is required, before any HTTP', async () => {
    await using terminator = await startMutual();
    expect(await exchange(terminator, upgradeRequest, only)).toMatchObject({ text: '' });
    expect(await terminator.event('clientCertificateRefused')).toEqual([
      'NO_CLIENT_CERTIFICATE',
      expect.stringMatching(/^127\.0\.0\.1:[1-9]\d*$/),
    ]);
    expect(terminator.told('opened')).toEqual([]);
  });

  test('has no session resumed: each handshake shows the certificate and has it verified', async () => {
    await using terminator = await startMutual();
    const options = { ...only, cert: clients.cert, key: clients.key };
    const { session } = await exchange(terminator, plainRequest, options);
    const again = await exchange(terminator, plainRequest, { ...options, ...(session && { session }) });
    expect(again).toMatchObject({ text: expect.stringContaining(' 426 '), resumed: false });
  });
});

describe('a client CA that is renewed', () => {
  test('counts from the next handshake on, and leaves who is connected alone', async () => {
    await using terminator = await startMutual();
    const [before, after] = [
      { cert: clients.cert, key: clients.key },
      { cert: others.cert, key: others.key },
    ];
    await using peer = await openPrimary(terminator, 'primary1', before);
    terminator.listener.renew({ ...pki, clientCa: others.ca, notBefore: 0, notAfter: 0, subject: '' });
    expect(await exchange(terminator, upgradeRequest, before)).toMatchObject({ text: '' });
    await terminator.event('clientCertificateRefused');
    await expectService(terminator, after);
    await peer.roundTrip();
  });

  test('may be two of them while clients change over', async () => {
    await using terminator = await startMutual({ certificate: { clientCa: others.ca + clients.ca } });
    for (const { cert, key } of [clients, others]) await expectService(terminator, { cert, key });
  });
});

describe('a certificate that names its primary', () => {
  test.each([
    ['its common name', { subject: 'CN=primary2', names: [] }],
    ['a DNS name', { subject: 'CN=client', names: [{ type: 'dns', value: 'primary2' }] }],
    ['a name in other letters', { subject: 'CN=PRIMARY2', names: [] }],
  ] as const)('lets it in by %s', async (_what, options) => {
    await using terminator = await startMutual({ tls: bound });
    await expectService(terminator, await clients.issue(options));
  });

  test('refuses the token of another primary as a wrong one, and tells whose it was', async () => {
    await using terminator = await startMutual({ tls: bound });
    await using peer = await openPeer(terminator, primary2);
    peer.send(connectRequest({ token: tokens.primary1 }));
    expect(await peer.next()).toMatchObject({ type: 'CONNECT', payload: { valid: false } });
    expect(await peer.closed()).toEqual({ code: 1008, reason: 'token refused' });
    expect(terminator.told('refused')).toEqual([[expect.any(String), 'certificate-mismatch', 'primary1']]);
  });

  test('is not needed where none is required: who shows none comes by its token', async () => {
    await using terminator = await startMutual({ tls: { ...bound, clientCertificate: 'optional' } });
    await expectService(terminator);
    await expectService(terminator, primary2);
  });
});

test('without a client CA no certificate is asked for, not even one that a public CA has issued', async () => {
  await using terminator = await startTerminator({ tls: bound });
  await expectService(terminator);
  // Its name would count, if it had been asked for.
  await expectService(terminator, { cert: clients.cert, key: clients.key });
});
