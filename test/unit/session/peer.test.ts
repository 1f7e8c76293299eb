import { expect, test } from 'vitest';

import { addressOf, networkOf, remoteOf } from '../../../src/session/peer.ts';

test.each([
  ['192.0.2.1', '192.0.2.1', '192.0.2.1:50000'],
  ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.1:50000'],
  ['2001:db8::1', '2001:db8::1', '[2001:db8::1]:50000'],
  ['fe80::1%eth0', 'fe80::1%eth0', '[fe80::1%eth0]:50000'],
])('shows the peer %s as %s, and with its port as %s', (remoteAddress, address, remote) => {
  expect(addressOf(remoteAddress)).toBe(address);
  expect(remoteOf({ remoteAddress, remotePort: 50_000 })).toBe(remote);
});

test('shows a peer that is gone already as nothing', () => {
  expect(addressOf(undefined)).toBe('');
  expect(remoteOf({ remoteAddress: undefined, remotePort: undefined })).toBe(':0');
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:ffff::1', '2001:db8:0:0::/64'],
  ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
])('counts %s for %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
