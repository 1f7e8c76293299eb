import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Kafka, logLevel } from 'kafkajs';
import { expect, inject, onTestFinished, test } from 'vitest';
import { mainFile } from '../../tools/bridge-process.ts';
import type { RecordSchema } from '../../tools/schemas/versions.ts';
import {
  replaysTopicOf,
  stackFlags,
  startTestBridge,
  type TestBridge,
  type TestBridgeOptions,
} from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { connectKafkaAdmin } from '../helpers/kafka-admin.ts';
import { envelope, envelopeText, image, images, job, jobs, stampedAt } from '../helpers/messages.ts';
import { altered } from '../helpers/schema-evolution.ts';

interface Line {
  readonly primary: string | null;
  readonly messageId: string | null;
  readonly entryIndex: number | null;
  readonly reason: string | null;
  readonly outcome: string;
  readonly why?: string;
  readonly detail?: string;
  readonly to?: Readonly<Record<string, number>>;
  readonly deadLetters?: readonly string[];
}

/** A bridge that has answered these messages of its primaries. */
async function given(
  byPrimary: Readonly<Record<string, readonly (string | object)[]>>,
  options: TestBridgeOptions = {},
): Promise<TestBridge> {
  const bridge = await startTestBridge({ primaries: Object.keys(byPrimary), ...options });
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  for (const [name, messages] of Object.entries(byPrimary)) {
    await using primary = await bridge.connect(name);
    for (const message of messages) primary.send(message);
    await primary.answeredInAll(messages.length);
  }
  return bridge;
}

const tokensOf = ({ bridge }: TestBridge) => join(dirname(bridge.configFile), 'tokens');

/** What `replay` has to know of the stack and of the bridge's primaries. */
const flagsOf = (bridge: TestBridge) => [
  ...stackFlags(bridge.topics),
  '--credentials-token-directory',
  tokensOf(bridge),
];

async function replay(bridge: TestBridge, ...more: string[]) {
  const { exitCode, stdout, stderr } = await nbwssBridge(['replay', '--json', ...flagsOf(bridge), ...more], {
    timeoutMs: 50_000,
  });
  const lines = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  return { exitCode, lines, stderr };
}

/** Registers a version of the jobs' schema in which a status may be a text too, as the schemas' owner would. */
async function letStatusBeText({ topics }: TestBridge): Promise<number> {
  const url = `${inject('registryUrl')}/subjects/${topics.jobs}-value/versions`;
  const { schema } = (await (await fetch(`${url}/latest`)).json()) as { schema: string };
  const mended = altered('status', { type: ['null', 'int', 'string'] })(JSON.parse(schema) as RecordSchema);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(mended) }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { id: number }).id;
}

const wrong = { ...job, jobId: 7, status: 'partial' };
const nameOf = (value: Readonly<Record<string, unknown>> | null) =>
  `${String(value?.['primary'])} ${String(value?.['messageId'])} ${String(value?.['entryIndex'])}`;

test('an entry of the wrong type lands in its topic with its event name and value once the schema is mended, and only once', async () => {
  const bridge = await given({ primary1: [envelope([images(image), jobs(job, wrong)], { id: 'M1' })] });
  const before = await replay(bridge);
  expect(before).toMatchObject({
    exitCode: 65,
    lines: [{ messageId: 'M1', entryIndex: 2, outcome: 'not-sent', why: 'unwritable' }],
    stderr: '0 dead letter(s) sent, 0 sent before, 1 can not be sent (1 unwritable)\n',
  });
  expect(before.lines[0]?.detail).toBe('still wrong-type: status is "partial", which is no int');

  const schemaId = await letStatusBeText(bridge);
  const dry = await replay(bridge, '--dry-run');
  expect(dry).toMatchObject({
    exitCode: 0,
    lines: [{ outcome: 'would-send', to: { [bridge.topics.jobs]: 1 } }],
    stderr: '1 dead letter(s) would be sent, 0 sent before, 0 can not be sent\n',
  });
  await using admin = await connectKafkaAdmin();
  expect(await admin.count(replaysTopicOf(bridge.topics))).toBe(0);
  const unchanged = await bridge.read(3);
  expect(unchanged).toHaveLength(3);

  const startedAt = Date.now();
  expect(await replay(bridge)).toMatchObject({
    exitCode: 0,
    lines: [{ outcome: 'sent', to: { [bridge.topics.jobs]: 1 }, reason: 'wrong-type' }],
    stderr: '1 dead letter(s) sent, 0 sent before, 0 can not be sent\n',
  });
  const records = await bridge.read(4);
  expect(records).toHaveLength(4);
  const replayed = records.find(({ value }) => value?.['jobId'] === 7);
  const { jobId, clientName, status } = wrong;
  expect(replayed).toMatchObject({
    topic: bridge.topics.jobs,
    key: clientName,
    schemaId,
    value: { primary: 'primary1', messageId: 'M1', entryIndex: 2, jobId, clientName, status },
  });
  expect(replayed?.value).toMatchObject({
    notifiedAt: stampedAt * 1000,
    notificationType: 'INFO',
  });
  expect(replayed?.timestamp).toBeGreaterThan(startedAt - 60_000);

  expect(await replay(bridge)).toMatchObject({
    exitCode: 0,
    lines: [],
    stderr: '0 dead letter(s) sent, 1 sent before, 0 can not be sent\n',
  });
  expect(await bridge.read(4)).toHaveLength(4);
});

test('filters choose by reason, primary, client and time', async () => {
  const bridge = await given({
    east: [
      envelope([jobs(wrong, { jobId: 1 }), { ...jobs(job), object: 'VM' }], { id: 'E1' }),
      envelope([jobs({ ...wrong, clientName: 'client-b' })], { id: 'E2' }),
    ],
    west: [envelope([jobs(wrong)], { id: 'W1' })],
  });
  const all = ['E1/0', 'E1/1', 'E1/2', 'E2/0', 'W1/0'];
  const chosen = async (...filter: string[]) => {
    const { lines } = await replay(bridge, '--dry-run', ...filter);
    return lines.map(({ messageId, entryIndex }) => `${messageId}/${entryIndex}`).toSorted();
  };
  expect(await chosen()).toEqual(all);
  expect(await chosen('--reason', 'unknown-object', 'no-client-name')).toEqual(['E1/1', 'E1/2']);
  expect(await chosen('--primary', 'west')).toEqual(['W1/0']);
  expect(await chosen('--client', 'client-b')).toEqual(['E2/0']);
  expect(await chosen('--since', '10m', '--client', 'client-b', '--primary', 'west')).toEqual([]);
  const [, second] = (await bridge.read(5)).map(({ timestamp }) => timestamp).toSorted((a, b) => a - b);
  const at = new Date(second ?? 0).toISOString();
  const [since, until] = [await chosen('--since', at), await chosen('--until', at)];
  expect([...since, ...until].toSorted()).toEqual(all);
});

test('a record that is no dead letter of a bridge is told of, and does not end it', async () => {
  const bridge = await given({ primary1: [] });
  const kafka = new Kafka({ brokers: [...inject('bootstrapServers')], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  const strangers = [Buffer.from('{"no":"avro"}'), null, Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 2, 2])];
  await producer.send({
    topic: bridge.topics.deadLetters,
    messages: strangers.map((value) => ({ key: 'stranger', value })),
  });
  await producer.disconnect();
  const { exitCode, lines } = await replay(bridge);
  expect(exitCode).toBe(65);
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line).toMatchObject({ outcome: 'not-sent', why: 'unreadable' });
});

test('a dead letter whose raw bytes were cut is not sent', async () => {
  const note = 'x'.repeat(1_200_000);
  const bridge = await given({ primary1: [envelope([jobs({ ...job, note })], { id: 'M1' })] });
  expect(await replay(bridge)).toMatchObject({
    exitCode: 65,
    lines: [{ reason: 'too-large', outcome: 'not-sent', why: 'truncated' }],
  });
  expect(await bridge.read(1)).toHaveLength(1);
});

test('a whole frame is taken apart when the limit that it broke was raised; what it holds that can not be written is a dead letter of its own', async () => {
  const bridge = await given(
    {
      primary1: [
        envelope([images(image), jobs(wrong, job), images(image)], { id: 'M1' }),
        envelope([jobs(job), { object: 'JOB' }], { id: 'M2' }),
        envelope('nothing to read', { id: 'M3' }),
      ],
    },
    { settings: { limits: { maxEntries: 3 } } },
  );
  const outcomes = async (...more: string[]) => {
    const { exitCode, lines } = await replay(bridge, ...more);
    const byName = new Map(lines.map((line) => [`${line.messageId}/${line.entryIndex}`, line]));
    expect(exitCode).toBe(65);
    return byName;
  };
  const still = await outcomes('--limits-max-entries', '3');
  expect(still.get('M1/null')?.detail).toBe('too-many-entries: the message holds 4 entries, more than 3');

  const raised = await outcomes();
  expect(raised.get('M1/null')).toMatchObject({
    outcome: 'sent',
    to: { [bridge.topics.jobs]: 1, [bridge.topics.images]: 2 },
    deadLetters: ['wrong-type'],
  });
  expect(raised.get('M2/null')).toMatchObject({ reason: 'notification-unreadable', why: 'unwritable' });
  expect(raised.get('M3/null')).toMatchObject({ reason: 'no-notification', why: 'unwritable' });

  const ofMessage = (await bridge.read(8)).filter(
    ({ value }) => value?.['messageId'] === 'M1' && value['entryIndex'] !== null,
  );
  expect(ofMessage.map(({ topic, value }) => [topic, value?.['entryIndex']])).toEqual([
    [bridge.topics.deadLetters, 1],
    [bridge.topics.images, 0],
    [bridge.topics.images, 3],
    [bridge.topics.jobs, 2],
  ]);
  for (const { topic, value } of ofMessage) {
    if (topic === bridge.topics.deadLetters) continue;
    expect(value).toMatchObject({ notifiedAt: stampedAt * 1000, notificationType: 'INFO' });
  }
  const again = await outcomes();
  expect([...again.keys()].toSorted()).toEqual(['M1/1', 'M2/null', 'M3/null']);
});

test('what Kafka refuses again is told and not marked, so that it goes when the topic takes it', async () => {
  await using admin = await connectKafkaAdmin();
  const bridge = await given(
    { primary1: [envelope([jobs({ ...job, note: 'x'.repeat(60_000) })], { id: 'M1' })] },
    { prepare: ({ jobs: topic }) => admin.configure(topic, 'max.message.bytes', '50000') },
  );
  expect(await replay(bridge)).toMatchObject({
    exitCode: 65,
    lines: [{ outcome: 'not-sent', why: 'refused', detail: 'Kafka refuses the record: MESSAGE_TOO_LARGE' }],
  });
  await admin.configure(bridge.topics.jobs, 'max.message.bytes', '1000000');
  expect(await replay(bridge)).toMatchObject({ exitCode: 0, lines: [{ outcome: 'sent' }] });
  expect(await bridge.read(2)).toHaveLength(2);
});

/** `replay` as a process that can be told to stop, or killed. */
function startReplay(bridge: TestBridge, ...nodeFlags: string[]) {
  const args = [
    ...nodeFlags,
    '--disable-warning=TimeoutNegativeWarning',
    mainFile,
    'replay',
    ...flagsOf(bridge),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, ended: once(child, 'close'), stderr: text(child.stderr) };
}

/** In its process: kills it when it is about to write a mark to a socket. */
const killedAtMark = `
  import { Socket } from 'node:net';
  const write = Socket.prototype.write;
  Socket.prototype.write = function (bytes, ...more) {
    if (Buffer.isBuffer(bytes) && bytes.includes('{"sentAt":')) process.kill(process.pid, 'SIGKILL');
    return write.call(this, bytes, ...more);
  };`;

test('killed between the record and its mark, the next run sends a copy with the same event name, and loses nothing', async () => {
  const bridge = await given({ primary1: [envelope([jobs(wrong)], { id: 'M1' })] });
  await letStatusBeText(bridge);
  await using admin = await connectKafkaAdmin();
  const script = `data:text/javascript,${encodeURIComponent(killedAtMark)}`;
  const killed = startReplay(bridge, '--import', script);
  killed.child.stdout.resume();
  expect(await killed.ended).toEqual([null, 'SIGKILL']);
  expect(await admin.count(bridge.topics.jobs)).toBe(1);
  expect(await admin.count(replaysTopicOf(bridge.topics))).toBe(0);

  expect(await replay(bridge)).toMatchObject({ exitCode: 0, lines: [{ outcome: 'sent' }] });
  expect(await replay(bridge)).toMatchObject({ exitCode: 0, lines: [] });
  const copies = (await bridge.read(3)).filter(({ topic }) => topic === bridge.topics.jobs);
  expect(copies.map(({ value }) => nameOf(value))).toEqual(['primary1 M1 0', 'primary1 M1 0']);
});

test.each([
  ['Ctrl-C', 'by a signal'],
  ['a reader that has enough', 'because nobody reads stdout'],
] as const)(
  '%s stops it after what is under way, which is marked; the next run sends the rest, each once',
  async (what, why) => {
    const entries = Array.from({ length: 2_000 }, (_, n) => ({
      ...wrong,
      jobId: n,
      clientName: `client-${n}`,
    }));
    const bridge = await given({ primary1: [envelope([jobs(...entries)], { id: 'M1' })] });
    await letStatusBeText(bridge);
    const stopped = startReplay(bridge);
    await once(stopped.child.stdout, 'data');
    if (what === 'Ctrl-C') stopped.child.kill('SIGINT');
    else stopped.child.stdout.destroy();
    stopped.child.stdout.resume();
    expect(await stopped.ended).toEqual([1, null]);
    const told = await stopped.stderr;
    expect(told).toMatch(/\d+ dead letter\(s\)/);
    expect(told).toContain(`stopped ${why}: the same command again goes on`);

    const { exitCode, lines } = await replay(bridge);
    expect(exitCode).toBe(0);
    expect(lines.length).toBeLessThan(entries.length);
    const sent = (await bridge.read(4_000)).filter(({ topic }) => topic === bridge.topics.jobs);
    expect(sent).toHaveLength(entries.length);
    expect(new Set(sent.map(({ value }) => nameOf(value))).size).toBe(entries.length);
  },
);

test('without --json a line for a reader, in which nothing that a sender chose is a control character', async () => {
  const policyName = 'red\u001b[31m\nnext\u009b2J';
  const sent = envelopeText(`[{"object":"JOB","data":[${JSON.stringify({ ...job, jobId: policyName })}]}]`);
  const bridge = await given({ primary1: [sent] });
  const { exitCode, stdout } = await nbwssBridge(['replay', ...flagsOf(bridge)]);
  expect(exitCode).toBe(65);
  expect(stdout).toMatch(
    /^\S+dead-letters\[\d+\]@0 primary1 M1 0 wrong-type: not sent, unwritable: still wrong-type: jobId is /,
  );
  expect(stdout).toMatch(/^[^\p{Cc}]+\n$/u);
});

test('the topic of the marks is not there: exit 69, and how to create it', async () => {
  const bridge = await given({ primary1: [] });
  const { exitCode, stderr } = await replay(bridge, '--kafka-topics-replays', 'test-no-such-topic');
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(
    /^nbwss-bridge: the cluster has no topic test-no-such-topic, .*`nbwss-bridge topics create`/m,
  );
});

test('what says that it is of a primary without a token is told and not sent, unless the primary is named', async () => {
  const bridge = await given({
    east: [envelope([jobs(wrong)], { id: 'E1' })],
    west: [envelope([jobs(wrong)], { id: 'W1' })],
  });
  await letStatusBeText(bridge);
  await rm(join(tokensOf(bridge), 'west'));
  const without = await replay(bridge);
  expect(without).toMatchObject({
    exitCode: 65,
    lines: expect.arrayContaining([
      expect.objectContaining({ primary: 'east', outcome: 'sent' }),
      expect.objectContaining({ primary: 'west', outcome: 'not-sent', why: 'unknown-primary' }),
    ]),
    stderr: '1 dead letter(s) sent, 0 sent before, 1 can not be sent (1 unknown-primary)\n',
  });
  expect(without.lines.find(({ primary }) => primary === 'west')?.detail).toBe(
    'no primary of that name has a token: if it was one, and the letter is of the bridge, name it by --primary',
  );
  expect(await replay(bridge, '--primary', 'west')).toMatchObject({
    exitCode: 0,
    lines: [{ primary: 'west', outcome: 'sent' }],
  });
});

test('where it is not said which primaries there are, nothing is read: exit 78, and what to do', async () => {
  const { exitCode, stdout, stderr } = await nbwssBridge([
    'replay',
    '--kafka-brokers=127.0.0.1:1',
    '--registry-url=http://127.0.0.1:1',
  ]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: '' });
  expect(stderr).toMatch(
    /credentials\.tokenDirectory: is not set, .*: set it .*, or name those .* by --primary/,
  );
});
