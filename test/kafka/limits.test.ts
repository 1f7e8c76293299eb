/** Each limit on peers is the one that its setting says: the bridge gets small ones, and each is hit exactly there. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readiness, readMetrics, untilReadiness } from '../helpers/admin.ts';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { openPeer, openTcp, type Peer, writeWithoutEnd } from '../helpers/peer.ts';
import { connectRequest } from '../helpers/primary.ts';
import { readStatus } from '../helpers/status.ts';

const unauthenticated = {
  maxBytes: 2048,
  connectTimeoutMs: 2_000,
  maxConnections: 3,
  attemptsPerAddress: 30,
  attemptsWindowMs: 600_000,
};
const limits = {
  unauthenticated,
  maxPayloadBytes: 5_000,
  maxFragments: 4,
  maxConnections: 7,
  maxSessionsPerPrimary: 4,
  maxBadFrames: 3,
  maxUnreadAnswerBytes: 4_096,
};

let bridge: TestBridge;
let endpoint: { readonly url: string; readonly port: number };

beforeAll(async () => {
  bridge = await startTestBridge({
    primaries: ['primary1', 'primary2'],
    settings: { limits, session: { heartbeatIntervalMs: 1_000 } },
  });
  const { url } = bridge.bridge;
  endpoint = { url, port: Number(new URL(url).port) };
});
afterAll(() => bridge[Symbol.asyncDispose]());

const hits = async (limit: string) =>
  (await readMetrics(bridge.bridge.adminUrl)).value('nbwss_limit_hits_total', { limit }) ?? 0;

/** @returns once the limit was hit once more than before */
async function expectHit(limit: string, before: number): Promise<void> {
  await vi.waitFor(async () => expect(await hits(limit)).toBe(before + 1), { timeout: 15_000 });
}

const openStranger = (options = {}) => openPeer(endpoint, { ca: bridge.bridge.pki.ca, ...options });

async function openPrimary(options = {}, primary = 'primary1'): Promise<Peer> {
  const peer = await openStranger(options);
  peer.send(connectRequest(bridge.bridge.tokens[primary] ?? ''));
  expect(await peer.next()).toMatchObject({ type: 'CONNECT', payload: { valid: true } });
  return peer;
}

test('limits.maxPayloadBytes: so many bytes may be a message, and one more is not', async () => {
  await using peer = await openPrimary();
  const message = JSON.stringify({ version: '1.0', id: 'P', type: 'OTHER', subType: 'REQUEST' });
  peer.send(message.padEnd(limits.maxPayloadBytes));
  await peer.roundTrip();
  const before = await hits('payload');
  peer.send(message.padEnd(limits.maxPayloadBytes + 1));
  expect(await peer.closed()).toMatchObject({ code: 1009 });
  await expectHit('payload', before);
});

test('limits.maxFragments: a message may have so many, and one more closes', async () => {
  await using peer = await openPrimary();
  const before = await hits('fragments');
  for (let count = 1; count <= limits.maxFragments; count++) peer.socket.send(' ', { fin: false });
  await peer.roundTrip();
  peer.socket.send(' ', { fin: true });
  expect(await peer.closed()).toMatchObject({ code: 1008 });
  await expectHit('fragments', before);
});

test('limits.maxBadFrames: the last of so many in a row closes', async () => {
  await using peer = await openPrimary();
  const before = await hits('bad-frames');
  for (let count = 1; count < limits.maxBadFrames; count++) peer.send('not JSON');
  await peer.roundTrip();
  peer.send('not JSON');
  expect(await peer.closed()).toMatchObject({ code: 1007 });
  await expectHit('bad-frames', before);
});

test('limits.unauthenticated.maxBytes: a stranger may send so many, and more ends the connection', async () => {
  await using peer = await openStranger();
  const before = await hits('unauthenticated-bytes');
  peer.socket.send(' '.repeat(unauthenticated.maxBytes - 100), { fin: false });
  await peer.roundTrip();
  peer.socket.send(' '.repeat(100), { fin: false });
  await peer.closed();
  await expectHit('unauthenticated-bytes', before);
});

test('limits.unauthenticated.connectTimeoutMs: so long a stranger may stay, and no longer', async () => {
  await using peer = await openTcp(endpoint);
  const [before, opened] = [await hits('connect-time'), performance.now()];
  await peer.closed();
  expect(performance.now() - opened).toBeGreaterThan(unauthenticated.connectTimeoutMs - 200);
  await expectHit('connect-time', before);
});

test('limits.unauthenticated.maxConnections: one more stranger drives the oldest out', async () => {
  const before = await hits('unauthenticated-connections');
  await using oldest = await openTcp(endpoint);
  await using strangers = new AsyncDisposableStack();
  for (let count = 2; count <= unauthenticated.maxConnections; count++)
    strangers.use(await openTcp(endpoint));
  expect(await hits('unauthenticated-connections')).toBe(before);
  strangers.use(await openTcp(endpoint));
  await oldest.closed();
  await expectHit('unauthenticated-connections', before);
});

test('limits.maxSessionsPerPrimary: so many, one more is refused, and another primary gets in', async () => {
  const before = await hits('sessions-per-primary');
  await using open = new AsyncDisposableStack();
  for (let count = 1; count <= limits.maxSessionsPerPrimary; count++) open.use(await openPrimary());
  expect(await hits('sessions-per-primary')).toBe(before);
  await using more = open.use(await openStranger());
  more.send(connectRequest(bridge.bridge.tokens['primary1'] ?? ''));
  expect(await more.closed()).toEqual({ code: 1008, reason: 'too many sessions' });
  await expectHit('sessions-per-primary', before);
  open.use(await openPrimary({}, 'primary2'));
  const { primaries } = await readStatus(bridge.bridge.adminUrl);
  expect(primaries.map(({ name, sessions, maxSessions }) => [name, sessions, maxSessions])).toEqual([
    ['primary1', 4, 4],
    ['primary2', 1, 4],
  ]);
});

test('limits.maxConnections: so many at once, and one more is dropped; meanwhile it is not ready', async () => {
  const { adminUrl } = bridge.bridge;
  const before = await hits('connections');
  await using open = new AsyncDisposableStack();
  await untilReadiness(adminUrl, (seen) => expect(seen?.status).toBe(200));
  for (let count = 1; count <= limits.maxConnections; count++)
    open.use(await openPrimary({}, count <= limits.maxSessionsPerPrimary ? 'primary1' : 'primary2'));
  expect(await hits('connections')).toBe(before);
  await using more = await openTcp(endpoint);
  await more.closed();
  await expectHit('connections', before);
  expect(await readiness(adminUrl)).toMatchObject({
    status: 503,
    checks: { connections: 'all 7 connections are in use (limits.maxConnections): one more is dropped' },
  });
  expect((await readStatus(adminUrl)).connections).toEqual({
    authenticated: 7,
    unauthenticated: 0,
    open: 7,
    max: 7,
  });
  const metrics = await readMetrics(adminUrl);
  expect(['open', 'max'].map((name) => metrics.value(`nbwss_${name}_connections`))).toEqual([7, 7]);
  await open.disposeAsync();
  await untilReadiness(adminUrl, (seen) => expect(seen?.status).toBe(200));
});

test('limits.unauthenticated.attemptsPerAddress: so many, and one more is dropped', async () => {
  const from = '127.0.0.77';
  const knock = async () => {
    const socket = connect({ ...endpoint, host: '127.0.0.1', localAddress: from });
    socket.on('error', () => undefined);
    // What sends nothing is a health check, and no attempt.
    socket.end('no TLS').resume();
    await once(socket, 'close');
  };
  const before = await hits('attempts-per-address');
  for (let count = 1; count <= unauthenticated.attemptsPerAddress; count++) await knock();
  await using elsewhere = await openPrimary();
  await elsewhere.roundTrip();
  expect(await hits('attempts-per-address')).toBe(before);
  await knock();
  await expectHit('attempts-per-address', before);
});

test('limits.maxUnreadAnswerBytes: a peer that reads none of its answers is ended', async () => {
  await using peer = await openPrimary();
  const before = await hits('unread-answers');
  peer.tls.pause();
  const empty = JSON.stringify({
    version: '1.0',
    id: 'A'.repeat(128),
    type: 'NOTIFICATION',
    subType: 'REQUEST',
    payload: [],
  });
  const head = Buffer.from([0x81, 0xfe, empty.length >> 8, empty.length & 0xff, 0, 0, 0, 0]);
  writeWithoutEnd(peer.tls, Buffer.concat([head, Buffer.from(empty)]));
  await expectHit('unread-answers', before);
});

test('session.heartbeatIntervalMs: a peer that answers no ping is ended after the second', async () => {
  await using peer = await openPrimary({ autoPong: false });
  const before = await hits('heartbeat');
  await peer.closed();
  await expectHit('heartbeat', before);
});

test('limits that do not go together are a line of the log at the start', async () => {
  const lines = await bridge.bridge.log();
  expect(lines.find((line) => line['event.action'] === 'limits-doubtful')).toMatchObject({
    'log.level': 'warn',
    'nbwss.setting': 'limits.maxConnections',
    'event.reason': expect.stringMatching(/^7 are too few for 2 primaries .* Raise it to 11,/),
  });
});
