/** What an operator of the bridge looks at, by what the probe saw: codes of Node.js and OpenSSL, and a few of our own. */
const proxied = 'if listen.proxyProtocol is on, a probe past the load balancer needs --proxy-protocol';
const tooOften =
  'an address that tries too often is cut at once (limits.unauthenticated.attemptsPerAddress): wait some seconds';
const closed = `the log of the bridge says why; ${tooOften}; ${proxied}`;

const advice: Readonly<Record<string, string>> = {
  ENOTFOUND: 'check the host name',
  EAI_AGAIN: 'check the host name and the DNS',
  ECONNREFUSED: 'nothing listens there: check host and port, and that the bridge is ready (/readyz)',
  EHOSTUNREACH: 'check the network between here and there',
  ENETUNREACH: 'check the network between here and there',
  ETIMEDOUT: 'a firewall may be in between',
  timeout: 'a firewall may be in between, or the endpoint hangs: look at its log',
  ECONNRESET: closed,
  EPIPE: closed,
  closed,
  'not-websocket': 'something else than this bridge may be at the URL',
  EPROTO: 'the port may not speak TLS, or no version from 1.2 up',
  CERT_HAS_EXPIRED: 'renew the certificate: the bridge takes over a new one without a restart',
  CERT_NOT_YET_VALID: 'check the clock here and the dates of the certificate',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'the certificate must name the host of the URL that NetBackup is given: connect by a name in it, or issue one with the name',
};

const chainCodes: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export function isAboutChain(code: string): boolean {
  return chainCodes.has(code);
}

/** @param hasCa whether there is a --ca-file */
export function chainAdvice(hasCa: boolean): string {
  const [trusted, mend] = hasCa
    ? ['in --ca-file', 'give the CA that NetBackup was given']
    : ['that this machine trusts', 'give --ca-file with the CA that NetBackup was given'];
  return `it is not signed by a CA ${trusted}, or the intermediates are missing: ${mend}, and let listen.tls.certFile hold the leaf and its intermediates`;
}

/** What servers say to a client certificate, or to the lack of one; before TLS 1.3 some say no more than that the handshake failed. */
const clientCertificate =
  /ALERT_(?:NO_|BAD_|UNSUPPORTED_)?(?:CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)/;

export function isAboutClientCertificate(code: string): boolean {
  return clientCertificate.test(code);
}

export function isClosed(code: string): boolean {
  return advice[code] === closed;
}

/** @param guessed whether it may be something else */
export function certificateAdvice(shown: boolean, guessed: boolean): string {
  const mend = shown
    ? 'the certificate in --cert-file has to be signed by a CA in listen.tls.clientCaFile, with its intermediates, valid now, and for clients (clientAuth)'
    : 'where the bridge asks for client certificates (listen.tls.clientCaFile), give one with --cert-file and --key-file';
  return guessed ? `the log of the bridge says why: ${mend}; ${tooOften}; ${proxied}` : mend;
}

export const tokenAdvice =
  'the token in --token-file has to be in the file `probe` of the bridge (credentials.tokenDirectory), as itself or as its hash; with listen.tls.clientNameIsPrimary the certificate in --cert-file has to carry the name `probe`';

/** Null where the words of the failure say it all. */
export function adviceFor(code: string): string | null {
  return advice[code] ?? (code.startsWith('ERR_SSL') ? (advice['EPROTO'] ?? null) : null);
}

export function adviceForStatus(status: number): string {
  if (status === 404) return 'check the path of the URL: it is listen.path of the bridge';
  if (status === 403) return 'the bridge, or something before it, does not let us in: look at its log';
  if (status === 503) return 'the bridge is about to stop, or a load balancer has no instance that is ready';
  return 'something else than this bridge may be at the URL, or before it';
}
