import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Whether a browser may be asking for somebody else's page: one whose name was made to lead here (DNS rebinding) asks with that
 * name in its Host. Nobody else can make an address, "localhost" or a name without a dot lead where it doesn't.
 * @param names under which the endpoint is reached besides
 */
export function isForeignHost({ headers }: IncomingMessage, names: readonly string[]): boolean {
  if (headers.host === undefined) return false;
  const host = URL.parse(`http://${headers.host}`)?.hostname;
  if (host === undefined) return true;
  const isAddress = isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0;
  const isLocal = !host.includes('.') || host.endsWith('.localhost');
  return !isAddress && !isLocal && !names.includes(host);
}

/** Every browser sends an Origin with a POST (Fetch Standard, 3.2), also with one of the same site; command lines send neither. */
export function isFromBrowser({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
}
