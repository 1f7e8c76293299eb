import type { Socket } from 'node:net';

/** An IPv4 address as such, also where the listener listens on IPv6 too; empty where the peer is gone already. */
export function addressOf(address = ''): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/, '');
}

/** The peer's address and port, for people. */
export function remoteOf({
  remoteAddress,
  remotePort = 0,
}: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  const address = addressOf(remoteAddress);
  return address.includes(':') ? `[${address}]:${remotePort}` : `${address}:${remotePort}`;
}

/** Both ends of a connection: with the listener's port, what identifies it. */
export function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
