/** Headers of the PROXY protocol, as a balancer writes them. */
import { isIPv4 } from 'node:net';

export interface Client {
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** Version 2 down to its bytes: also what no balancer writes. */
export interface RawHeader {
  readonly command: number;
  readonly transport: number;
  readonly block: Uint8Array;
}

export function proxyV1({ remoteAddress, remotePort }: Client): Buffer {
  const [family, destination] = isIPv4(remoteAddress) ? ['TCP4', '192.0.2.200'] : ['TCP6', '2001:db8::c8'];
  return Buffer.from(`PROXY ${family} ${remoteAddress} ${destination} ${remotePort} 8443\r\n`);
}

/** @param tlvs bytes behind the addresses */
export function proxyV2(of: Client | RawHeader, tlvs: Uint8Array = Buffer.alloc(0)): Buffer {
  const { command, transport, block } = 'block' in of ? of : blockOf(of, tlvs);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(block.length);
  return Buffer.concat([
    Buffer.from('\r\n\r\n\0\r\nQUIT\n'),
    Buffer.from([command, transport]),
    length,
    block,
  ]);
}

function blockOf({ remoteAddress, remotePort }: Client, tlvs: Uint8Array): RawHeader {
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(remotePort);
  ports.writeUInt16BE(8443, 2);
  const source = isIPv4(remoteAddress)
    ? Buffer.from(remoteAddress.split('.').map(Number))
    : bytesOfIPv6(remoteAddress);
  const block = Buffer.concat([source, Buffer.alloc(source.length), ports, tlvs]);
  return { command: 0x21, transport: source.length === 4 ? 0x11 : 0x21, block };
}

function bytesOfIPv6(address: string): Buffer {
  const hexadecimal = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...parts: string[]) => {
    const [a, b, c, d] = parts.slice(0, 4).map((part) => Number(part).toString(16).padStart(2, '0'));
    return `${a}${b}:${c}${d}`;
  });
  const [head = [], tail = []] = hexadecimal.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return Buffer.from([...head, ...zeros, ...tail].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
