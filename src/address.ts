import { isIP } from 'node:net';

/** Where something listens. */
export interface Address {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** `host:port` for people and for configurations: an IPv6 address stands in brackets (RFC 3986, 3.2.2). */
export function addressText({ host, port }: Address): string {
  return `${bracketed(host)}:${port}`;
}

/** The host as it stands in a URL. */
export function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** The reverse of addressText. @param text one that the settings took */
export function addressOf(text: string): Address {
  const colon = text.lastIndexOf(':');
  return { host: withoutBrackets(text.slice(0, colon)), port: Number(text.slice(colon + 1)) };
}

/** The host of a URL as sockets want it. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
