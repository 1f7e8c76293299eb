/** What goes wrong around a command: each is one clear message and the right exit code, and never a stack trace. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, inject, onTestFinished, test } from 'vitest';
import { mainFile } from '../../tools/bridge-process.ts';
import { freshTopics, registryFlags, stackFlags } from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { writeConfigFile } from '../helpers/config-file.ts';
import { openSilence } from '../helpers/doors.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

/** The message of a command that failed: one paragraph from the program, with this in it. */
function told(stderr: string): string {
  expect(stderr).toMatch(/^nbwss-bridge: /);
  expect(stderr.match(/^nbwss-bridge: /gm)).toHaveLength(1);
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr;
}

test('a directory, or nothing, where a file should be is named with what was to be read from it', async () => {
  using directory = temporaryDirectory({ token: 'a-token', text: 'no PEM' });
  const inside = (name: string) => join(directory.path, name);
  mkdirSync(inside('folder'));
  const url = ['--url', 'wss://127.0.0.1:1/nbwss'];
  const isDirectory = `${inside('folder')}: it is a directory, not a file (EISDIR)`;
  const isMissing = `${inside('missing')}: there is nothing of that name (ENOENT)`;
  const cases = [
    [['probe', ...url, '--token-file', inside('folder')], `the token from ${isDirectory}`, 64],
    [['simulate', ...url, '--token-file', inside('missing')], `the token from ${isMissing}`, 64],
    [['endpoint-file', ...url, '--token-file', inside('folder')], `the token from ${isDirectory}`, 64],
    [['probe', ...url, '--token-file', inside('token'), '--ca-file', inside('folder')], isDirectory, 64],
    [['probe', ...url, '--token-file', inside('token'), '--ca-file', inside('text')], inside('text'), 64],
    [['simulate', ...url, '--token-file', inside('token'), '--ca-file', inside('text')], inside('text'), 64],
    [['simulate', ...url, '--token-file', inside('token'), '--samples', inside('missing')], isMissing, 64],
    [['schemas', 'diff', 'jobs', inside('folder')], 'it is a directory, not a file (EISDIR)', 65],
    [['check-config', '--config', inside('folder')], 'it is a directory, not a file (EISDIR)', 78],
    [['topics', 'check', '--config', inside('missing')], 'there is nothing of that name (ENOENT)', 78],
  ] as const;
  for (const [args, message, exitCode] of cases) {
    const result = await nbwssBridge(args);
    expect({ ...result, stderr: '' }).toEqual({ exitCode, stdout: '', stderr: '' });
    expect(told(result.stderr)).toContain(message);
  }
});

test('a bug in a command is told by its kind and its place, without what it was about: exit 70', async () => {
  const fault = `
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
crypto.randomBytes = () => { throw new TypeError('of a secret'); };
syncBuiltinESMExports();`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}` };
  const { exitCode, stdout, stderr } = await nbwssBridge(['token', 'generate'], { env });
  expect({ exitCode, stdout }).toEqual({ exitCode: 70, stdout: '' });
  expect(stderr).toMatch(/^nbwss-bridge: a bug: unexpected TypeError\n {4}at .*\n[^]*src\/cli\/token\.ts/);
  expect(stderr).not.toContain('of a secret');
});

test('a broker that accepts and never finishes the TLS handshake is given up after kafka.connectTimeoutMs: exit 69', async () => {
  await using silence = await openSilence();
  const [began, connectTimeoutMs] = [performance.now(), 300];
  const broker = ['--kafka-brokers', `127.0.0.1:${silence.port}`, '--kafka-tls-enabled', 'true'];
  const times = ['--kafka-connect-timeout-ms', `${connectTimeoutMs}`, '--kafka-request-timeout-ms', '60000'];
  const { exitCode, stdout, stderr } = await nbwssBridge(['topics', 'check', ...broker, ...times]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 69, stdout: '' });
  expect(told(stderr)).toMatch(
    /no TLS handshake with the broker \S+ in 300 ms \(kafka\.connectTimeoutMs\): see that/,
  );
  expect(performance.now() - began).toBeGreaterThan(connectTimeoutMs);
});

test('TLS to a listener of Kafka without it: what to name or to set, and nothing else: exit 69', async () => {
  const flags = ['--kafka-brokers', inject('bootstrapServers').join(','), '--kafka-tls-enabled', 'true'];
  const { exitCode, stdout, stderr } = await nbwssBridge(['topics', 'check', ...flags]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 69, stdout: '' });
  expect(told(stderr)).toMatch(
    /: the broker \S+ closed the connection(?: \(ECONNRESET\))? before TLS was there: kafka\.tls\.enabled is true: name the port of a TLS listener in kafka\.brokers, or set it to false\n$/,
  );
  expect(stderr).not.toContain('?');
});

test('a Kafka that hangs: which bound has passed, and what to look at: exit 69', async () => {
  await using silence = await openSilence();
  const flags = ['--kafka-brokers', `127.0.0.1:${silence.port}`, '--kafka-request-timeout-ms', '200'];
  const { exitCode, stdout, stderr } = await nbwssBridge(['topics', 'check', ...flags]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 69, stdout: '' });
  expect(told(stderr)).toMatch(
    /no answer from 127\.0\.0\.1:\d+ in 200 ms \(kafka\.requestTimeoutMs\): see that a broker listens there, that it does not hang/,
  );
});

test.each(['register', 'create'])(
  'what changes something is done to its end, though nobody reads what `%s` says: exit 0',
  async (command) => {
    const topics = freshTopics();
    const flags = { register: registryFlags(topics), create: stackFlags(topics).slice(0, -2) };
    const group = { register: 'schemas', create: 'topics' };
    const of = command as keyof typeof group;
    const args = ['--disable-warning=TimeoutNegativeWarning', mainFile, group[of], of, ...flags[of]];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const [stderr, ended] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect({ stderr, ended }).toEqual({ stderr: '', ended: [0, null] });
    const checked = await nbwssBridge([group[of], 'check', ...flags[of]]);
    expect(checked.exitCode).toBe(0);
  },
);

test('a disk that is full is told, and what is not whole does not look like a success: exit 69', async () => {
  const full = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(full));
  const child = spawn(process.execPath, [mainFile, 'token', 'generate'], { stdio: ['pipe', full, 'pipe'] });
  const [stderr, [exitCode]] = await Promise.all([text(child.stderr as Readable), once(child, 'close')]);
  expect(exitCode).toBe(69);
  expect(told(stderr)).toMatch(/can't write to stdout, what was written is not whole: ENOSPC/);
});

test.each([
  ['topics', 'check'],
  ['tail', '--from-beginning'],
  ['tail'],
  ['replay'],
  ['check-config', '--connect'],
])(
  'Ctrl-C ends `%s %s` at once while Kafka hangs',
  async (...words) => {
    await using silence = await openSilence();
    const { file } = await writeConfigFile();
    const flags = ['--config', file, '--kafka-brokers', `127.0.0.1:${silence.port}`];
    const child = spawn(
      process.execPath,
      [mainFile, ...words.filter((word) => word !== undefined), ...flags],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const ended = once(child, 'close');
    const stderr = text(child.stderr);
    await silence.visited;
    child.kill('SIGINT');
    expect(await ended).toEqual([null, 'SIGINT']);
    expect(await stderr).toBe('');
  },
  10_000,
);

test('schemas check names every subject that is missing, and says what it can of the others', async () => {
  const topics = freshTopics();
  const { jobs } = freshTopics();
  await nbwssBridge(['schemas', 'register', ...registryFlags(topics)]);
  const { exitCode, stdout, stderr } = await nbwssBridge([
    'schemas',
    'check',
    ...registryFlags({ ...topics, jobs, images: `${jobs}-images` }),
  ]);
  expect(exitCode).toBe(78);
  expect(stderr.match(/^nbwss-bridge: failed: .*has no subject \S+-value/gm)).toEqual([
    expect.stringContaining(`has no subject ${jobs}-value`),
    expect.stringContaining(`has no subject ${jobs}-images-value`),
  ]);
  expect(stdout).toMatch(new RegExp(`^${topics.deadLetters}-value: version 1 .*can be written.*\n$`));
});

test('an address at which nobody is comes with the setting to look at', async () => {
  const kafka = await nbwssBridge(['topics', 'check', '--kafka-brokers', '127.0.0.1:1']);
  expect(told(kafka.stderr)).toContain(
    'ECONNREFUSED 127.0.0.1:1: check kafka.brokers, and that a broker runs there\n',
  );
  const registry = await nbwssBridge(['schemas', 'list', '--registry-url', 'http://127.0.0.1:1']);
  expect(told(registry.stderr)).toContain('127.0.0.1:1: check registry.url, and that the registry runs\n');
  expect([kafka.exitCode, registry.exitCode]).toEqual([69, 69]);
});

test('https:// to a registry that speaks HTTP is told in words: exit 69', async () => {
  const url = inject('registryUrl').replace('http:', 'https:');
  const { exitCode, stderr } = await nbwssBridge(['schemas', 'list', '--registry-url', url]);
  expect(exitCode).toBe(69);
  expect(told(stderr)).toMatch(
    /doesn't speak TLS, or none that we do \(ERR_SSL_WRONG_VERSION_NUMBER\): is it the right port\?\n$/,
  );
});

test('a registry that does not know us: exit 77', async () => {
  const server = createServer((_request, response) => response.writeHead(401).end());
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { exitCode, stdout, stderr } = await nbwssBridge(['schemas', 'check', '--registry-url', url]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 77, stdout: '' });
  expect(told(stderr)).toContain('it requires authentication: set registry.auth.type');
});

test('a topic that is not there is named by `tail` and `replay`, with what to do: exit 69', async () => {
  const topics = freshTopics();
  for (const command of [['tail'], ['replay', '--primary', 'primary1']]) {
    const { exitCode, stderr } = await nbwssBridge([...command, ...stackFlags(topics)]);
    expect(exitCode).toBe(69);
    expect(stderr).toMatch(new RegExp(`no topic .*${topics.deadLetters}.*nbwss-bridge topics create`));
  }
});
