import { connect, type Socket } from 'node:net';

import { describe, expect, test } from 'vitest';

import {
  connectRequest,
  expectService,
  frame,
  notification,
  openPeer,
  openPrimary,
  openTcp,
  openTls,
  type Peer,
  writeWithoutEnd,
} from '../helpers/peer.ts';
import { startTerminator, type Terminator, type TerminatorOptions } from '../helpers/terminator.ts';

const opcode = { continuation: 0, text: 1, ping: 9 };

/** The production's defaults before authentication. */
const gate = { maxConnections: 50, attemptsPerAddress: 10, attemptsWindowMs: 10_000 };
/** Nothing of what the abusers do may take longer for a primary in good order, in ms. */
const boundMs = 5_000;

/** What an abuser holds; it goes on until the end of the test. */
type Abuse = (terminator: Terminator, held: AsyncDisposableStack) => Promise<void>;

/** Addresses of a range, each of which stays within its attempts. */
const addressOf = (n: number): string => `127.1.${Math.floor(n / 2000)}.${(Math.floor(n / 8) % 250) + 1}`;

async function inParallel(count: number, one: (n: number) => Promise<unknown>): Promise<void> {
  const next = Array.from({ length: count }, (_, n) => n).values();
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      for (const n of next) await one(n);
    }),
  );
}

/** A TCP connection that is cut off whenever the bridge likes, and comes again at once. */
function insist(
  terminator: Terminator,
  held: AsyncDisposableStack,
  localAddress: string,
  begin: (socket: Socket) => void,
): void {
  let socket: Socket;
  let ended = false;
  const open = (): void => {
    if (ended) return;
    socket = connect({ port: terminator.port, host: '127.0.0.1', localAddress });
    socket.on('error', () => undefined);
    socket.once('connect', () => begin(socket));
    socket.once('close', () => setImmediate(open));
    socket.resume();
  };
  open();
  held.defer(() => {
    ended = true;
    socket.destroy();
  });
}

const strangers: readonly (readonly [string, Abuse])[] = [
  [
    'a thousand silent TCP connections',
    (terminator, held) => inParallel(1000, async (n) => held.use(await openTcp(terminator, addressOf(n)))),
  ],
  [
    'a thousand TLS handshakes that stop half-way',
    (terminator, held) =>
      inParallel(1000, async (n) => {
        const peer = held.use(await openTcp(terminator, addressOf(n)));
        peer.socket.write(Buffer.from('1603010200010001fc0303', 'hex'));
      }),
  ],
  [
    'TLS connections that send no request',
    (terminator, held) =>
      inParallel(200, async (n) => {
        const peer = await openTls(terminator, { localAddress: addressOf(n) } as object).catch(() => null);
        if (peer !== null) held.use(peer);
      }),
  ],
  [
    'headers that come byte by byte',
    (terminator, held) =>
      inParallel(200, async (n) => {
        const peer = await openTls(terminator, { localAddress: addressOf(n) } as object).catch(() => null);
        if (peer === null) return;
        held.use(peer);
        peer.socket.write('GET /nbwss HTTP/1.1\r\nX: ');
        const drip = setInterval(() => peer.socket.write('x'), 20);
        peer.socket.once('close', () => clearInterval(drip));
      }),
  ],
  [
    'WebSockets that send no CONNECT',
    (terminator, held) =>
      inParallel(200, async (n) => {
        const peer = await openPeer(terminator, { localAddress: addressOf(n) }).catch(() => null);
        if (peer !== null) held.use(peer);
      }),
  ],
  [
    'CONNECTs with tokens that are wrong',
    (terminator, held) =>
      inParallel(300, async (n) => {
        const peer = await openPeer(terminator, { localAddress: addressOf(n) }).catch(() => null);
        if (peer === null) return;
        held.use(peer);
        peer.send(connectRequest({ token: `guess ${n}` }));
      }),
  ],
  [
    'one address that comes again and again',
    async (terminator, held) => {
      for (let n = 0; n < 20; n++) insist(terminator, held, '127.1.0.1', () => undefined);
      await terminator.event('serverLimitHit', 100);
    },
  ],
  [
    'handshakes from everywhere that are broken off',
    async (terminator, held) => {
      for (let n = 0; n < 200; n++)
        insist(terminator, held, addressOf(8 * n), (socket) => socket.end(Buffer.from('160301', 'hex')));
      await terminator.event('serverLimitHit', 100);
    },
  ],
];

const authenticated: readonly (readonly [string, (peer: Peer) => void])[] = [
  ['a flood of pings', (peer) => writeWithoutEnd(peer.tls, many(5000, frame(opcode.ping, Buffer.alloc(0))))],
  [
    'a flood of pings whose pongs are not read',
    (peer) => {
      peer.tls.pause();
      writeWithoutEnd(peer.tls, many(1000, frame(opcode.ping, Buffer.alloc(125))));
    },
  ],
  [
    'messages whose answers are not read',
    (peer) => {
      peer.tls.pause();
      writeWithoutEnd(peer.tls, many(200, textFrame(notification('N'.repeat(1000), []))));
    },
  ],
  [
    'a flood of fragments',
    (peer) => {
      peer.tls.write(frame(opcode.text, Buffer.from('{'), { fin: false }));
      writeWithoutEnd(peer.tls, many(5000, frame(opcode.continuation, Buffer.from(' '), { fin: false })));
    },
  ],
  ['messages that are no JSON', (peer) => writeWithoutEnd(peer.tls, many(1000, textFrame('hello')))],
  [
    'messages nested by the ten thousand',
    (peer) =>
      writeWithoutEnd(
        peer.tls,
        many(10, textFrame(`{"id":"N","payload":${'['.repeat(10_000)}${']'.repeat(10_000)}}`)),
      ),
  ],
  ['CONNECT again and again', (peer) => writeWithoutEnd(peer.tls, many(1000, textFrame(connectRequest())))],
  ['frames of random bytes', (peer) => writeWithoutEnd(peer.tls, Buffer.alloc(64 * 1024, 0xc3))],
  ['an open connection that is never read again', (peer) => void peer.tls.pause()],
];

describe.each(strangers)('while strangers bring %s', (_what, abuse) => {
  test('a good primary gets in and is answered, and a session that is there notices nothing', async () => {
    await expectGoodService({ gate }, abuse, 'stranger');
  });
});

describe.each(authenticated)('while a primary sends %s', (_what, send) => {
  test('another gets in and is answered, and a session that is there notices nothing', async () => {
    const abuse: Abuse = async (terminator, held) => {
      for (let n = 0; n < 3; n++)
        send(held.use(await openPrimary(terminator, 'primary1', { autoPong: false })));
    };
    await expectGoodService({ limits: { heartbeatIntervalMs: 500 } }, abuse, 'primary');
  });
});

test('half-open connections end by the heartbeat, and leave nothing behind', async () => {
  await using terminator = await startTerminator({
    limits: { heartbeatIntervalMs: 100, heartbeatMisses: 2 },
  });
  await using held = new AsyncDisposableStack();
  for (let n = 0; n < 20; n++) {
    const peer = held.use(await openPrimary(terminator, 'primary1', { autoPong: false }));
    peer.tls.pause();
  }
  await expectService(terminator);
  await terminator.event('closed', 21);
  expect(terminator.told('limitHit')).toHaveLength(20);
  expect(terminator.listener.sessions.size).toBe(0);
});

async function expectGoodService(
  options: TerminatorOptions,
  abuse: Abuse,
  by: 'stranger' | 'primary',
): Promise<void> {
  await using terminator = await startTerminator(options);
  await using there = await openPrimary(terminator, 'primary2', { localAddress: '127.0.0.2' });
  await using held = new AsyncDisposableStack();
  let answered = 0;
  const roundOf = async (): Promise<void> => {
    there.send(notification(`THERE-${++answered}`));
    expect(await there.next()).toMatchObject({ id: `THERE-${answered}` });
    await there.roundTrip();
  };
  await roundOf();

  const abusing = abuse(terminator, held);
  const over = new AbortController();
  void abusing.catch(() => undefined).then(() => over.abort());
  for (let n = 0; n < 5 || !over.signal.aborted; n++) {
    const begun = performance.now();
    await expectService(terminator, { localAddress: `127.0.0.${3 + (n % 200)}` });
    await roundOf();
    expect(performance.now() - begun).toBeLessThan(boundMs);
  }
  await abusing;
  await expectService(terminator, { localAddress: '127.0.0.250' });
  await roundOf();
  if (by === 'stranger')
    expect(terminator.delivered.every(({ primary }) => primary === 'primary2')).toBe(true);
  expect(terminator.told('closed').filter(([primary]) => primary === 'primary2')).not.toContainEqual([
    'primary2',
    expect.any(String),
    expect.any(Number),
    true,
  ]);
}

function textFrame(message: string | object): Buffer {
  return frame(opcode.text, Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)));
}

function many(count: number, bytes: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => bytes));
}
