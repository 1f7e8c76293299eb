import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ConfigError, reasonOf } from '../errors.ts';

/** The certificate that the listener presents, checked as a pair with its key. */
export interface ListenerCertificate {
  /** PEM: the leaf first, then the intermediates. */
  readonly cert: string;
  readonly key: string;
  /** Unix ms. */
  readonly notAfter: number;
  readonly subject: string;
}

/**
 * Reads the certificate and its key.
 * @throws ConfigError with every problem: a file that can't be read or isn't PEM, a key that isn't the leaf's,
 * a chain that TLS doesn't take
 */
export function loadCertificate(certFile: string, keyFile: string): ListenerCertificate {
  const problems: string[] = [];
  const read = <T>(
    setting: string,
    file: string,
    what: string,
    parse: (text: string) => T,
  ): { text: string; parsed: T } | null => {
    try {
      const text = readFileSync(file, 'utf8');
      return { text, parsed: parse(text) };
    } catch (error) {
      problems.push(`${setting}: can't read ${what} from ${file}: ${reasonOf(error)}`);
      return null;
    }
  };
  const cert = read(
    'listen.tls.certFile',
    certFile,
    'a PEM certificate',
    (text) => new X509Certificate(text),
  );
  const key = read('listen.tls.keyFile', keyFile, 'a PEM private key (unencrypted)', (text) =>
    createPrivateKey(text),
  );
  if (cert !== null && key !== null && !cert.parsed.checkPrivateKey(key.parsed)) {
    problems.push(
      `listen.tls.keyFile: the key in ${keyFile} is not the key of the first certificate in ${certFile} ` +
        `(${cert.parsed.subject.replaceAll('\n', ', ')}): put the leaf first, and give its own key`,
    );
  }
  if (cert !== null && key !== null && problems.length === 0) {
    try {
      createSecureContext({ cert: cert.text, key: key.text });
    } catch (error) {
      problems.push(`listen.tls.certFile: the chain in ${certFile} can't be used: ${reasonOf(error)}`);
    }
  }
  if (cert === null || key === null || problems.length > 0) throw new ConfigError(problems);
  const { subject, validTo } = cert.parsed;
  return { cert: cert.text, key: key.text, notAfter: Date.parse(validTo), subject };
}
