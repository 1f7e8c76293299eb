import { X509Certificate } from 'node:crypto';
import { reasonOf } from '../errors.ts';

const certificateBlock =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/**
 * The certificates of a PEM text, in its order; text around them is passed over.
 * @throws where one of them can't be parsed, or there is none
 */
export function certificatesIn(pem: string): [X509Certificate, ...X509Certificate[]] {
  const [first, ...others] = pem.match(certificateBlock) ?? [];
  // What OpenSSL says of a text without any is as good as what we could.
  return [new X509Certificate(first ?? pem), ...others.map((block, n) => parse(block, n + 2))];
}

function parse(block: string, number: number): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (cause) {
    throw new Error(`certificate ${number} of it: ${reasonOf(cause)}`, { cause });
  }
}

/** By name and by signature. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    // A key of a kind that OpenSSL doesn't know.
    return false;
  }
}

/** Also a leaf whose key isn't meant for signing certificates, of which `checkIssued` says that it can't have issued anything. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  try {
    return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
  } catch {
    return false;
  }
}

/** For people, on one line. A certificate may do without a subject, but then not without other names (RFC 5280, 4.2.1.6). */
export function nameOf(certificate: X509Certificate): string {
  // Typed as strings, but undefined where the certificate has none.
  const { subject, subjectAltName, serialNumber } = certificate as Partial<X509Certificate>;
  return subject?.replaceAll('\n', ', ') ?? subjectAltName ?? `serial number ${serialNumber}`;
}
