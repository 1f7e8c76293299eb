import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { simulateCommand } from '../../src/cli/simulate.ts';
import { BridgeError } from '../../src/errors.ts';
import { createTestPki, type TestPki } from '../../tools/certificates.ts';
import { response, startScriptedEndpoint } from '../helpers/scripted-endpoint.ts';

const samples = join(import.meta.dirname, '../fixtures/nbwss');
let pki: TestPki;
let folder: string;

beforeAll(async () => {
  pki = await createTestPki();
  folder = await mkdtemp(join(tmpdir(), 'simulate-'));
  await pki.writeTo(folder);
  await writeFile(join(folder, 'token'), '\n  secret  \nnext\n');
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs the command as the program would: exit code, report, and everything else. */
async function run(url: string, ...flags: string[]) {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) });
  const command = simulateCommand({ stdout: stream('stdout'), stderr: stream('stderr') });
  const basics = ['--url', url, '--token-file', join(folder, 'token'), '--ca-file', join(folder, 'ca.crt')];
  try {
    await command.parseAsync([...basics, ...flags], { from: 'user' });
    return { ...written, exitCode: 0, message: '' };
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return { ...written, exitCode: error.exitCode, message: error.message };
  }
}

test('sends ten made-up messages with the first line of the token file, and reports', async () => {
  await using endpoint = await startScriptedEndpoint(pki);
  const { exitCode, stdout, stderr } = await run(endpoint.url);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^sent +10 messages \(40 entries\)/m);
  expect(stdout).toMatch(/^violations +none$/m);
  expect(stderr).toMatch(/^connected after \d+ ms$/m);
  expect(JSON.parse(endpoint.received[0]?.text ?? '').payload).toEqual({ token: 'secret' });
});

test('sends each sample once, and reports as JSON alone on stdout', async () => {
  await using endpoint = await startScriptedEndpoint(pki);
  const { exitCode, stdout } = await run(endpoint.url, '--samples', samples, '--json', '--in-flight', '3');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ messages: { sent: 5, answered: 5 }, entries: { sent: 8 } });
});

test('begins no message after --duration', async () => {
  await using endpoint = await startScriptedEndpoint(pki);
  const { exitCode, stdout } = await run(endpoint.url, '--duration', '0.1', '--rate', '50', '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout).messages.sent).toBeLessThanOrEqual(5);
});

test('exits with 77 when the token is refused', async () => {
  await using endpoint = await startScriptedEndpoint(pki, {
    onConnect: (received, socket) => socket.send(response(received, { payload: { valid: false } })),
  });
  const { exitCode, message, stdout } = await run(endpoint.url);
  expect(exitCode).toBe(77);
  expect(message).toContain('refused the token');
  expect(stdout).toMatch(/^not connected +refused 1x$/m);
});

test('exits with 69 and the reason when the endpoint is not reachable', async () => {
  const endpoint = await startScriptedEndpoint(pki);
  await endpoint[Symbol.asyncDispose]();
  const { exitCode, message } = await run(endpoint.url);
  expect(exitCode).toBe(69);
  expect(message).toContain('ECONNREFUSED');
});

test('exits with 69 when something is unanswered at the end of its time', async () => {
  await using endpoint = await startScriptedEndpoint(pki, { onNotification: () => undefined });
  const { exitCode, message, stdout } = await run(
    endpoint.url,
    '--timeout',
    '0.3',
    '--scheduled-rate',
    '100',
  );
  expect(exitCode).toBe(69);
  expect(message).toContain('left 1 of 1 messages unanswered');
  expect(stdout).toMatch(/^not answered +1$/m);
});

test('exits with 65 on a violation, and tells it', async () => {
  await using endpoint = await startScriptedEndpoint(pki, {
    onNotification(received, socket) {
      socket.send(response(received, { id: 'OTHER' }));
      socket.send(response(received));
    },
  });
  const { exitCode, stdout } = await run(endpoint.url, '--messages', '1');
  expect(exitCode).toBe(65);
  expect(stdout).toMatch(/^violations +unknown-id 1x\n {2}unknown-id: an answer to id OTHER/m);
});

test.each([
  ['--messages', '0', '--messages must be a whole number from 1'],
  ['--messages', '1.5', '--messages must be a whole number'],
  ['--rate', 'fast', '--rate must be a number from 0'],
  ['--in-flight', '-1', '--in-flight must be'],
  ['--token-file', '/nowhere/token', "can't read the token"],
  ['--ca-file', '/nowhere/ca', "can't read the CA"],
  ['--samples', '/nowhere/samples', "can't read the samples"],
])('exits with 64 on %s %s', async (flag, value, words) => {
  const { exitCode, message } = await run('wss://localhost/nbwss', `${flag}=${value}`);
  expect(exitCode).toBe(64);
  expect(message).toContain(words);
});

test('exits with 64 on a ws:// URL', async () => {
  expect(await run('ws://localhost/nbwss')).toMatchObject({ exitCode: 64 });
});
