import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { mainFile } from '../../tools/bridge-process.ts';
import { stackFlags, startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
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
      `^${bridge.topics.deadLetters}\\[\\d+\\]@0 c {2}primary="primary1" .*receivedAt="\\d{4}-\\d\\d-\\d\\dT[^"]+Z" reason="wrong-type" `,
    ),
  );
});

test('nothing that a sender chose reaches the terminal as a control character', async () => {
  await using primary = await bridge.connect();
  const clientName = 'red\u001b[31m\nnext\u009b2J';
  primary.send(envelope([jobs({ ...job, clientName, policyName: clientName })], { id: 'terminal' }));
  await primary.answered('terminal');
  const { stdout } = await fromBeginning('--max', String(total + 1), '--topic', 'jobs', 'images');
  const line = linesOf(stdout).find((each) => each.includes('terminal'));
  expect(line).toContain(String.raw`red\u001b[31m\nnext\u009b2J  `);
  expect(stdout).toMatch(/^(?:[^\p{Cc}]|\n)*$/u);
});

/** `tail` as it runs in a terminal, until it is told to stop. */
function startTail(...more: string[]) {
  const args = ['--disable-warning=TimeoutNegativeWarning', mainFile, 'tail', ...more, ...flags];
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

test('a reader that closes the pipe ends it without a complaint', async () => {
  const tail = startTail('--json', '--from-beginning');
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
  expect(stderr).toMatch(/^nbwss-bridge: can't read the topics at/);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('a Kafka that is not there: exit 69, with the address', async () => {
  const nowhere = ['--kafka-brokers', '127.0.0.1:1', '--registry-url', inject('registryUrl')];
  const { exitCode, stderr } = await nbwssBridge(['tail', ...nowhere]);
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(/can't read the topics at 127\.0\.0\.1:1: .*ECONNREFUSED/);
});

test('a registry that is not there: exit 69, with the record and the address', async () => {
  const nowhere = [...flags, '--registry-url', 'http://127.0.0.1:1'];
  const { exitCode, stderr } = await nbwssBridge(['tail', '--from-beginning', ...nowhere]);
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(
    /^nbwss-bridge: can't decode \S+\[\d+\]@0 with the schema registry at http:\/\/127\.0\.0\.1:1: /,
  );
});
