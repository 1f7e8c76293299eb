import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { printable } from '../../src/printable.ts';
import { breakInside } from '../helpers/broken-inside.ts';
import { connectKafkaAdmin } from '../helpers/kafka-admin.ts';
import { envelope, image, images, job, jobs } from '../helpers/messages.ts';
import { connectPrimary, type TestPrimary } from '../helpers/primary.ts';
import { nearMisses, requestWith, type RudePeer, sayInFrames, sayOverTls } from '../helpers/rude-peer.ts';
import { tracesIn } from '../helpers/secret-traces.ts';

/** A mark for everything that a primary sends in a payload, as text, as a name, and where it is wrong. */
const mark = `Zq7${randomBytes(9).toString('base64url')}`;
const marked = { ...job, clientName: `client-${mark}`, policyName: mark, [`${mark}Field`]: mark };
const wrongToken = `${randomUUID()}-not-the-token-of-anybody`;

/** An id that a peer may choose: longer than any of NetBackup's, and with characters that a terminal obeys. */
const oddId = `\u001b[2J\u009b31m\u202e\u2028${'x'.repeat(100)}`;

/** By what is told of them in this test's output. */
const secrets: Record<string, string> = { 'a payload': mark, 'a wrong token': wrongToken };
let log: string;
let lines: readonly Readonly<Record<string, unknown>>[];
/** What the bridge answers to HTTP requests and to frames. */
const answers: string[] = [];

const settings = {
  log: { level: 'trace' },
  limits: {
    maxEntries: 100,
    maxDepth: 20,
    maxPayloadBytes: 200_000,
    unauthenticated: { attemptsPerAddress: 1000 },
  },
  records: { cloudEvents: true },
  reload: { pollIntervalMs: 600_000 },
};

/** Every kind of peer and message, accepted and refused, at the most talkative level, from start to stop. */
beforeAll(async () => {
  // The Kafka client has variables of its own, with which it tells what it sends.
  for (const name of ['', 'EXTENDED_']) vi.stubEnv(`KAFKAJS_DEBUG_${name}PROTOCOL_BUFFERS`, '1');
  vi.stubEnv('KAFKAJS_LOG_LEVEL', 'DEBUG');
  await using bridge = await startTestBridge({ settings, primaries: ['primary1', 'primary2'] });
  vi.unstubAllEnvs();
  const { url, pki, tokens } = bridge.bridge;
  for (const [primary, token] of Object.entries(tokens)) secrets[`the token of ${primary}`] = token;
  secrets['the private key'] = pki.key.split('\n')[1] ?? '';
  await strangers({ url, ca: pki.ca }, tokens['primary1'] ?? '');
  await using primary = await bridge.connect();
  await messages(bridge, primary);
  await brokenReloads(bridge);
  for (const path of ['/metrics', '/readyz?verbose', '/readyz', '/livez', '/status', '/', `/${mark}`])
    answers.push(await (await fetch(`${bridge.bridge.adminUrl}${path}`)).text());
  const token = tokens['primary1'];
  primary.send({ version: '1.0', id: 'C2', type: 'CONNECT', subType: 'REQUEST', payload: { token } });
  expect(await primary.closed).toMatchObject({ code: 1008 });
  expect(await bridge.bridge.stop()).toBe('exit code 0');
  log = await readFile(bridge.bridge.process.logFile, 'utf8');
  lines = await bridge.bridge.log();
});

async function strangers(peer: RudePeer, token: string): Promise<void> {
  await expect(connectPrimary(peer.url, wrongToken, peer.ca)).rejects.toThrow('refused');
  for (const frame of nearMisses(token)) answers.push(await sayInFrames(peer, [frame]));
  const cut = Buffer.from(JSON.stringify({ token, mark }));
  for (const text of [token, mark]) {
    // A peer that closes is told its own reason again (RFC 6455, 5.5.1).
    await sayInFrames(peer, [], (socket) => socket.close(4001, text));
    answers.push(
      await sayOverTls(peer, requestWith(text, '/nbwss')),
      await sayOverTls(peer, requestWith(text, `/${text}`)),
      await sayOverTls(peer, `${text} ${text}\r\n${text}\r\n\r\n`),
      await sayInFrames(peer, [], (socket) => {
        socket.ping(text);
        socket.send(`{"${text}":`, { fin: false });
        socket.terminate();
      }),
      await sayInFrames(peer, [Buffer.concat([Buffer.from([0xff]), Buffer.from(text)])]),
      await sayInFrames(peer, [text.repeat(1000)]),
      await sayInFrames(peer, [cut.subarray(0, 20)]),
    );
  }
}

async function messages(bridge: TestBridge, primary: TestPrimary): Promise<void> {
  await using admin = await connectKafkaAdmin();
  await admin.configure(bridge.topics.jobs, 'max.message.bytes', '20000');
  const payloads: unknown[] = [
    [jobs(marked), images({ ...image, clientName: mark, backupId: mark })],
    [
      jobs(
        { ...marked, jobId: mark },
        mark,
        [mark],
        { [mark]: mark },
        { ...marked, clientName: { [mark]: 1 } },
      ),
    ],
    [{ object: mark, data: [marked] }, jobs(marked)],
    [jobs({ ...marked, clientName: mark.repeat(1000) })],
    [jobs({ ...marked, note: mark.repeat(5000) }, marked)],
    [jobs(...Array.from({ length: 101 }, () => marked))],
    [mark],
    { [mark]: mark },
  ];
  const sent = payloads.map((payload) => envelope(payload, { id: randomUUID() }));
  for (const message of [...sent, ...sent]) primary.send(message);
  primary.send(envelope([jobs({ ...marked, jobId: 2 })], { id: sent[0]?.id, version: mark }));
  primary.send(envelope([jobs(marked)], { id: oddId }));
  primary.send(`{"${mark}": not JSON`);
  primary.send({ [mark]: mark, type: mark });
  await primary.answeredInAll(2 * sent.length + 2);
  await bridge.read(19);
  const notUtf8 = Buffer.concat([Buffer.from([0xff]), Buffer.from(mark)]);
  for (const [frame, code] of [
    [envelope([jobs({ note: mark.repeat(20_000) })]), 1009],
    [notUtf8, 1007],
  ] as const) {
    await using other = await bridge.connect('primary2');
    other.send(frame);
    expect(await other.closed).toMatchObject({ code });
  }
}

/** Files as somebody might spoil them, each with a part of a secret. */
async function brokenReloads({ bridge }: TestBridge): Promise<void> {
  const file = (name: string) => join(dirname(bridge.configFile), name);
  const token = bridge.tokens['primary1'] ?? '';
  const spoilt = [
    [file('tokens/primary2'), `sha256:${token}\n`],
    [file('tokens/primary2'), `${token}\n`],
    [file('tls/tls.key'), bridge.pki.key.slice(0, 200)],
    [file('tls/tls.crt'), bridge.pki.key],
  ] as const;
  for (const [index, [path, content]] of spoilt.entries()) {
    const before = readFileSync(path);
    writeFileSync(path, content);
    bridge.process.signal('SIGHUP');
    const failures = async () =>
      (await bridge.log()).filter(({ message }) => String(message).startsWith('reload failed'));
    await vi.waitFor(async () => expect((await failures()).length).toBeGreaterThan(index), 20_000);
    writeFileSync(path, before);
  }
}

test('every line is JSON with a level, a time and a message', () => {
  expect(lines.length).toBeGreaterThan(20);
  expect(lines).toHaveLength(log.trimEnd().split('\n').length);
  for (const line of lines)
    expect(line).toMatchObject({
      'log.level': expect.stringMatching(/^(?:trace|debug|info|warn|error)$/),
      '@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      message: expect.stringMatching(/\S/),
      'service.name': 'nbwss-bridge',
    });
});

test('the log tells what happened: sessions, refusals, resends, dead letters, failed reloads', () => {
  const told = new Set(lines.map(({ message }) => String(message).replace(/: .*/, '')));
  for (const msg of [
    'session opened',
    'session refused',
    'message delivered',
    'resend coalesced',
    'dead letters committed',
    'batch refused by the broker',
    'limit reached',
    'reload failed',
    'session closed',
    'stopped',
  ])
    expect(told).toContain(msg);
  // The client's own lines are there, without what went over the wire.
  expect(lines.some((line) => line['log.logger'] === 'Connection')).toBe(true);
});

test('nothing of a payload, a token or a key is in any line, whole or in part, however written', () => {
  expect(tracesIn(log, secrets)).toEqual([]);
});

test('nothing of them is in what the bridge shows: metrics, readiness, status, answers and reasons', () => {
  expect(answers.length).toBeGreaterThan(30);
  expect(answers.join('\n')).toContain('nbwss_dead_letters_total');
  const { 'a payload': payload, ...others } = secrets;
  // A peer that sends its token as the id of a CONNECT gets that id back: nobody else sees it.
  const shown = answers.filter((answer) => !answer.includes('"type":"CONNECT"')).join('\n');
  expect(tracesIn(shown, { ...others, payload: payload ?? '' })).toEqual([]);
});

test('of a message its id is told, cut, and without what could command a terminal or end a line', () => {
  const id = printable(JSON.stringify(`${oddId.slice(0, 64)}…`));
  const told = log.split('\n').filter((line) => line.includes(id));
  expect(told).toEqual([expect.stringContaining('message delivered')]);
  expect(log).not.toContain('x'.repeat(65));
  expect(log.replaceAll('\n', '')).toMatch(/^[^\p{Cc}\u2028\u202e]*$/u);
});

test('start, opening and closing of sessions, refusals, reloads and the drain are audit lines', () => {
  const audit = lines.filter((line) => line['event.kind'] === 'audit');
  const told = new Set(audit.map(({ message }) => String(message).replace(/: .*/, '')));
  for (const msg of [
    'starting',
    'schema in use',
    'session opened',
    'session refused',
    'session closed',
    'reload failed',
    'draining',
    'stopped',
  ])
    expect(told).toContain(msg);
  expect(lines[0]).toMatchObject({
    'event.action': 'bridge-starting',
    'nbwss.config_hash': expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  const reasons = new Set(audit.map((line) => line['event.reason']));
  for (const reason of ['bad-token', 'not-connect', 'second-connect']) expect(reasons).toContain(reason);
  const refused = audit.filter(({ message }) => message === 'session refused');
  for (const line of refused)
    expect(line).toMatchObject({ 'client.address': '127.0.0.1', 'client.port': expect.any(Number) });
});

test('a fault inside tells where it is and not what it was about, and a crash neither', async () => {
  vi.stubEnv('NODE_OPTIONS', breakInside);
  await using bridge = await startTestBridge({ settings });
  vi.unstubAllEnvs();
  await using primary = await bridge.connect();
  primary.send(envelope([jobs({ ...marked, policyName: `fault-while-encoding ${mark}` })]));
  await vi.waitFor(async () =>
    expect(await bridge.bridge.log()).toContainEqual(
      expect.objectContaining({
        'log.level': 'error',
        message: 'message not delivered: it is not answered',
        'event.reason': 'unexpected TypeError',
        'error.stack_trace': expect.stringMatching(/^ {4}at .*\n[^]*src\/encode\//),
      }),
    ),
  );
  primary.send(`fault-while-decoding ${mark}`);
  expect(await bridge.bridge.process.ended).toBe('exit code 70');
  const told = await bridge.bridge.log();
  expect(told.at(-1)).toMatchObject({
    'log.level': 'fatal',
    message: 'a bug: exiting',
    'event.reason': 'unexpected RangeError',
  });
  const all = await readFile(bridge.bridge.process.logFile, 'utf8');
  expect(all.trimEnd().split('\n')).toHaveLength(told.length);
  expect(tracesIn(all, { mark })).toEqual([]);
});
