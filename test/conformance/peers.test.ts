import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { goldenSamples } from '../helpers/golden.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';
import { connectRequest } from '../helpers/primary.ts';
import { type PeerOptions, type PeerProcess, startPeer } from './peer-process.ts';
import { javaPeer, type PeerProgram, pythonPeer } from './peer-programs.ts';

const MiB = 1024 * 1024;
const heartbeat = { intervalMs: 400, misses: 3 };
const peers = [
  { primary: 'java', client: "the JDK's java.net.http.WebSocket", prepare: javaPeer },
  { primary: 'python', client: "Python's websockets", prepare: pythonPeer },
] as const;
type Primary = (typeof peers)[number]['primary'];

const settings = {
  // Peers come one after the other from one address, faster than primaries would.
  limits: { unauthenticated: { attemptsPerAddress: 1000 } },
  session: { heartbeatIntervalMs: heartbeat.intervalMs, heartbeatMisses: heartbeat.misses },
};

const running = new AsyncDisposableStack();
const programs = new Map<Primary, PeerProgram>();
let bridge: TestBridge;

beforeAll(async () => {
  for (const { primary, prepare } of peers) programs.set(primary, running.use(await prepare()));
  bridge = running.use(await startTestBridge({ primaries: ['java', 'python'], settings }));
});
afterAll(() => running.disposeAsync());

function openPeer(primary: Primary, to: TestBridge, options: Pick<PeerOptions, 'tls'>): Promise<PeerProcess> {
  const program = programs.get(primary);
  if (program === undefined) throw new Error(`there is no program for ${primary}`);
  return startPeer(program, { url: to.bridge.url, ca: to.bridge.pki.ca, ...options });
}

/** A peer that was let in. */
async function connectPeer(
  primary: Primary,
  to: TestBridge,
  options: Pick<PeerOptions, 'tls'> = {},
): Promise<PeerProcess> {
  const peer = await openPeer(primary, to, options);
  const { id, ...request } = connectRequest(to.bridge.tokens[primary] ?? '');
  await peer.send({ id, ...request });
  expect(await peer.answer()).toMatchObject({
    id,
    type: 'CONNECT',
    subType: 'RESPONSE',
    payload: { valid: true },
  });
  return peer;
}

const failures = ({ events }: PeerProcess) => events.filter(({ event }) => event === 'error');

describe.each(peers)('$primary: $client', ({ primary }) => {
  const connect = (options?: Pick<PeerOptions, 'tls'>) => connectPeer(primary, bridge, options);

  /** The values of its records. */
  async function recordsOf(atLeast: number) {
    const records = await bridge.read(atLeast);
    return records.flatMap(({ value }) => (value?.['primary'] === primary ? [value] : []));
  }

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s it is let in, and closes with 1000', async (tls) => {
    await using peer = await connect({ tls });
    peer.close(1000);
    expect(await peer.told('close')).toBe('1000');
    expect(failures(peer)).toEqual([]);
  });

  test('with another token it is told valid: false, and closed with 1008', async () => {
    await using peer = await openPeer(primary, bridge, {});
    const request = connectRequest('not the token');
    await peer.send(request);
    expect(await peer.answer()).toMatchObject({ id: request.id, payload: { valid: false } });
    expect(await peer.told('close')).toBe('1008');
  });

  test('every documented message, sent in one go, is answered under its id and in Kafka', async () => {
    await using peer = await connect();
    for (const { frame } of goldenSamples) await peer.send(frame.toString());
    const answers = [];
    for (const place of goldenSamples.keys()) answers.push(await peer.answer(place + 2));
    expect(new Set(answers.map(({ id }) => id))).toEqual(new Set(goldenSamples.map(({ id }) => id)));
    for (const answer of answers)
      expect(answer).toMatchObject({ type: 'NOTIFICATION', subType: 'RESPONSE', payload: [] });

    const records = await recordsOf(goldenSamples.flatMap(({ golden }) => golden).length);
    for (const { id, golden } of goldenSamples)
      expect(records.filter(({ messageId }) => messageId === id)).toHaveLength(golden.length);
  });

  test('a message of several MiB, in hundreds of fragments and with text beyond ASCII, is answered and whole in Kafka', async () => {
    await using peer = await connect();
    const id = randomUUID();
    const policyName = 'Täglich 毎日 🗓';
    const note = '🗄é'.repeat(150);
    const entries = Array.from({ length: 4000 }, (_, jobId) => ({ ...job, jobId, policyName, note }));
    const message = JSON.stringify(envelope([jobs(...entries)], { id }));
    expect(Buffer.byteLength(message)).toBeGreaterThan(4 * MiB);
    await peer.send(message, 8000);
    expect(await peer.answer(2)).toMatchObject({ id, subType: 'RESPONSE' });

    const records = (await recordsOf(entries.length)).filter(({ messageId }) => messageId === id);
    expect(records.map(({ entryIndex }) => entryIndex).sort(ascending)).toEqual([...entries.keys()]);
    for (const record of records)
      expect(record).toMatchObject({ policyName, extra: { note: JSON.stringify(note) } });
  });

  test('its ping is answered by a pong with the same payload', async () => {
    await using peer = await connect();
    peer.ping('keep-alive-1');
    expect(await peer.told('pong')).toBe('keep-alive-1');
    peer.ping('keep-alive-2');
    expect(await peer.told('pong', 2)).toBe('keep-alive-2');
  });

  test('by its pongs alone it stays for longer than the heartbeat leaves to a silent peer', async () => {
    await using peer = await connect();
    await peer.told('ping', heartbeat.misses + 2);
    await peer.send(envelope([], { id: 'STILL-HERE' }));
    expect(await peer.answer(2)).toMatchObject({ id: 'STILL-HERE' });
  });
});

test('a drain closes each of them with 1001, in which they see no error', async () => {
  await using draining = await startTestBridge({ primaries: ['java', 'python'] });
  await using java = await connectPeer('java', draining);
  await using python = await connectPeer('python', draining);
  const ended = draining.bridge.stop();
  for (const peer of [java, python]) {
    expect(await peer.told('close')).toBe('1001');
    expect(failures(peer)).toEqual([]);
  }
  expect(await ended).toBe('exit code 0');
  const log = await draining.bridge.log();
  for (const primary of ['java', 'python'])
    expect(log).toContainEqual(
      expect.objectContaining({
        'event.action': 'session-closed',
        'nbwss.primary': primary,
        'nbwss.close_code': 1001,
        'nbwss.initiator': 'bridge',
      }),
    );
});

const ascending = (a: unknown, b: unknown): number => Number(a) - Number(b);
