import { constants, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { ConfigError, mountFaultOf, reasonOf } from '../errors.ts';
import { pemText } from '../pem.ts';
import { certificatesIn, isIssuedBy, isSelfSigned, nameOf } from './certificate-chain.ts';

/** The certificate that the listener presents, checked as a pair with its key, and whose certificates it takes. */
export interface ListenerCertificate {
  /** PEM: the leaf first, then the intermediates. */
  readonly cert: string;
  readonly key: string;
  /** PEM of the CAs of client certificates, or null: none is asked for. */
  readonly clientCa: string | null;
  /** Unix ms. */
  readonly notBefore: number;
  /** Unix ms. */
  readonly notAfter: number;
  readonly subject: string;
}

/**
 * What the listener's handshakes go by; all of it, since `setSecureContext` keeps nothing of the context before.
 *
 * Where client certificates are asked for, no TLS session is resumed. OpenSSL takes over a resumed session's certificate as
 * verified, and neither looks at its dates again nor at the CA: a ticket would outlive both. Elsewhere tickets stand for nothing
 * but a key exchange; a new context has new ticket keys, so a renewal ends them too.
 */
export function secureContextOf({ cert, key, clientCa }: ListenerCertificate): SecureContextOptions {
  const context: SecureContextOptions = { cert, key, minVersion: 'TLSv1.2' };
  if (clientCa === null) return context;
  return { ...context, ca: clientCa, secureOptions: constants.SSL_OP_NO_TICKET };
}

/**
 * Reads the certificate, its key, and the CAs of client certificates where there are to be any.
 * @throws ConfigError with every problem: a file that can't be read or isn't PEM, a key that isn't the leaf's,
 * a chain that TLS doesn't take, a CA that no certificate could be verified with
 */
export function loadCertificate(
  certFile: string,
  keyFile: string,
  clientCaFile?: string,
): ListenerCertificate {
  const problems: string[] = [];
  const read = <T>(setting: string, file: string, what: string, parse: (text: string) => T) => {
    try {
      const text = pemText(readFileSync(file));
      return { text, parsed: parse(text) };
    } catch (error) {
      problems.push(`${setting}: can't read ${what} from ${file}: ${mountFaultOf(error, file)}`);
      return null;
    }
  };
  const cert = read('listen.tls.certFile', certFile, 'a PEM certificate', certificatesIn);
  const key = read('listen.tls.keyFile', keyFile, 'a PEM private key (unencrypted)', (text) =>
    createPrivateKey(text),
  );
  const clientCa =
    clientCaFile === undefined
      ? null
      : read('listen.tls.clientCaFile', clientCaFile, 'PEM certificates of CAs', certificatesIn);
  if (cert !== null && key !== null && !cert.parsed[0].checkPrivateKey(key.parsed)) {
    problems.push(
      `listen.tls.keyFile: the key in ${keyFile} is not the key of the first certificate in ${certFile} ` +
        `(${nameOf(cert.parsed[0])}): put the leaf first, and give its own key`,
    );
  }
  const orphans = (clientCa?.parsed ?? []).filter(
    (ca, _, all) => !isSelfSigned(ca) && !all.some((issuer) => isIssuedBy(ca, issuer)),
  );
  for (const orphan of orphans) {
    problems.push(
      `listen.tls.clientCaFile: ${nameOf(orphan)} in ${clientCaFile} is not self-signed, and its issuer is not in the file: ` +
        'no client certificate can be verified with it; add the CAs above it, up to the root',
    );
  }
  if (cert === null || key === null || problems.length > 0) throw new ConfigError(problems);
  const [leaf] = cert.parsed;
  const certificate: ListenerCertificate = {
    cert: cert.text,
    key: key.text,
    clientCa: clientCa?.text ?? null,
    notBefore: leaf.validFromDate.getTime(),
    notAfter: leaf.validToDate.getTime(),
    subject: nameOf(leaf),
  };
  try {
    createSecureContext(secureContextOf(certificate));
  } catch (error) {
    problems.push(`listen.tls.certFile: the chain in ${certFile} can't be used: ${reasonOf(error)}`);
    throw new ConfigError(problems);
  }
  return certificate;
}

export interface TimeFault {
  readonly code: 'certificate-expired' | 'certificate-not-yet-valid';
  /** Which certificate in which file, since or until when, and what to do. */
  readonly text: string;
}

/** Why no client takes the certificate now; null while it is valid. @param now Unix ms */
export function timeFaultOf(
  { subject, notBefore, notAfter }: Pick<ListenerCertificate, 'subject' | 'notBefore' | 'notAfter'>,
  certFile: string,
  now: number,
): TimeFault | null {
  const what = `the certificate of ${subject} in ${certFile}`;
  const expired = new Date(notAfter).toISOString();
  const begins = new Date(notBefore).toISOString();
  if (notAfter < now)
    return {
      code: 'certificate-expired',
      text: `${what} expired on ${expired}: put a renewed one there, with its key`,
    };
  if (notBefore <= now) return null;
  const mend =
    "set this machine's clock right if it is wrong, or put a certificate there that is valid now, with its key";
  return { code: 'certificate-not-yet-valid', text: `${what} is not valid before ${begins}: ${mend}` };
}
