import { isIPv4, isIPv6 } from 'node:net';
import { canonicalIPv6 } from './peer.ts';

/**
 * The header of the PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt of 2020/03/05): what a load balancer says of
 * a connection before it hands on the client's bytes. Numbers in comments are its sections.
 */

/** A header, whole and valid. */
export interface ProxyHeader {
  /** Its length: what follows is the client's. */
  readonly bytes: number;
  /** The client, or null where the balancer speaks for itself or doesn't know (LOCAL, UNKNOWN, UNSPEC). */
  readonly client: ProxiedClient | null;
}

export interface ProxiedClient {
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** Why it is none (stable codes: metrics, logs). */
export type ProxyHeaderFault = 'proxy-header-missing' | 'proxy-header-invalid' | 'proxy-header-too-long';

/** 2.1: the longest line, with its CRLF. */
const v1MaxBytes = 107;
const v1Prefix = Buffer.from('PROXY ');
const v1Line =
  /^PROXY (?:UNKNOWN(?: [^\r\n]*)?|(TCP[46]) ([\d.A-Fa-f:]+) ([\d.A-Fa-f:]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4}))$/;

/**
 * 2: one with addresses alone fits the smallest segment that every host takes (536 bytes); TLVs of a balancer that ends TLS may hold a client's
 * whole certificate (2.2.6). HAProxy, whose protocol it is, writes no header beyond its buffer (`tune.bufsize`).
 */
export const v2MaxBytes = 16_384;
const v2Signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const v2FixedBytes = 16;
const v2Command = { local: 0x20, proxy: 0x21 } as const;
/** Family and transport. Datagrams and UNIX sockets carry no wss client: like what is unassigned they are refused. */
const v2Transport = { unspecified: 0x00, tcp4: 0x11, tcp6: 0x21 } as const;

/** @returns null while more bytes are needed: what is there begins a header */
export function parseProxyHeader(received: Buffer): ProxyHeader | ProxyHeaderFault | null {
  if (beginsLike(received, v2Signature)) return parseV2(received);
  if (beginsLike(received, v1Prefix)) return parseV1(received);
  return 'proxy-header-missing';
}

function beginsLike(received: Buffer, prefix: Buffer): boolean {
  const length = Math.min(received.length, prefix.length);
  return received.compare(prefix, 0, length, 0, length) === 0;
}

function parseV1(received: Buffer): ProxyHeader | ProxyHeaderFault | null {
  const end = received.subarray(0, v1MaxBytes).indexOf('\r\n');
  if (end < 0) return received.length < v1MaxBytes ? null : 'proxy-header-too-long';
  const match = v1Line.exec(received.toString('latin1', 0, end));
  if (match === null) return 'proxy-header-invalid';
  const [, family, source = '', destination = '', sourcePort, destinationPort] = match;
  const bytes = end + '\r\n'.length;
  if (family === undefined) return { bytes, client: null };
  const isAddress = family === 'TCP4' ? isIPv4 : isIPv6;
  const valid =
    isAddress(source) &&
    isAddress(destination) &&
    Number(sourcePort) <= 65_535 &&
    Number(destinationPort) <= 65_535;
  if (!valid) return 'proxy-header-invalid';
  const remoteAddress = family === 'TCP4' ? source : canonicalIPv6(source);
  return { bytes, client: { remoteAddress, remotePort: Number(sourcePort) } };
}

function parseV2(received: Buffer): ProxyHeader | ProxyHeaderFault | null {
  if (received.length < v2FixedBytes) return null;
  const [command, transport] = received.subarray(v2Signature.length);
  const length = received.readUInt16BE(v2Signature.length + 2);
  const bytes = v2FixedBytes + length;
  if (command !== v2Command.local && command !== v2Command.proxy) return 'proxy-header-invalid';
  if (bytes > v2MaxBytes) return 'proxy-header-too-long';
  if (received.length < bytes) return null;
  if (command === v2Command.local || transport === v2Transport.unspecified) return { bytes, client: null };
  const client = readAddresses(received.subarray(v2FixedBytes, bytes), transport);
  return client === null ? 'proxy-header-invalid' : { bytes, client };
}

/** Source, destination, source port, destination port; then TLVs, which are passed over. */
function readAddresses(block: Buffer, transport: number | undefined): ProxiedClient | null {
  const size = transport === v2Transport.tcp4 ? 4 : transport === v2Transport.tcp6 ? 16 : null;
  if (size === null || block.length < 2 * size + 4) return null;
  const source = block.subarray(0, size);
  const remotePort = block.readUInt16BE(2 * size);
  if (size === 4) return { remoteAddress: source.join('.'), remotePort };
  const groups = Array.from({ length: 8 }, (_, n) => source.readUInt16BE(2 * n).toString(16));
  return { remoteAddress: canonicalIPv6(groups.join(':')), remotePort };
}
