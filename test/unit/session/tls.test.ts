import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { ConfigError } from '../../../src/errors.ts';
import { type ListenerCertificate, loadCertificate, timeFaultOf } from '../../../src/session/tls.ts';
import { createTestPki } from '../../../tools/certificates.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

const notAfter = new Date('2099-01-01T00:00:00Z');
const notBefore = new Date('2026-01-01T00:00:00Z');
const pki = await createTestPki({ hosts: ['bridge.example.com'], notBefore, notAfter });
const renewed = await pki.issue();
const selfSigned = await pki.issueSelfSigned();
const otherPki = await createTestPki();
const [leaf = '', intermediate = ''] = pki.cert.split(/(?<=-----END CERTIFICATE-----\n)/);

function load(cert: string, key: string, clientCa?: string): ListenerCertificate {
  using directory = temporaryDirectory({ 'tls.crt': cert, 'tls.key': key, 'clients.crt': clientCa ?? '' });
  const [certFile = '', keyFile = '', caFile = ''] = ['tls.crt', 'tls.key', 'clients.crt'].map((name) =>
    join(directory.path, name),
  );
  return loadCertificate(certFile, keyFile, clientCa === undefined ? undefined : caFile);
}

function problemsOf(attempt: () => unknown): readonly string[] {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('a certificate and its key', () => {
  test('are loaded with the chain, the name, the begin and the end of their time', () => {
    expect(load(pki.cert, pki.key)).toEqual({
      cert: pki.cert,
      key: pki.key,
      clientCa: null,
      notBefore: notBefore.getTime(),
      notAfter: notAfter.getTime(),
      subject: 'CN=bridge.example.com',
    });
  });

  test.each([
    ['without an intermediate', leaf, pki.key],
    ['with text around the certificates', `subject: bridge\n${pki.cert}`, pki.key],
    ['with line ends of Windows', pki.cert.replaceAll('\n', '\r\n'), pki.key],
    [
      'with a key in its older format',
      pki.cert,
      createPrivateKey(pki.key).export({ type: 'sec1', format: 'pem' }).toString(),
    ],
  ])('may be %s', (_how, cert, key) => {
    expect(load(cert, key)).toMatchObject({ cert, subject: 'CN=bridge.example.com' });
  });
});

describe('a certificate and its key are refused', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const encrypted = createPrivateKey(pki.key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
    .toString();
  const certProblem = /^listen\.tls\.certFile: can't read a PEM certificate from .*tls\.crt: /;
  const keyProblem = /^listen\.tls\.keyFile: can't read a PEM private key \(unencrypted\) from .*tls\.key: /;
  const pairProblem =
    /^listen\.tls\.keyFile: the key in .*tls\.key is not the key of the first certificate in .*tls\.crt \(CN=.*\): put the leaf first/;

  test.each<[string, string, string, RegExp[]]>([
    ['no certificate', '', pki.key, [certProblem]],
    ['a certificate that is not PEM', 'garbage', pki.key, [certProblem]],
    ['a key in place of the certificate', pki.key, pki.key, [certProblem]],
    ['a broken certificate', leaf.replace(/\n.{20}/, '\n'), pki.key, [certProblem]],
    ['no key', pki.cert, '', [keyProblem]],
    ['a key that is not PEM', pki.cert, 'garbage', [keyProblem]],
    ['a certificate in place of the key', pki.cert, pki.cert, [keyProblem]],
    ['an encrypted key', pki.cert, encrypted, [keyProblem]],
    ['the key of another leaf', pki.cert, renewed.key, [pairProblem]],
    [
      'a key of another kind',
      pki.cert,
      rsa.export({ type: 'pkcs8', format: 'pem' }).toString(),
      [pairProblem],
    ],
    ['the intermediate first', intermediate + leaf, pki.key, [pairProblem]],
    ['garbage in both files', 'garbage', 'garbage', [certProblem, keyProblem]],
    [
      'a broken intermediate',
      leaf + intermediate.replace(/\n.{20}/, '\n!'),
      pki.key,
      [/^listen\.tls\.certFile: can't read a PEM certificate from .*tls\.crt: certificate 2 of it: /],
    ],
  ])('with %s', (_what, cert, key, expected) => {
    const problems = problemsOf(() => load(cert, key));
    expect(problems).toEqual(expected.map((problem) => expect.stringMatching(problem)));
    expect(problems.join()).not.toContain('BEGIN');
  });

  test('with a key that OpenSSL finds too short', async () => {
    const { cert, key } = await pki.issue({ keys: 'RSA-1024' });
    expect(problemsOf(() => load(cert, key))).toEqual([
      expect.stringMatching(
        /^listen\.tls\.certFile: the chain in .*tls\.crt can't be used: .*ee key too small/,
      ),
    ]);
  });

  test('with files that are missing, both told at once', () => {
    expect(problemsOf(() => loadCertificate('/nonexistent/tls.crt', '/nonexistent/tls.key'))).toEqual([
      expect.stringMatching(
        /^listen\.tls\.certFile: .*from \/nonexistent\/tls\.crt: there is nothing of that name \(ENOENT\): .* has the key tls\.crt$/,
      ),
      expect.stringMatching(
        /^listen\.tls\.keyFile: .*from \/nonexistent\/tls\.key: there is nothing of that name \(ENOENT\): .* has the key tls\.key$/,
      ),
    ]);
  });
});

test.each([
  [
    -1,
    'certificate-not-yet-valid',
    /in \/tls\/tls\.crt is not valid before 2026-01-01T.*: set this machine's clock right/,
  ],
  [0, null, null],
  [notAfter.getTime() - notBefore.getTime(), null, null],
  [
    notAfter.getTime() - notBefore.getTime() + 1,
    'certificate-expired',
    /in \/tls\/tls\.crt expired on 2099-01-01T.*: put a renewed one there, with its key$/,
  ],
])('a certificate %i ms after its begin is %s', (passedMs, code, text) => {
  const fault = timeFaultOf(load(pki.cert, pki.key), '/tls/tls.crt', notBefore.getTime() + passedMs);
  expect(fault?.code ?? null).toBe(code);
  if (text !== null) expect(fault?.text).toMatch(text);
});

test('a certificate without a subject goes by its other names', async () => {
  const { cert, key } = await pki.issue({ subject: '', hosts: ['bridge.example.com'] });
  expect(load(cert, key).subject).toBe('DNS:bridge.example.com');
});

describe('the CAs of client certificates', () => {
  const chain = intermediate + pki.ca;

  test.each([
    ['a root', pki.ca],
    ['a root with an intermediate', chain],
    ['two roots', pki.ca + otherPki.ca],
    ['a self-signed certificate of one client', selfSigned.cert],
  ])('may be %s', (_what, clientCa) => {
    expect(load(pki.cert, pki.key, clientCa)).toMatchObject({ clientCa });
  });

  test.each([
    ['nothing', '', /^listen\.tls\.clientCaFile: can't read PEM certificates of CAs from .*clients\.crt: /],
    ['garbage', 'garbage', /^listen\.tls\.clientCaFile: can't read PEM certificates of CAs/],
    ['a broken one among them', chain + leaf.replace(/\n.{20}/, '\n!'), /: certificate 3 of it: /],
    [
      'an intermediate alone',
      intermediate,
      /^listen\.tls\.clientCaFile: CN=nbwss-bridge test intermediate in .*clients\.crt is not self-signed, and its issuer is not in the file/,
    ],
  ])('are refused when the file holds %s: nobody could get in, or anybody', (_what, clientCa, problem) => {
    expect(problemsOf(() => load(pki.cert, pki.key, clientCa))).toEqual([expect.stringMatching(problem)]);
  });

  test('are looked at in the same round as the certificate and the key', () => {
    expect(problemsOf(() => load('garbage', 'garbage', 'garbage'))).toHaveLength(3);
  });
});
