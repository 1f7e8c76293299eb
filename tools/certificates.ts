import 'reflect-metadata';

import { webcrypto } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';

import * as x509 from '@peculiar/x509';

/** A leaf's certificate with the chain below the root, and its key, both PEM. */
interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  /** DNS names and IP addresses; the first is also the common name. Default: localhost, 127.0.0.1, ::1. */
  readonly hosts?: readonly string[] | undefined;
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
}

/** A throw-away PKI for tests and the demo: a root, an intermediate and a leaf, each EC P-256. */
export interface TestPki extends IssuedCertificate {
  /** The root only, as a client that pins the CA has it. */
  readonly ca: string;
  /** Another leaf under the same intermediate, as a renewal brings it. */
  issue(options?: IssueOptions): Promise<IssuedCertificate>;
  /** Writes ca.crt, tls.crt and tls.key (the names of a Kubernetes TLS secret) and tells their paths. */
  writeTo(directory: string): Promise<{ readonly ca: string; readonly cert: string; readonly key: string }>;
}

interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

/** Makes a PKI whose first leaf is for `hosts`; valid from an hour ago (clocks differ) for 30 days. */
export async function createTestPki(options: IssueOptions = {}): Promise<TestPki> {
  const root = await createAuthority('nbwss-bridge test root');
  const intermediate = await createAuthority('nbwss-bridge test intermediate', root);
  const issue = (leaf: IssueOptions = {}): Promise<IssuedCertificate> => issueLeaf(intermediate, leaf);
  const ca = `${root.certificate.toString('pem')}\n`;
  const { cert, key } = await issue(options);
  return {
    ca,
    cert,
    key,
    issue,
    async writeTo(directory) {
      const paths = {
        ca: join(directory, 'ca.crt'),
        cert: join(directory, 'tls.crt'),
        key: join(directory, 'tls.key'),
      };
      await mkdir(directory, { recursive: true });
      await writeFile(paths.ca, ca);
      await writeFile(paths.cert, cert);
      await writeFile(paths.key, key, { mode: 0o600 });
      return paths;
    },
  };
}

async function createAuthority(name: string, parent?: Issuer): Promise<Issuer> {
  const keys = await generateKeys();
  const usages = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
  const certificate = await x509.X509CertificateGenerator.create({
    ...common(keys),
    subject: `CN=${name}`,
    issuer: parent?.certificate.subject ?? `CN=${name}`,
    signingKey: (parent ?? { keys }).keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(true, parent === undefined ? 1 : 0, true),
      new x509.KeyUsagesExtension(usages, true),
      ...(await identifiers(keys, parent)),
    ],
  });
  return { certificate, keys };
}

async function issueLeaf(issuer: Issuer, options: IssueOptions): Promise<IssuedCertificate> {
  const { hosts = ['localhost', '127.0.0.1', '::1'], notBefore, notAfter } = options;
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...common(keys),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(notAfter === undefined ? {} : { notAfter }),
    subject: `CN=${hosts[0] ?? 'localhost'}`,
    issuer: issuer.certificate.subject,
    signingKey: issuer.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
      ...(await identifiers(keys, issuer)),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    cert: `${certificate.toString('pem')}\n${issuer.certificate.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`,
  };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function common(keys: webcrypto.CryptoKeyPair) {
  return {
    // Positive in DER, and no two alike.
    serialNumber: `01${Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString('hex')}`,
    notBefore: new Date(Date.now() - hourMs),
    notAfter: new Date(Date.now() + 30 * dayMs),
    publicKey: keys.publicKey,
    signingAlgorithm: algorithm,
  };
}

async function identifiers(
  keys: webcrypto.CryptoKeyPair,
  issuer: Issuer | undefined,
): Promise<x509.Extension[]> {
  return [
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    await x509.AuthorityKeyIdentifierExtension.create((issuer?.keys ?? keys).publicKey),
  ];
}
