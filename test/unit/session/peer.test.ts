import { expect, test } from 'vitest';

import { addressOf, remoteOf } from '../../../src/session/peer.ts';

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
