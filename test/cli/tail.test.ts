import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { mainFile } from '../../tools/bridge-process.ts';
import { stackFlags, startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { connectKafkaAdmin } from '../helpers/kafka-admin.ts';
import { goldenSamples } from '../helpers/golden.ts';
import { envelope, envelopeText, image, images, job, jobs } from '../helpers/messages.ts';

const total = goldenSamples.reduce((sum, { golden }) => sum + golden.length, 0);
const unwritable = '{"jobId": "none",  "clientName":"c"}';

let bridge: TestBridge;
let flags: readonly string[];

beforeAll(async () => {
  bridge = await startTestBridge();
  flags = stackFlags(bridge.topics);
  await using primary = await bridge.connect();
  for (const { frame } of goldenSamples) primary.send(frame);
  primary.send(envelopeText(`[{"object":"JOB","data":[${unwritable}]}]`));
  await primary.answeredInAll(goldenSamples.length + 1);
});
afterAll(() => bridge[Symbol.asyncDispose]());

/** Every record that is there, as an independent reader sees it, by place. */
async function places(): Promise<Map<string, Readonly<Record<string, unknown>> | null>> {
  const records = await bridge.read(total + 1);
  return new Map(
    records.map(({ topic, partition, offset, value }) => [`${topic}/${partition}/${offset}`, value]),
  );
}

interface Line {
  readonly timestamp: number;
  readonly schemaId: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

const linesOf = (stdout: string) => stdout.trimEnd().split('\n');
const fromBeginning = (...more: string[]) => nbwssBridge(['tail', '--from-beginning', ...more, ...flags]);

test('--json --from-beginning --max n prints n records as JSON lines, as they are in Kafka', async () => {
  const { exitCode, stdout, stderr } = await fromBeginning('--json', '--max', String(total + 1));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const lines = linesOf(stdout).map((line) => JSON.parse(line) as Line);
  const expected = await places();
  expect(lines).toHaveLength(expected.size);
  for (const { topic, partition, offset, key, value } of lines) {
    const { raw, ...fields } = expected.get(`${topic}/${partition}/${offset}`) ?? {};
    expect(value).toMatchObject(fields);
    if (raw !== undefined) expect(value['raw']).toBe(unwritable);
    expect(key).toBe(fields['clientName'] ?? 'c');
  }
});

test('--from-beginning alone reads to the present end, and each line has the time, headers and schema id of the record', async () => {
  const { exitCode, stdout, stderr } = await fromBeginning('--json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const lines = linesOf(stdout).map((line) => JSON.parse(line) as Line);
  const expected = (await bridge.read(total + 1)).map((record) => ({ ...record, value: undefined }));
  const seen = lines.map((line) => ({ ...line, offset: Number(line.offset), value: undefined }));
  expect(new Set(seen)).toEqual(new Set(expected));
});

test.each([
  ['--client', 'c', 'images', 'no-such-client'],
  ['--primary', 'primary1', 'no-such-primary'],
])('%s prints the records of these names only, and ends', async (option, ...names) => {
  const { exitCode, stdout } = await fromBeginning('--json', option, ...names);
  expect(exitCode).toBe(0);
  const expected = [...(await places()).values()].filter((value) =>
    option === '--client' ? value?.['reason'] === 'wrong-type' : value?.['primary'] === 'primary1',
  );
  expect(linesOf(stdout)).toHaveLength(expected.length);
  const nothing = await fromBeginning('--json', option, 'nobody');
  expect(nothing).toEqual({ exitCode: 0, stdout: '', stderr: '' });
});

test('--since prints the records of that time and later, and ends', async () => {
  await using primary = await bridge.connect();
  const now = Math.floor(Date.now() / 1000);
  for (const hours of [1, 3, 0]) {
    const clientName = 'since-client';
    const entry = jobs({ ...job, jobId: 8000 + hours, clientName });
    primary.send({ ...envelope([entry], { id: `since-${hours}` }), timeStamp: now - hours * 3_600 });
    await primary.answered(`since-${hours}`);
  }
  const jobIds = async (since: string) => {
    const options = ['--json', '--client', 'since-client', '--topic', 'jobs', '--since', since];
    const { exitCode, stdout } = await nbwssBridge(['tail', ...options, ...flags]);
    expect(exitCode).toBe(0);
    return stdout === '' ? [] : linesOf(stdout).map((line) => (JSON.parse(line) as Line).value['jobId']);
  };
  expect(await jobIds('4h')).toEqual([8001, 8003, 8000]);
  expect(await jobIds('2h')).toEqual([8001, 8000]);
  expect(await jobIds(new Date((now - 60) * 1000).toISOString())).toEqual([8000]);
  expect(await jobIds(new Date((now + 86_400) * 1000).toISOString())).toEqual([]);
});

test('--max stops after that many', async () => {
  const { exitCode, stdout } = await fromBeginning('--json', '--max', '2');
  expect(exitCode).toBe(0);
  expect(linesOf(stdout)).toHaveLength(2);
});

test.each([
  ['jobs', 'jobs'],
  ['images', 'images'],
  ['dead-letters', 'deadLetters'],
] as const)('--topic %s prints that topic only', async (kind, name) => {
  const { exitCode, stdout } = await fromBeginning('--json', '--max', '1', '--topic', kind);
  expect(exitCode).toBe(0);
  expect(linesOf(stdout).map((line) => (JSON.parse(line) as Line).topic)).toEqual([bridge.topics[name]]);
});

test('without --json it prints a line for a reader: the place, the key, and the fields with times as dates', async () => {
  const { stdout } = await fromBeginning('--max', '1', '--topic', 'dead-letters');
  expect(stdout).toMatch(
    new RegExp(
      `^${bridge.topics.deadLetters}\\[\\d+\\]@0 c {2}primary="primary1" .*receivedAt="\\d{4}-\\d\\d-\\d\\dT[^"]+Z" notifiedAt="\\d{4}-\\d\\d-\\d\\dT[^"]+Z" .*reason="wrong-type" `,
    ),
  );
});

test('nothing that a sender chose reaches the terminal as a control character', async () => {
  await using primary = await bridge.connect();
  const clientName = 'red\u001b[31m\nnext\u009b2J';
  primary.send(envelope([jobs({ ...job, clientName, policyName: clientName })], { id: 'terminal' }));
  await primary.answered('terminal');
  const { stdout } = await fromBeginning('--topic', 'jobs', 'images');
  const line = linesOf(stdout).find((each) => each.includes('terminal'));
  expect(line).toContain(String.raw`red\u001b[31m\nnext\u009b2J  `);
  expect(stdout).toMatch(/^(?:[^\p{Cc}]|\n)*$/u);
});

/** `tail` as it runs in a terminal, until it is told to stop. */
function startTail(...more: string[]) {
  const args = ['--disable-warning=TimeoutNegativeWarning', mainFile, 'tail', ...flags, ...more];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

test('without --from-beginning it prints what comes from now on, until Ctrl-C', async () => {
  const tail = startTail('--json');
  const ended = once(tail, 'close');
  const stderr = text(tail.stderr);
  const printed: Buffer[] = [];
  tail.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
  await using primary = await bridge.connect();
  // It joins its group in its own time: what is sent before that isn't for it.
  for (let round = 1; printed.length === 0; round++) {
    const id = `tail-${round}`;
    primary.send(envelope([jobs({ ...job, jobId: 9000 }), images(image)], { id }));
    await primary.answered(id);
  }
  tail.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  expect(await stderr).toBe('');
  const lines = linesOf(Buffer.concat(printed).toString()).map((line) => JSON.parse(line) as Line);
  for (const { value } of lines) expect(value['messageId']).toMatch(/^tail-/);
});

test('--follow goes on behind the present end, with nothing left out and nothing twice', async () => {
  const tail = startTail('--json', '--from-beginning', '--follow', '--topic', 'images');
  const ended = once(tail, 'close');
  const lines = createInterface(tail.stdout)[Symbol.asyncIterator]();
  const seen: Line[] = [];
  const readUntil = async (messageId: string) => {
    do seen.push(JSON.parse((await lines.next()).value as string) as Line);
    while (seen.at(-1)?.value['messageId'] !== messageId);
  };
  await using primary = await bridge.connect();
  for (const id of ['follow-1', 'follow-2']) {
    primary.send(envelope([images(image)], { id }));
    await primary.answered(id);
    await readUntil(id);
  }
  tail.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  const places = seen.map(({ partition, offset }) => `${partition}/${offset}`);
  expect(new Set(places).size).toBe(places.length);
  const records = await bridge.read(0);
  expect(seen).toHaveLength(records.filter(({ topic }) => topic === bridge.topics.images).length);
});

/** Puts a record with these values behind the others. */
async function produce(topic: string, ...values: (Buffer | null)[]): Promise<void> {
  const kafka = new Kafka({ brokers: [...inject('bootstrapServers')], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ key: 'stranger', value })) });
  await producer.disconnect();
}

test('a record that can not be read is told of, and the others are printed: exit 65', async () => {
  await using other = await startTestBridge({ partitions: 1 });
  await using primary = await other.connect();
  await produce(other.topics.jobs, Buffer.from('hello'), Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 2, 2]));
  primary.send(envelope([jobs({ ...job, startTime: 9_000_000_000_000 })], { id: 'behind' }));
  await primary.answered('behind');
  const args = ['tail', '--from-beginning', ...stackFlags(other.topics)];
  const { exitCode, stdout, stderr } = await nbwssBridge(args);
  expect(exitCode).toBe(65);
  const places = [0, 1].map((offset) => `${other.topics.jobs}[0]@${offset}`);
  expect(linesOf(stderr)).toEqual(
    places.map((place) => expect.stringContaining(`nbwss-bridge: can't decode ${place} `)),
  );
  expect(linesOf(stdout)).toEqual([
    ...places.map((place) => expect.stringContaining(place)),
    expect.stringMatching(/\[0\]@2 .*behind/),
  ]);
});

test('--follow reads a topic that was made anew from its beginning', async () => {
  await using other = await startTestBridge({
    partitions: 1,
    settings: { kafka: { livenessIntervalMs: 500 } },
  });
  await using primary = await other.connect();
  const send = async (...ids: string[]) => {
    for (const id of ids) primary.send(envelope([images(image)], { id }));
    for (const id of ids) await primary.answered(id);
  };
  // More than there will be of the new one, which is known by its end: how soon its leader is found depends on the number of brokers.
  const old = Array.from({ length: 8 }, (_, n) => `old-${n}`);
  await send(...old);
  const flagsOfOther = stackFlags(other.topics);
  const tail = startTail('--json', '--from-beginning', '--follow', '--topic', 'images', ...flagsOfOther);
  const ended = once(tail, 'close');
  const lines = createInterface(tail.stdout)[Symbol.asyncIterator]();
  const next = async () => (JSON.parse((await lines.next()).value as string) as Line).value['messageId'];
  for (const id of old) expect(await next()).toBe(id);
  await using admin = await connectKafkaAdmin();
  await admin.makeAnew(other.topics.images);
  const ids = Array.from({ length: 6 }, (_, n) => `new-${n}`);
  await send(...ids);
  const seen: unknown[] = [];
  while (seen.length < ids.length) seen.push(await next());
  expect(seen).toEqual(ids);
  tail.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
}, 60_000);

test('a reader that closes the pipe ends it without a complaint', async () => {
  const tail = startTail('--json', '--from-beginning', '--follow');
  const ended = once(tail, 'close');
  const stderr = text(tail.stderr);
  await once(tail.stdout, 'data');
  tail.stdout.destroy();
  await using primary = await bridge.connect();
  for (let round = 1; tail.exitCode === null && tail.signalCode === null; round++) {
    const id = `pipe-${round}`;
    primary.send(envelope([jobs(job)], { id }));
    await primary.answered(id);
  }
  expect(await ended).toEqual([0, null]);
  expect(await stderr).toBe('');
});

test('a topic that is not there: exit 69, and what to do', async () => {
  const missing = ['--kafka-topics-jobs', 'test-no-such-topic'];
  const { exitCode, stderr } = await nbwssBridge(['tail', '--topic', 'jobs', ...flags, ...missing]);
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(/^nbwss-bridge: the cluster has no topic test-no-such-topic, .*topics create/);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('a Kafka that is not there: exit 69, with the address', async () => {
  const nowhere = ['--kafka-brokers', '127.0.0.1:1', '--registry-url', inject('registryUrl')];
  const { exitCode, stderr } = await nbwssBridge(['tail', ...nowhere]);
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(/can't connect to Kafka at 127\.0\.0\.1:1: .*ECONNREFUSED/);
});

test('a registry that is not there: exit 69, with the record and the address', async () => {
  const nowhere = [...flags, '--registry-url', 'http://127.0.0.1:1'];
  const { exitCode, stderr } = await nbwssBridge(['tail', '--from-beginning', ...nowhere]);
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(
    /^nbwss-bridge: can't decode \S+\[\d+\]@0 with the schema registry at http:\/\/127\.0\.0\.1:1: /,
  );
});
