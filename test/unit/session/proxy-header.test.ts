import { SocketAddress } from 'node:net';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseProxyHeader } from '../../../src/session/proxy-header.ts';
import { proxyV1, proxyV2 } from '../../helpers/proxy-header.ts';

const text = (line: string): Buffer => Buffer.from(line, 'latin1');
const tls = Buffer.from('160301', 'hex');

describe('version 1', () => {
  test.each([
    ['TCP4', 'PROXY TCP4 192.0.2.1 198.51.100.7 56324 8443\r\n', '192.0.2.1', 56_324],
    [
      'TCP4 at its longest',
      'PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n',
      '255.255.255.255',
      65_535,
    ],
    ['TCP6', 'PROXY TCP6 2001:DB8:0:0::1 2001:db8::2 1 0\r\n', '2001:db8::1', 1],
    ['TCP6 with an IPv4 address', 'PROXY TCP6 ::ffff:c000:201 ::1 1 2\r\n', '::ffff:192.0.2.1', 1],
    [
      'TCP6 at its longest',
      `PROXY TCP6 ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`,
      `${'ffff:'.repeat(7)}ffff`,
      65_535,
    ],
  ])('names the client: %s', (_what, line, remoteAddress, remotePort) => {
    const header = { bytes: line.length, client: { remoteAddress, remotePort } };
    expect(parseProxyHeader(text(line))).toEqual(header);
    expect(parseProxyHeader(Buffer.concat([text(line), tls]))).toEqual(header);
  });

  test.each([
    'PROXY UNKNOWN\r\n',
    'PROXY UNKNOWN whatever comes \xff\r\n',
    `PROXY UNKNOWN ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`,
  ])('names none where the balancer knows none: %j', (line) => {
    expect(parseProxyHeader(text(line))).toEqual({ bytes: line.length, client: null });
  });

  test.each([
    'PROXY \r\n',
    'PROXY TCP4\r\n',
    'PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n',
    'PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n',
    'PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n',
    'PROXY UNKNOWNS\r\n',
    'PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n',
    'PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n',
    'PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n',
    'PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n',
    'PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n',
    'PROXY TCP4 192.0.2.1 ::1 1 2\r\n',
    'PROXY TCP4 ::1 ::1 1 2\r\n',
    'PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n',
    'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n',
    'PROXY TCP6 1::2::3 ::1 1 2\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 1 99999\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n\r\n',
    'PROXY UNKNOWN \n\r\n',
  ])('is refused as %j', (line) => {
    expect(parseProxyHeader(text(line))).toBe('proxy-header-invalid');
  });

  test('is refused without its end in 107 bytes', () => {
    const line = `PROXY UNKNOWN ${'x'.repeat(200)}\r\n`;
    expect(parseProxyHeader(text(line.slice(0, 106)))).toBeNull();
    expect(parseProxyHeader(text(line.slice(0, 107)))).toBe('proxy-header-too-long');
    expect(parseProxyHeader(text(line))).toBe('proxy-header-too-long');
  });

  test('has no end in a single line feed or carriage return', () => {
    expect(parseProxyHeader(text('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n'))).toBeNull();
    expect(parseProxyHeader(text('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r'))).toBeNull();
  });
});

describe('version 2', () => {
  const tlvs = Buffer.from('0300040102030405000161', 'hex');

  test.each([
    ['TCP4', '192.0.2.1'],
    ['TCP6', '2001:db8::1'],
    ['TCP6 with an IPv4 address', '::ffff:192.0.2.1'],
  ])('names the client, whatever TLVs follow: %s', (_what, remoteAddress) => {
    for (const extra of [Buffer.alloc(0), tlvs, Buffer.from([0xff]), Buffer.alloc(400)]) {
      const sent = proxyV2({ remoteAddress, remotePort: 50_000 }, extra);
      const header = { bytes: sent.length, client: { remoteAddress, remotePort: 50_000 } };
      expect(parseProxyHeader(sent)).toEqual(header);
      expect(parseProxyHeader(Buffer.concat([sent, tls]))).toEqual(header);
    }
  });

  test.each([
    ['LOCAL without addresses', 0x20, 0x00, Buffer.alloc(0)],
    ['LOCAL with addresses', 0x20, 0x11, Buffer.alloc(12)],
    ['LOCAL of an unassigned family', 0x20, 0xff, Buffer.alloc(3)],
    ['PROXY without a family', 0x21, 0x00, Buffer.alloc(0)],
    ['PROXY without a family, with TLVs', 0x21, 0x00, tlvs],
  ])('names none: %s', (_what, command, transport, block) => {
    const sent = proxyV2({ command, transport, block });
    expect(parseProxyHeader(sent)).toEqual({ bytes: sent.length, client: null });
  });

  test.each([
    ['version 1', 0x11, 0x11, Buffer.alloc(12)],
    ['version 3', 0x31, 0x11, Buffer.alloc(12)],
    ['an unassigned command', 0x22, 0x11, Buffer.alloc(12)],
    ['UDP', 0x21, 0x12, Buffer.alloc(12)],
    ['UDP over IPv6', 0x21, 0x22, Buffer.alloc(36)],
    ['a UNIX socket', 0x21, 0x31, Buffer.alloc(216)],
    ['no transport', 0x21, 0x10, Buffer.alloc(12)],
    ['an unassigned family', 0x21, 0x41, Buffer.alloc(36)],
    ['too few bytes for IPv4', 0x21, 0x11, Buffer.alloc(11)],
    ['too few bytes for IPv6', 0x21, 0x21, Buffer.alloc(35)],
  ])('is refused with %s', (_what, command, transport, block) => {
    expect(parseProxyHeader(proxyV2({ command, transport, block }))).toBe('proxy-header-invalid');
  });

  test('is taken with TLVs up to 16 KiB, as a certificate takes, and refused when it announces more, before that has come', () => {
    const largest = proxyV2({ command: 0x21, transport: 0x11, block: Buffer.alloc(16_368) });
    expect(parseProxyHeader(largest)).toMatchObject({ bytes: 16_384 });
    const larger = proxyV2({ command: 0x21, transport: 0x11, block: Buffer.alloc(16_369) });
    expect(parseProxyHeader(larger.subarray(0, 16))).toBe('proxy-header-too-long');
  });
});

test.each([
  ['TLS', tls],
  ['HTTP', text('GET / HTTP/1.1\r\n')],
  ['the signature with another byte', Buffer.from('0d0a0d0a000d0a515549540b', 'hex')],
  ['another word', text('PROXX ')],
  ['a line feed', text('\n')],
])('%s is no header', (_what, bytes) => {
  expect(parseProxyHeader(bytes)).toBe('proxy-header-missing');
});

describe('any header', () => {
  const port = fc.integer({ min: 0, max: 65_535 });
  const client = fc.record({ remoteAddress: fc.oneof(fc.ipV4(), ipV6()), remotePort: port });
  const header = fc.oneof(
    client.map((of) => ({ sent: proxyV1(of), of })),
    fc
      .tuple(client, fc.uint8Array({ maxLength: 484 }))
      .map(([of, tlvs]) => ({ sent: proxyV2(of, tlvs), of })),
  );

  test('is read as it was written, and nothing behind it', () => {
    fc.assert(
      fc.property(header, fc.uint8Array(), ({ sent, of }, rest) => {
        expect(parseProxyHeader(Buffer.concat([sent, rest]))).toEqual({ bytes: sent.length, client: of });
      }),
    );
  });

  test('is waited for until its last byte', () => {
    fc.assert(
      fc.property(header, ({ sent }) => {
        for (let length = 0; length < sent.length; length++)
          expect(parseProxyHeader(sent.subarray(0, length))).toBeNull();
      }),
      { numRuns: 50 },
    );
  });
});

describe('any bytes', () => {
  const prefix = fc.constantFrom(
    Buffer.alloc(0),
    text('PROXY '),
    text('PROXY TCP4 '),
    text('PROXY UNKNOWN '),
    proxyV2({ command: 0x21, transport: 0x11, block: Buffer.alloc(0) }).subarray(0, 12),
    proxyV2({ command: 0x21, transport: 0x21, block: Buffer.alloc(0) }).subarray(0, 14),
  );
  const bytes = fc
    .tuple(prefix, fc.uint8Array({ maxLength: 700 }))
    .map(([start, rest]) => Buffer.concat([start, rest]));

  test('are a header within them, or none, and are judged within 536 bytes', () => {
    fc.assert(
      fc.property(bytes, (received) => {
        const header = parseProxyHeader(received);
        if (header === null) expect(received.length).toBeLessThan(536);
        else if (typeof header !== 'string') expect(header.bytes).toBeLessThanOrEqual(received.length);
      }),
      { numRuns: 2000 },
    );
  });

  test('that were judged are not judged otherwise with more behind them', () => {
    fc.assert(
      fc.property(bytes, fc.uint8Array(), (received, more) => {
        const header = parseProxyHeader(received);
        if (header !== null) expect(parseProxyHeader(Buffer.concat([received, more]))).toEqual(header);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Spelt as sockets spell it. */
function ipV6(): fc.Arbitrary<string> {
  return fc.ipV6().map((address) => new SocketAddress({ address, family: 'ipv6' }).address);
}
