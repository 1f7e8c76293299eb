import { reasonOf } from '../errors.ts';
import type { ConnectFailure } from './events.ts';

/** Error codes of Node.js and OpenSSL, by what the user has to look at. */
const reasons: Readonly<Record<string, ConnectFailure>> = {
  ENOTFOUND: 'name-not-found',
  EAI_AGAIN: 'name-not-found',
  ECONNREFUSED: 'connection-refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'unreachable',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
  CERT_CHAIN_TOO_LONG: 'certificate',
  CERT_HAS_EXPIRED: 'certificate',
  CERT_NOT_YET_VALID: 'certificate',
  CERT_REJECTED: 'certificate',
  CERT_REVOKED: 'certificate',
  CERT_SIGNATURE_FAILURE: 'certificate',
  CERT_UNTRUSTED: 'certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate',
  HOSTNAME_MISMATCH: 'certificate',
  INVALID_CA: 'certificate',
  INVALID_PURPOSE: 'certificate',
  PATH_LENGTH_EXCEEDED: 'certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate',
  EPROTO: 'tls',
};

/** What to do, for the failures where the system's own words don't tell. */
const advice: Partial<Record<ConnectFailure, string>> = {
  'connection-refused': 'nothing listens there: check host, port and that the endpoint runs',
  certificate:
    'the certificate must be signed by the CA given with --ca-file, with its intermediates sent along, and name the host',
  tls: 'the port may not speak TLS, or no version from 1.2 up',
  'name-not-found': 'check the host name',
  closed: 'the endpoint, or something between, closed the connection',
};

/** Classifies the error of an attempt to connect and says what to look at. */
export function connectFailure(error: Error): { reason: ConnectFailure; detail: string } {
  const code = codeOf(error);
  const reason = reasons[code] ?? (code.startsWith('ERR_SSL') ? 'tls' : 'not-websocket');
  const hint = advice[reason];
  const words = `${wordsOf(error)}${code === '' ? '' : ` (${code})`}`;
  return { reason, detail: hint === undefined ? words : `${words}; ${hint}` };
}

/** Node.js adds to OpenSSL's words how to start it with the system's CAs, which are trusted here already. */
export function wordsOf(error: unknown): string {
  return reasonOf(error).replace(/; if the root CA is installed locally, .*$/s, '');
}

/** The `code` of an error; of the first inside where several addresses of one host failed. */
export function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  const [first] = error instanceof AggregateError ? error.errors : [];
  return first instanceof Error ? codeOf(first) : '';
}
