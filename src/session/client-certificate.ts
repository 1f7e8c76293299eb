import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** What is asked of clients where the listener has a client CA (`listen.tls`). */
export interface ClientCertificateRules {
  readonly clientCertificate: 'required' | 'optional';
  readonly clientNameIsPrimary: boolean;
}

/**
 * Why a client may not go on behind its handshake, or null. OpenSSL has verified the chain, the dates and the extended key usage
 * (clientAuth), and Node.js leaves the verdict to us: of what it refuses itself it no longer knows the address.
 * @returns a stable code: `NO_CLIENT_CERTIFICATE`, or OpenSSL's, such as `CERT_HAS_EXPIRED`
 */
export function clientCertificateFault(
  socket: TLSSocket,
  { clientCertificate }: ClientCertificateRules,
): string | null {
  if (socket.authorized) return null;
  if (socket.getPeerX509Certificate() !== undefined) return String(socket.authorizationError);
  return clientCertificate === 'required' ? 'NO_CLIENT_CERTIFICATE' : null;
}

/**
 * Whether the certificate is this primary's: its common name or one of its DNS names is the primary's name, in whatever case. OpenSSL
 * compares the values themselves; as text, one name could be made to look like two (CVE-2021-44532). A wildcard names nobody.
 * Without a certificate, where that is allowed, any primary may come. A primary's name begins with a letter or a digit:
 * one that began with a dot would match subdomains.
 */
export function isNamedBy(certificate: X509Certificate | undefined, primary: string): boolean {
  if (certificate === undefined) return true;
  return certificate.checkHost(primary, { subject: 'always', wildcards: false }) !== undefined;
}
