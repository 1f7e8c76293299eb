/** Connections to names that have several addresses: real ones of the loopback network, some of which drop each SYN. */
import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectTcp } from '../../../src/outbound/connect.ts';
import { freePort } from '../../../tools/dev-stack/ports.ts';
import { namesHave } from '../../helpers/several-addresses.ts';
import { openSilentAddress } from '../../helpers/silent-address.ts';

async function serve(host: string, port: number): Promise<number> {
  const server = createServer((socket) => void socket.on('error', () => {}).resume());
  server.listen(port, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Which address was connected, or why none was. */
async function outcome(port: number, timeoutMs: number, signal?: AbortSignal): Promise<string> {
  try {
    const options = { host: 'several.test', port, timeoutMs };
    const socket = await connectTcp(signal === undefined ? options : { ...options, signal });
    onTestFinished(() => void socket.destroy());
    return `connected to ${socket.remoteAddress}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test('a first address that is silent for ever costs the second nothing but a moment', async () => {
  await using silent = await openSilentAddress('127.0.0.3');
  await serve('127.0.0.5', silent.port);
  void namesHave('127.0.0.3', '127.0.0.5');
  expect(await outcome(silent.port, 20_000)).toBe('connected to 127.0.0.5');
});

test('two silent addresses leave time for the third', async () => {
  await using first = await openSilentAddress('127.0.0.3');
  await using second = await openSilentAddress('127.0.0.4', first.port);
  await serve('127.0.0.5', second.port);
  void namesHave('127.0.0.3', '127.0.0.4', '127.0.0.5');
  expect(await outcome(first.port, 20_000)).toBe('connected to 127.0.0.5');
});

test('a first address that drops the first SYN and takes the next is connected', async () => {
  await using slow = await openSilentAddress('127.0.0.3');
  void namesHave('127.0.0.3', '::1');
  const connected = outcome(slow.port, 20_000);
  slow.accept();
  expect(await connected).toBe('connected to 127.0.0.3');
});

test('the time bounds all addresses together, and the message has each of them, the IPv6 ones in brackets', async () => {
  await using silent = await openSilentAddress('127.0.0.3');
  const { port } = silent;
  void namesHave('127.0.0.3', '::1', '127.0.0.5');
  expect(await outcome(port, 700)).toBe(
    `connect ETIMEDOUT 127.0.0.3:${port} (no answer in 700 ms); connect ECONNREFUSED [::1]:${port}; connect ECONNREFUSED 127.0.0.5:${port}`,
  );
});

test('addresses that all refuse are an error at once, by the code of the first', async () => {
  const port = await freePort();
  void namesHave('127.0.0.3', '::1');
  const failed = connectTcp({ host: 'several.test', port, timeoutMs: 20_000 });
  await expect(failed).rejects.toMatchObject({
    code: 'ECONNREFUSED',
    message: `connect ECONNREFUSED 127.0.0.3:${port}; connect ECONNREFUSED [::1]:${port}`,
  });
});

test('the families are tried in turn, the first one of the resolver first', async () => {
  const port = await freePort();
  void namesHave('127.0.0.3', '127.0.0.4', '127.0.0.5', '::1');
  expect(await outcome(port, 20_000)).toMatch(/127\.0\.0\.3:.*\[::1\]:.*127\.0\.0\.4:.*127\.0\.0\.5:/);
});

test('a name without an address is an error that names it', async () => {
  expect(await connectTcp({ host: 'none.invalid', port: 1, timeoutMs: 20_000 }).catch(String)).toMatch(
    /getaddrinfo E\w+ none\.invalid/,
  );
});

test('a resolver that says nothing is bounded too', async () => {
  vi.spyOn(dns, 'lookup').mockImplementation(() => {});
  onTestFinished(() => void vi.restoreAllMocks());
  expect(await outcome(1, 50)).toBe('getaddrinfo ETIMEDOUT several.test (no answer in 50 ms)');
});

test('what nobody waits for any more ends with its reason, and leaves no socket', async () => {
  await using silent = await openSilentAddress('127.0.0.3');
  void namesHave('127.0.0.3');
  const stop = new AbortController();
  const ended = outcome(silent.port, 20_000, stop.signal);
  stop.abort(new Error('given up'));
  expect(await ended).toBe('given up');
  expect(await outcome(silent.port, 20_000, stop.signal)).toBe('given up');
});
