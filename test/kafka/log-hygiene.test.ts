import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { startTestBridge } from '../helpers/bridge.ts';
import { connectKafkaAdmin } from '../helpers/kafka-admin.ts';
import { envelope, image, images, job, jobs } from '../helpers/messages.ts';
import { connectPrimary } from '../helpers/primary.ts';

/** A mark for everything that a primary sends in a payload, as text, as a name, and where it is wrong. */
const mark = 'Zq7mark';
const marked = {
  ...job,
  clientName: `client-${mark}`,
  policyName: mark,
  [`${mark}Field`]: mark,
};
const wrongToken = `${mark}-not-the-token-of-anybody`;
/** Any so many characters in a row of a token count as a part of it. */
const partLength = 8;

let log: string;
let lines: readonly Readonly<Record<string, unknown>>[];
let token: string;

/** Every kind of message, accepted and refused, at the most talkative level, from start to stop. */
beforeAll(async () => {
  await using bridge = await startTestBridge({
    settings: {
      log: { level: 'trace' },
      limits: { maxEntries: 100, maxDepth: 20 },
      records: { cloudEvents: true },
    },
  });
  token = bridge.bridge.tokens['primary1'] ?? '';
  const { url, pki } = bridge.bridge;
  await expect(connectPrimary(url, wrongToken, pki.ca)).rejects.toThrow('refused');
  await using admin = await connectKafkaAdmin();
  await admin.configure(bridge.topics.jobs, 'max.message.bytes', '20000');

  await using primary = await bridge.connect();
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
  const messages = payloads.map((payload) => envelope(payload, { id: randomUUID() }));
  for (const message of [...messages, ...messages]) primary.send(message);
  primary.send(envelope([jobs({ ...marked, jobId: 2 })], { id: messages[0]?.id, version: mark }));
  primary.send(`{"${mark}": not JSON`);
  primary.send({ [mark]: mark, type: mark });
  await primary.answeredInAll(2 * messages.length + 1);
  await bridge.read(18);
  primary.send({ version: '1.0', id: 'C2', type: 'CONNECT', subType: 'REQUEST', payload: { token } });
  expect(await primary.closed).toMatchObject({ code: 1008 });
  expect(await bridge.bridge.stop()).toBe('exit code 0');
  log = await readFile(bridge.bridge.process.logFile, 'utf8');
  lines = await bridge.bridge.log();
});

test('every line is JSON with a level, a time and a message', () => {
  expect(lines.length).toBeGreaterThan(20);
  expect(lines).toHaveLength(log.trimEnd().split('\n').length);
  for (const line of lines)
    expect(line).toMatchObject({
      level: expect.stringMatching(/^(?:trace|debug|info|warn|error)$/),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      msg: expect.stringMatching(/\S/),
    });
});

test('the log tells what happened: sessions, refusals, resends, dead letters', () => {
  const told = new Set(lines.map(({ msg }) => msg));
  for (const msg of [
    'session opened',
    'session refused',
    'message delivered',
    'resend coalesced',
    'dead letters committed',
    'batch refused by the broker',
    'session closed',
    'stopped',
  ])
    expect(told).toContain(msg);
});

test('nothing of a payload is in it', () => {
  expect(log).not.toContain(mark);
});

test('no token is in it, sent or configured, and no part of one', () => {
  for (const secret of [token, wrongToken]) {
    for (let start = 0; start + partLength <= secret.length; start++)
      expect(log).not.toContain(secret.slice(start, start + partLength));
  }
});

test('start, opening and closing of sessions, refusals and the drain are audit lines', () => {
  const audit = lines.filter((line) => line['event.kind'] === 'audit').map(({ msg }) => msg);
  expect(new Set(audit)).toEqual(
    new Set(['starting', 'session opened', 'session refused', 'session closed', 'draining']),
  );
  expect(lines[0]).toMatchObject({ msg: 'starting', configHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
});
