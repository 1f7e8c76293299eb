/** Amazon's tokens for MSK, taken apart, and AWS's Signature Version 4 by the words of its documentation: a yardstick that shares no code with a signer. */
import { createHash, createHmac } from 'node:crypto';

export interface SignedRequest {
  readonly host: string;
  /** By name, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What was signed. */
  readonly canonicalRequest: string;
}

/** Parameters that are not signed: the signature itself, and what signers put behind it. */
const unsigned: readonly string[] = ['X-Amz-Signature', 'User-Agent'];

export function readToken(token: string): SignedRequest {
  const url = new URL(Buffer.from(token, 'base64url').toString());
  const parameters = Object.fromEntries(url.searchParams);
  const query = Object.keys(parameters)
    .filter((name) => !unsigned.includes(name))
    .sort()
    .map((name) => `${encode(name)}=${encode(parameters[name] ?? '')}`)
    .join('&');
  const canonicalRequest = ['GET', '/', query, `host:${url.host}`, '', 'host', sha256('')].join('\n');
  return { host: url.host, parameters, canonicalRequest };
}

/** The signature that the request has to have, in hexadecimal. */
export function signatureOf({ parameters, canonicalRequest }: SignedRequest, secretKey: string): string {
  const [, ...scope] = (parameters['X-Amz-Credential'] ?? '').split('/');
  const text = ['AWS4-HMAC-SHA256', parameters['X-Amz-Date'], scope.join('/'), sha256(canonicalRequest)].join(
    '\n',
  );
  const key = scope.reduce<Buffer | string>((above, part) => hmac(above, part), `AWS4${secretKey}`);
  return hmac(key, text).toString('hex');
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
