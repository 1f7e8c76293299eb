import { createPrivateKey, X509Certificate } from 'node:crypto';
import { reasonOf } from '../errors.ts';
import { readPem, SecretFileError } from './secret-file.ts';

/** Which files a TLS connection of ours uses. */
export interface TlsFiles {
  /** Settings are named by it in messages: `kafka.tls` for `kafka.tls.caFile`. */
  readonly setting: string;
  /** The CAs that may sign the other side's certificate; without it those that Node.js includes. */
  readonly caFile?: string | undefined;
  /** Our certificate and its intermediates, and its key. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Reads the files, and checks them so far that an error names the one to fix. @throws SecretFileError */
export function readTlsFiles({ setting, caFile, certFile, keyFile }: TlsFiles): TlsMaterial {
  const ca = caFile === undefined ? undefined : readPem(`${setting}.caFile`, caFile);
  if (ca !== undefined && caFile !== undefined) readCertificates(`${setting}.caFile`, caFile, ca);
  if (certFile === undefined || keyFile === undefined) return ca === undefined ? {} : { ca };
  const cert = readPem(`${setting}.certFile`, certFile);
  const key = readPem(`${setting}.keyFile`, keyFile);
  const [leaf] = readCertificates(`${setting}.certFile`, certFile, cert);
  let isPair: boolean | undefined;
  try {
    isPair = leaf?.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new SecretFileError(
      `${setting}.keyFile`,
      keyFile,
      `it holds no private key that isn't encrypted`,
      error,
    );
  }
  if (isPair !== true)
    throw new SecretFileError(
      `${setting}.keyFile`,
      keyFile,
      `its key isn't the one of the certificate in ${certFile}`,
    );
  return { ...(ca === undefined ? undefined : { ca }), cert, key };
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function readCertificates(setting: string, file: string, pem: string): X509Certificate[] {
  const blocks = pem.match(pemCertificate) ?? [];
  if (blocks.length === 0) throw new SecretFileError(setting, file, 'it holds no certificate in PEM');
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw new SecretFileError(setting, file, `a certificate in it can't be read (${reasonOf(error)})`, error);
  }
}

/** OpenSSL's verdicts on a certificate whose issuer isn't among the trusted ones. */
const unknownIssuer: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);
/** What a server says to a certificate of ours, or to the lack of one. */
const ourCertificate = /ALERT_(?:NO_|BAD_|UNSUPPORTED_)?(?:CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/;
/** What comes back is no TLS, or none that we speak. */
const notTls =
  /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNSUPPORTED_PROTOCOL|ALERT_(?:PROTOCOL_VERSION|HANDSHAKE_FAILURE|INTERNAL_ERROR)|UNEXPECTED_MESSAGE/;

/**
 * What is wrong with a TLS connection and what to fix, as a sentence; null for an error that isn't one of TLS.
 * @param where whom it was with: `the broker kafka-0:9093`
 */
export function explainTls(error: unknown, where: string, files: TlsFiles): string | null {
  const code = codeOf(error);
  const { setting, caFile } = files;
  if (unknownIssuer.has(code)) {
    const advice =
      caFile === undefined
        ? `name its CA with ${setting}.caFile`
        : `${setting}.caFile (${caFile}) has to hold its CA`;
    return `the certificate of ${where} is signed by an unknown CA (${code}): ${advice}`;
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const what = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
    return `the certificate of ${where}, or one above it, ${what} (${code}): have it renewed there`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of ${where} is for another name (${reasonOf(error)}): connect to a name that it carries${
      setting === 'kafka.tls' ? ', or set kafka.tls.serverName' : ''
    }`;
  }
  if (ourCertificate.test(code)) return `${where} refuses our certificate (${code}): ${ownFault(files)}`;
  if (notTls.test(code) || code === 'EPROTO')
    return `${where} doesn't speak TLS, or none that we do (${code}): is it the right port?`;
  return /^ERR_(?:SSL|TLS|OSSL)/.test(code) ? `TLS with ${where} failed (${code}): ${reasonOf(error)}` : null;
}

function ownFault(files: TlsFiles): string {
  const { setting, certFile } = files;
  if (certFile === undefined) return `it wants one: set ${setting}.certFile and ${setting}.keyFile`;
  return expiry(files) ?? `${setting}.certFile (${certFile}) has to be one that it trusts`;
}

/**
 * The same for a connection that the other side closed or reset: some servers do that to a certificate they don't take, without a
 * word. Null where nothing is seen to be wrong with ours.
 */
export function explainClosed(where: string, files: TlsFiles): string | null {
  const expired = expiry(files);
  return expired === null ? null : `${where} closed the connection: ${expired}`;
}

/** That our own certificate has expired, as a sentence; null while it is valid, or where there is none. Reads the file again. */
export function expiry({ setting, certFile }: TlsFiles): string | null {
  if (certFile === undefined) return null;
  try {
    const [leaf] = readCertificates(`${setting}.certFile`, certFile, readPem(setting, certFile));
    const until = Date.parse(leaf?.validTo ?? '');
    if (!(until < Date.now())) return null;
    return `the certificate in ${setting}.certFile (${certFile}) has expired (${new Date(until).toISOString()}): renew it`;
  } catch {
    return null;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
