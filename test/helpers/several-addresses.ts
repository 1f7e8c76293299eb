import dns from 'node:dns';
import { onTestFinished, vi } from 'vitest';

/**
 * For the rest of the test every name has these addresses, in this order.
 * @returns resolves when one was looked up, and the first address of it was tried
 */
export function namesHave(...addresses: readonly string[]): Promise<void> {
  const { promise: tried, resolve } = Promise.withResolvers<void>();
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const lookup = (_host: string, _options: object, done: (error: null, all: object[]) => void) => {
    done(null, found);
    setImmediate(resolve);
  };
  vi.spyOn(dns, 'lookup').mockImplementation(lookup as unknown as typeof dns.lookup);
  onTestFinished(() => void vi.restoreAllMocks());
  return tried;
}
