import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { type CommandResult, nbwssBridge } from '../helpers/command.ts';

let bridge: TestBridge;
let ca: string;
let tokenFile: string;

beforeAll(async () => {
  bridge = await startTestBridge();
  const directory = dirname(bridge.bridge.configFile);
  ca = join(directory, 'tls/ca.crt');
  tokenFile = join(directory, 'tokens/primary1');
});
afterAll(() => bridge[Symbol.asyncDispose]());

function simulate(...flags: string[]): Promise<CommandResult> {
  const basics = ['--url', bridge.bridge.url, '--ca-file', ca, '--token-file', tokenFile];
  return nbwssBridge(['simulate', ...basics, ...flags]);
}

test('against a bridge: exit 0, every message answered, every entry in Kafka', async () => {
  const before = (await bridge.read(0)).length;
  const { exitCode, stdout } = await simulate('--messages', '25', '--entries', '4', '--in-flight', '8');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^sent +25 messages \(100 entries\)/m);
  expect(stdout).toMatch(/^violations +none$/m);
  expect(await bridge.read(before + 100)).toHaveLength(before + 100);
});

test("--json prints the report alone on stdout, also of the vendor's samples", async () => {
  const samples = new URL('../fixtures/nbwss', import.meta.url).pathname;
  const { exitCode, stdout } = await simulate('--json', '--samples', samples);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    messages: { sent: 5, answered: 5, unanswered: 0 },
    violations: { total: 0 },
  });
});

test('a wrong token: exit 77, and which file to compare', async () => {
  const wrong = join(dirname(tokenFile), '..', 'wrong-token');
  await writeFile(wrong, 'wrong\n');
  const { exitCode, stderr } = await simulate('--token-file', wrong);
  expect(exitCode).toBe(77);
  expect(stderr).toContain(`refused the token of ${wrong} (valid: false)`);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('an endpoint that is down: exit 69, with the reason', async () => {
  const { exitCode, stderr } = await simulate('--url', `wss://127.0.0.1:${await freePort()}/nbwss`);
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(/^nbwss-bridge: can't connect to wss:.*ECONNREFUSED/m);
});

test('a certificate of an unknown authority: exit 69, with the reason', async () => {
  const { url } = bridge.bridge;
  const { exitCode, stderr } = await nbwssBridge(['simulate', '--url', url, '--token-file', tokenFile]);
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(/^nbwss-bridge: can't connect to wss:.*certificate/im);
});
