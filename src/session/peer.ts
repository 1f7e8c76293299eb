import { isIPv6, type Socket, SocketAddress } from 'node:net';

/** Where a peer is: as its TCP connection has it, or as a proxy names it. */
export type Remote = Pick<Socket, 'remoteAddress' | 'remotePort'>;

/** An IPv4 address as such, also where the listener listens on IPv6 too; empty where the peer is gone already. */
export function addressOf(address = ''): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/, '');
}

/** The peer's address and port, for people. */
export function remoteOf({ remoteAddress, remotePort = 0 }: Remote): string {
  const address = addressOf(remoteAddress);
  return address.includes(':') ? `[${address}]:${remotePort}` : `${address}:${remotePort}`;
}

/** Both ends of a connection: with the listener's port, what identifies it. */
export function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

/** A valid IPv6 address in the one spelling in which sockets have it too, without its zone. */
export function canonicalIPv6(address: string): string {
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

/**
 * Whom an address counts for: an IPv4 address for itself, an IPv6 address for its /64, in which one host can have as many
 * as it likes (RFC 4291, 2.5.1).
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const canonical = addressOf(canonicalIPv6(address));
  if (!isIPv6(canonical)) return canonical;
  const [head = [], tail = []] = canonical.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}::/64`;
}
