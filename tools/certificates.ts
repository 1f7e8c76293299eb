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
  /** Default: CN= and the first of the hosts. */
  readonly subject?: string | x509.JsonName;
  /** Subject alternative names in place of the hosts; an empty list leaves the extension out. */
  readonly names?: readonly x509.JsonGeneralName[];
  /** Default: both. An empty list leaves the extension out. */
  readonly usages?: readonly (keyof typeof x509.ExtendedKeyUsage)[];
  /** Whether it may issue others. Default: false. */
  readonly authority?: boolean;
  readonly keys?: KeyKind;
  /** Of the signature on it. Default: SHA-256. */
  readonly hash?: 'SHA-1' | 'SHA-256';
}

export interface PkiOptions extends IssueOptions {
  readonly intermediate?: Pick<IssueOptions, 'notAfter' | 'authority'>;
}

export type KeyKind = keyof typeof keyKinds;

/** A throw-away PKI for tests and the demo: a root, an intermediate and a leaf, each EC P-256 unless told otherwise. */
export interface TestPki extends IssuedCertificate {
  /** The root only, as a client that pins the CA has it. */
  readonly ca: string;
  /** Another leaf under the same intermediate, as a renewal brings it. */
  issue(options?: IssueOptions): Promise<IssuedCertificate>;
  /** A leaf that nobody has issued. */
  issueSelfSigned(options?: IssueOptions): Promise<IssuedCertificate>;
  /** Writes ca.crt, tls.crt and tls.key (the names of a Kubernetes TLS secret) and tells their paths. */
  writeTo(directory: string): Promise<{ readonly ca: string; readonly cert: string; readonly key: string }>;
}

interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

const rsa = { name: 'RSASSA-PKCS1-v1_5', publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };
const keyKinds = {
  'P-256': { name: 'ECDSA', namedCurve: 'P-256' },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384' },
  'RSA-1024': { ...rsa, modulusLength: 1024 },
  'RSA-2048': { ...rsa, modulusLength: 2048 },
  Ed25519: { name: 'Ed25519' },
} as const;
const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

/** Makes a PKI whose first leaf is for `hosts`; valid from an hour ago (clocks differ) for 30 days. */
export async function createTestPki(options: PkiOptions = {}): Promise<TestPki> {
  const root = await createAuthority('nbwss-bridge test root');
  const intermediate = await createAuthority('nbwss-bridge test intermediate', root, options.intermediate);
  const issue = (leaf: IssueOptions = {}): Promise<IssuedCertificate> => issueLeaf(intermediate, leaf);
  const ca = `${root.certificate.toString('pem')}\n`;
  const { cert, key } = await issue(options);
  return {
    ca,
    cert,
    key,
    issue,
    issueSelfSigned: (leaf = {}) => issueLeaf(null, leaf),
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

/** The leaf alone, as a server sends it whose intermediates were forgotten. */
export function leafOf({ cert }: Pick<IssuedCertificate, 'cert'>): string {
  const [leaf = ''] = cert.split(/(?<=-----END CERTIFICATE-----\n)/);
  return leaf;
}

async function createAuthority(
  name: string,
  parent?: Issuer,
  { authority = true, notAfter }: Pick<IssueOptions, 'notAfter' | 'authority'> = {},
): Promise<Issuer> {
  const keys = await generateKeys('P-256');
  const usages = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
  const certificate = await x509.X509CertificateGenerator.create({
    ...common(keys, { notAfter }),
    subject: `CN=${name}`,
    issuer: parent?.certificate.subject ?? `CN=${name}`,
    signingKey: (parent ?? { keys }).keys.privateKey,
    extensions: [
      authority
        ? new x509.BasicConstraintsExtension(true, parent === undefined ? 1 : 0, true)
        : new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(usages, true),
      ...(await identifiers(keys, parent)),
    ],
  });
  return { certificate, keys };
}

async function issueLeaf(issuer: Issuer | null, options: IssueOptions): Promise<IssuedCertificate> {
  const { hosts = ['localhost', '127.0.0.1', '::1'], usages = ['serverAuth', 'clientAuth'] } = options;
  const {
    authority = false,
    subject = `CN=${hosts[0] ?? 'localhost'}`,
    names = hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const),
  } = options;
  const keys = await generateKeys(options.keys ?? 'P-256');
  const certificate = await x509.X509CertificateGenerator.create({
    ...common((issuer ?? { keys }).keys, options),
    publicKey: keys.publicKey,
    subject,
    issuer: issuer?.certificate.subject ?? subject,
    signingKey: (issuer ?? { keys }).keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(authority, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | (authority ? x509.KeyUsageFlags.keyCertSign : 0),
        true,
      ),
      ...(usages.length === 0
        ? []
        : [new x509.ExtendedKeyUsageExtension(usages.map((usage) => x509.ExtendedKeyUsage[usage]))]),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension([...names])]),
      ...(await identifiers(keys, issuer ?? undefined)),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const chain = [certificate, ...(issuer === null ? [] : [issuer.certificate])];
  return {
    cert: chain.map((each) => `${each.toString('pem')}\n`).join(''),
    key: `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`,
  };
}

async function generateKeys(kind: KeyKind): Promise<webcrypto.CryptoKeyPair> {
  const keys = await webcrypto.subtle.generateKey(keyKinds[kind], true, ['sign', 'verify']);
  return keys as webcrypto.CryptoKeyPair;
}

/** @param signer whose key signs; its own for a certificate that is self-signed */
function common(signer: webcrypto.CryptoKeyPair, options: IssueOptions) {
  const { notBefore = new Date(Date.now() - hourMs), notAfter, hash = 'SHA-256' } = options;
  return {
    // Positive in DER, and no two alike.
    serialNumber: `01${Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString('hex')}`,
    notBefore,
    notAfter: notAfter ?? new Date(Date.now() + 30 * dayMs),
    publicKey: signer.publicKey,
    signingAlgorithm: { ...signer.privateKey.algorithm, hash },
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
