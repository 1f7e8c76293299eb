import { describe, expect, test } from 'vitest';

import { judgeCertificate, judgeClientCa } from '../../../src/session/judge-certificate.ts';
import type { Verdict } from '../../../src/verdict.ts';
import { createTestPki, type IssueOptions } from '../../../tools/certificates.ts';

const now = Date.now();
const dayMs = 24 * 60 * 60 * 1000;
const inDays = (days: number): Date => new Date(now + days * dayMs);

const pki = await createTestPki({ hosts: ['bridge.example.com', '192.0.2.1'], notAfter: inDays(29) });
const [leaf = '', intermediate = ''] = certificatesOf(pki);
const [, otherIntermediate = ''] = certificatesOf(await createTestPki());
const ofNoAuthority = await createTestPki({ intermediate: { authority: false } });
const selfSigned = await pki.issueSelfSigned();

function certificatesOf({ cert }: { readonly cert: string }): string[] {
  return cert.split(/(?<=-----END CERTIFICATE-----\n)/);
}

/** Node.js can't make one: `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:secp256k1 -subj /CN=localhost`. */
const ofSecp256k1 = `-----BEGIN CERTIFICATE-----
MIIBkjCCATegAwIBAgITUfQaXrQaQPwklQtuX0klk9l8VDAKBggqhkjOPQQDAjAU
MRIwEAYDVQQDDAlsb2NhbGhvc3QwIBcNMjYxMTIzMDcwODI2WhgPMjEyNjEwMzAw
NzA4MjZaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBWMBAGByqGSM49AgEGBSuBBAAK
A0IABJJlMNoKIn7/vW4dqTiqhWfwtGoTBXPP4udjrxJlSq5mRh1fbf1kCLRWbSQ/
9jsVdeGbjb16tMNVmb6SO0YAzLijaTBnMB0GA1UdDgQWBBSqkPLNYR2wkerigyFG
yGqc8/x0/jAfBgNVHSMEGDAWgBSqkPLNYR2wkerigyFGyGqc8/x0/jAPBgNVHRMB
Af8EBTADAQH/MBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAKBggqhkjOPQQDAgNJADBG
AiEApUWa+C0qNH8HglPnMgvCORTF9Jz7f9tNHcN+iQBc6o4CIQDWPBpzUwYlgcEO
QXqaaWuToILtI95NwYdBreZ/eVaMtg==
-----END CERTIFICATE-----
`;

function judge(pem: string, ...hostNames: string[]): Verdict[] {
  return judgeCertificate(pem, hostNames, now);
}

/** What isn't in order, a line each. */
function faultsOf(verdicts: readonly Verdict[]): string[] {
  return verdicts.filter(({ state }) => state !== 'ok').map(({ state, text }) => `${state}: ${text}`);
}

async function faultsWith(options: IssueOptions, ...hostNames: string[]): Promise<string[]> {
  return faultsOf(judge((await pki.issue(options)).cert, ...hostNames));
}

test('a good certificate gets a verdict on its chain, its time, its keys and its names, and none is bad', () => {
  const verdicts = judge(pki.cert, 'bridge.example.com');
  expect(new Set(verdicts.map(({ what, state }) => `${what} ${state}`))).toEqual(
    new Set(['listen.tls.certFile ok']),
  );
  expect(verdicts.map(({ text }) => text)).toEqual([
    'the chain is in order, the leaf and 1 intermediate(s); NetBackup has to pin CN=nbwss-bridge test root or one of those',
    expect.stringMatching(/^valid until \d{4}-/),
    'CN=bridge.example.com has a key of EC prime256v1',
    'CN=nbwss-bridge test intermediate has a key of EC prime256v1',
    'it is good for bridge.example.com',
  ]);
});

test('the time is that of the certificate in the chain that ends first', async () => {
  const soon = await createTestPki({ intermediate: { notAfter: inDays(20) } });
  expect(judge(soon.cert).map(({ text }) => text)).toContain(
    `valid until ${new Date(Math.floor(inDays(20).getTime() / 1000) * 1000).toISOString()}`,
  );
});

describe('the chain', () => {
  test.each<[string, string, RegExp[]]>([
    ['a root behind it is needless and no fault', pki.cert + pki.ca, []],
    [
      'a leaf alone is right only for who pins its issuer',
      leaf,
      [
        /^warning: the leaf stands alone: right only if CN=nbwss-bridge test intermediate is the CA that NetBackup pins/,
      ],
    ],
    [
      'a wrong order fails',
      leaf + pki.ca + intermediate,
      [
        /^failed: certificate 2 \(CN=nbwss-bridge test root\) has not issued the one before it \(CN=bridge.example.com\): put the leaf first/,
        /^failed: certificate 3 \(CN=nbwss-bridge test intermediate\) has not issued/,
      ],
    ],
    [
      'the leaf twice fails',
      leaf + pki.cert,
      [/^failed: certificate 2 \(CN=bridge\.example\.com\) has not issued/],
    ],
    [
      'an intermediate of the same name with another key fails',
      leaf + otherIntermediate,
      [/^failed: certificate 2 \(CN=nbwss-bridge test intermediate\) has not issued/],
    ],
    [
      'an issuer that is no CA fails',
      ofNoAuthority.cert,
      [/^failed: certificate 2 .* has issued the one before it, but is no CA/],
    ],
    [
      'a self-signed certificate has to be registered anew with each renewal',
      selfSigned.cert,
      [/^warning: the certificate is self-signed: /],
    ],
    ['text around the certificates is no matter', `subject=x\n${leaf}\nissuer=y\n${intermediate}`, []],
  ])('%s', (_what, pem, expected) => {
    expect(faultsOf(judge(pem))).toEqual(expected.map((fault) => expect.stringMatching(fault)));
  });
});

describe('the time', () => {
  test.each<[string, IssueOptions, RegExp[]]>([
    [
      'is over',
      { notAfter: inDays(-1) },
      [/^failed: the certificate has expired \(\d{4}-.*Z\): .*renew it$/],
    ],
    ['has not begun', { notBefore: inDays(1) }, [/^failed: the certificate is not valid before \d{4}-/]],
    ['is over soon', { notAfter: inDays(13.5) }, [/^warning: the certificate expires in 13 day\(s\) \(/]],
    ['is over in a fortnight', { notAfter: inDays(14.1) }, []],
  ])('%s', async (_what, options, expected) => {
    expect(await faultsWith(options)).toEqual(expected.map((fault) => expect.stringMatching(fault)));
  });

  test('of an intermediate counts like that of the leaf', async () => {
    const { cert } = await createTestPki({ intermediate: { notAfter: inDays(-1) } });
    expect(faultsOf(judge(cert))).toEqual([
      expect.stringMatching(/^failed: certificate 2 \(CN=nbwss-bridge test intermediate\) has expired/),
    ]);
  });

  test('is over from its last second on', async () => {
    const notAfter = new Date(Math.floor(inDays(1).getTime() / 1000) * 1000);
    const { cert } = await pki.issue({ notAfter });
    const at = (ms: number) => faultsOf(judgeCertificate(cert, [], notAfter.getTime() + ms)).join();
    expect(at(-1)).toMatch(/^warning: the certificate expires in 0 day/);
    expect(at(0)).toMatch(/^failed: the certificate has expired/);
  });
});

describe('the strength', () => {
  test.each<[string, IssueOptions, RegExp[]]>([
    [
      'RSA of 1024 bits fails',
      { keys: 'RSA-1024' },
      [/^failed: CN=localhost has a key of RSA, 1024 bits: too weak/],
    ],
    ['RSA of 2048 bits is enough', { keys: 'RSA-2048' }, []],
    ['EC P-384 is known to all', { keys: 'P-384' }, []],
    [
      'Ed25519 is not known to all',
      { keys: 'Ed25519' },
      [/^warning: CN=localhost has a key of ed25519: older Java/],
    ],
    ['SHA-1 fails', { hash: 'SHA-1' }, [/^failed: CN=localhost is signed with ecdsa-with-SHA1: /]],
  ])('%s', async (_what, options, expected) => {
    expect(await faultsWith(options)).toEqual(expected.map((fault) => expect.stringMatching(fault)));
  });

  test('of a curve that Java gave up fails', () => {
    expect(faultsOf(judge(ofSecp256k1))).toContainEqual(
      expect.stringMatching(/^failed: CN=localhost has a key of EC secp256k1: current Java clients/),
    );
  });

  test('of a signature that nobody looks at is no matter', async () => {
    const { cert } = await pki.issueSelfSigned({ hash: 'SHA-1' });
    expect(faultsOf(judge(cert)).join()).not.toContain('SHA1');
  });
});

describe('the names', () => {
  test.each([
    ['bridge.example.com', []],
    ['BRIDGE.example.com', []],
    ['192.0.2.1', []],
    [
      'example.com',
      [
        /^failed: it is not good for example\.com, but for DNS:bridge\.example\.com, IP Address:192\.0\.2\.1: /,
      ],
    ],
    ['192.0.2.2', [/^failed: it is not good for 192\.0\.2\.2, /]],
  ])('are held against %s', (name, expected) => {
    expect(faultsOf(judge(pki.cert, name))).toEqual(expected.map((fault) => expect.stringMatching(fault)));
  });

  test('may hold a wildcard, for one label', async () => {
    const { cert } = await pki.issue({ hosts: ['*.example.com'] });
    expect(faultsOf(judge(cert, 'bridge.example.com'))).toEqual([]);
    expect(faultsOf(judge(cert, 'a.bridge.example.com'))).toHaveLength(1);
    expect(faultsOf(judge(cert, 'example.com'))).toHaveLength(1);
  });

  test('are told where none is asked for', () => {
    expect(judge(pki.cert).at(-1)?.text).toMatch(
      /^its names are DNS:bridge\.example\.com, IP Address:192\.0\.2\.1; --host-name /,
    );
  });

  test.each<[string, IssueOptions]>([
    ['the common name alone', { names: [] }],
    ['a mail address', { names: [{ type: 'email', value: 'x@example.com' }] }],
    ['a URL that looks like a DNS name too', { names: [{ type: 'url', value: 'x:, DNS:localhost' }] }],
  ])('are missing with %s', async (_what, options) => {
    expect(await faultsWith(options, 'localhost')).toEqual([
      expect.stringMatching(/^failed: the certificate has neither a DNS name nor an IP address/),
    ]);
  });
});

describe('the use', () => {
  test.each<[string, IssueOptions, RegExp[]]>([
    ['for servers and clients', {}, []],
    ['for anything', { usages: [] }, []],
    [
      'for clients only',
      { usages: ['clientAuth'] },
      [/^failed: its extended key usage \(1\.3\.6\.1\.5\.5\.7\.3\.2\) lacks serverAuth/],
    ],
    ['for issuing others', { authority: true }, [/^warning: the leaf is the certificate of a CA: /]],
  ])('is %s', async (_what, options, expected) => {
    expect(await faultsWith(options)).toEqual(expected.map((fault) => expect.stringMatching(fault)));
  });
});

describe('the CAs of client certificates', () => {
  test('are told with their time', () => {
    expect(judgeClientCa(pki.ca, now)).toEqual([
      {
        what: 'listen.tls.clientCaFile',
        state: 'ok',
        text: expect.stringMatching(/^CN=nbwss-bridge test root is valid until \d{4}-/),
      },
    ]);
  });

  test('fail where all have expired, and warn where one has beside another', async () => {
    const { cert } = await pki.issueSelfSigned({ subject: 'CN=old', notAfter: inDays(-1) });
    expect(judgeClientCa(cert, now)).toMatchObject([
      { state: 'failed', text: expect.stringMatching(/^CN=old has expired/) },
    ]);
    expect(judgeClientCa(cert + pki.ca, now)).toMatchObject([{ state: 'warning' }, { state: 'ok' }]);
  });
});
