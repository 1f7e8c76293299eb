import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createGate } from '../../../src/session/gate.ts';

test('health checks are no attempts up to a bound for each address, and up to another for all addresses together', () => {
  const limits = {
    maxConnections: 10,
    connectTimeoutMs: 60_000,
    attemptsPerAddress: 1,
    attemptsWindowMs: 3_600_000,
  };
  const gate = createGate(limits, () => {});
  /** How many connections of an address may come and end in silence, before it has used up its attempt. */
  const checksOf = (address: string): number => {
    for (let count = 0; ; count++) {
      const socket = new Socket();
      if (!gate.enter(socket, address, () => {})) return count;
      expect(gate.endedSilent(socket)).toBe(true);
    }
  };
  // Fifty for each, and the attempt itself.
  expect(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map(checksOf)).toEqual([51, 51, 51, 51]);
  expect(checksOf('192.0.2.5')).toBe(1);
});
