/** Connections of a balancer that looks whether the port is there: they send nothing of their own. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { startBalancer } from '../helpers/balancer.ts';
import { connectRequest, expectService, openPeer, openTcp, openTls } from '../helpers/peer.ts';
import { proxyV2 } from '../helpers/proxy-header.ts';
import { pki } from '../helpers/simulation.ts';
import { startTerminator, type Terminator } from '../helpers/terminator.ts';

/** The production's numbers, in a window that no test outlasts. */
const gate = { maxConnections: 50, attemptsPerAddress: 10, attemptsWindowMs: 3_600_000 };
/** More than in the two seconds of an `inter 2s`, from three balancers, at 20 a second. */
const checks = 60;
const local = proxyV2({ command: 0x20, transport: 0, block: Buffer.alloc(0) });

type Check = 'tcp, FIN' | 'tcp, RST' | 'tls, close_notify' | 'tls, FIN' | 'tls, RST';
const all: readonly Check[] = ['tcp, FIN', 'tcp, RST', 'tls, close_notify', 'tls, FIN', 'tls, RST'];

/** @param header what the balancer sends first @param tls the version of TLS, for those with a handshake */
async function check(
  { port }: Terminator,
  kind: Check,
  header?: Buffer,
  tls: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3',
): Promise<void> {
  const raw = connect({ port, host: '127.0.0.1', noDelay: true });
  raw.on('error', () => {});
  await once(raw, 'connect');
  if (header !== undefined) await new Promise((resolve) => raw.write(header, resolve));
  if (kind.startsWith('tcp')) end(raw, kind);
  else {
    const secured = connectTls({
      socket: raw,
      servername: 'localhost',
      ca: pki.ca,
      minVersion: tls,
      maxVersion: tls,
    });
    secured.on('error', () => {});
    // In TLS 1.3 the last of the client's handshake is out for certain when the server's tickets are here.
    await once(secured.resume(), tls === 'TLSv1.3' ? 'session' : 'secureConnect');
    if (kind === 'tls, close_notify') secured.end();
    else end(raw, kind);
  }
  if (!raw.closed) await once(raw, 'close');
}

function end(raw: Socket, kind: Check): void {
  if (kind.endsWith('RST')) raw.resetAndDestroy();
  else raw.end().resume();
}

describe.each([
  ['without the PROXY protocol', false],
  ['with LOCAL before them', true],
])('health checks %s', (_what, proxyProtocol) => {
  const header = proxyProtocol ? local : undefined;

  test.each(all)('use up no attempt, and are no failed handshake: %s', async (kind) => {
    await using terminator = await startTerminator({ gate, proxyProtocol });
    await using balancer = await startBalancer(terminator, header ?? Buffer.alloc(0));
    const primaries: Promise<void>[] = [];
    for (let n = 0; n < checks; n++) {
      await check(terminator, kind, header, n % 2 === 0 ? 'TLSv1.3' : 'TLSv1.2');
      if (n % 20 === 0) primaries.push(expectService(balancer));
    }
    await Promise.all(primaries);
    await expectService(balancer);
    await terminator.event('healthChecked', checks);
    expect(terminator.told('healthChecked')).toEqual(
      Array.from({ length: checks }, () => [kind.slice(0, 3), expect.any(String)]),
    );
    expect(terminator.told('handshakeFailed')).toEqual([]);
    expect(terminator.told('serverLimitHit')).toEqual([]);
  });
});

test('a balancer that connects and leaves without its header makes a health check too', async () => {
  await using terminator = await startTerminator({ gate, proxyProtocol: true });
  for (const kind of ['tcp, FIN', 'tcp, RST'] as const) await check(terminator, kind);
  await terminator.event('healthChecked', 2);
  expect(terminator.told('proxyRefused')).toEqual([]);
});

test('what is held counts as an attempt, and as an unauthenticated connection', async () => {
  await using terminator = await startTerminator({ gate });
  await using peers = new AsyncDisposableStack();
  for (let n = 0; n < 10; n++) peers.use(n % 2 === 0 ? await openTcp(terminator) : await openTls(terminator));
  await using eleventh = await openTcp(terminator);
  await eleventh.closed();
  expect(terminator.told('serverLimitHit')).toEqual([['attempts-per-address', '127.0.0.1']]);
  await peers.disposeAsync();
  await expectService(terminator);
});

test('there is a bound: fifty times as many as attempts, and then they are attempts', async () => {
  await using terminator = await startTerminator({ gate: { ...gate, attemptsPerAddress: 2 } });
  for (let n = 0; n < 102; n++) await check(terminator, 'tcp, FIN');
  await using one = await openTcp(terminator);
  await one.closed();
  expect(terminator.told('serverLimitHit')).toEqual([['attempts-per-address', '127.0.0.1']]);
  await expectService(terminator, { localAddress: '127.0.0.2' });
});

test.each([
  [
    'the beginning of a handshake',
    async (terminator: Terminator) => {
      await using peer = await openTcp(terminator);
      // A ClientHello without its end.
      peer.socket.end(Buffer.from('1603010200010001fc0303', 'hex'));
      await peer.closed();
    },
  ],
  [
    'the beginning of a request',
    async (terminator: Terminator) => {
      await using peer = await openTls(terminator);
      peer.socket.end('GET /nbwss HT');
      await peer.closed();
    },
  ],
])('a connection that sent %s is a failed handshake and an attempt', async (_what, attempt) => {
  await using terminator = await startTerminator({ gate: { ...gate, attemptsPerAddress: 2 } });
  for (let n = 0; n < 2; n++) await attempt(terminator);
  await terminator.event('handshakeFailed', 2);
  await using third = await openTcp(terminator);
  await third.closed();
  expect(terminator.told('serverLimitHit')).toEqual([['attempts-per-address', '127.0.0.1']]);
  expect(terminator.told('healthChecked')).toEqual([]);
});

test('a client that does not trust the certificate is a failed handshake, once', async () => {
  await using terminator = await startTerminator({ gate });
  const socket = connectTls({ port: terminator.port, host: '127.0.0.1', minVersion: 'TLSv1.3' });
  await once(socket, 'error');
  expect(await terminator.event('handshakeFailed')).toEqual([
    expect.any(String),
    expect.stringMatching(/^127\.0\.0\.1:\d+$/),
  ]);
  await using peer = await openPeer(terminator);
  peer.send(connectRequest());
  expect(await peer.next()).toMatchObject({ payload: { valid: true } });
  expect(terminator.told('handshakeFailed')).toHaveLength(1);
  expect(terminator.told('healthChecked')).toEqual([]);
});

test('the stop of the bridge makes no health checks', async () => {
  const terminator = await startTerminator({ gate });
  await using silent = await openTcp(terminator);
  await using secured = await openTls(terminator);
  await terminator[Symbol.asyncDispose]();
  await Promise.all([silent.closed(), secured.closed()]);
  expect(terminator.told('healthChecked')).toEqual([]);
});
