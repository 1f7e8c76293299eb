import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTopicsAndSubjects } from '../helpers/bridge.ts';
import { type CommandResult, nbwssBridge } from '../helpers/command.ts';
import { type ConfigFile, token, writeConfigFile } from '../helpers/config-file.ts';

/** What the command said beside its log, without a stack trace. */
function messageOf({ stderr }: CommandResult): string {
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toContain('a bug');
  return stderr
    .split('\n')
    .filter((line) => !line.startsWith('{'))
    .join('\n');
}

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

test.each(['listen', 'admin'])(
  'a %s port in use: exit 69, and one message that names the setting',
  async (group) => {
    const port = await takenPort();
    const { file, topics } = await writeConfigFile({ [group]: { port, host: '127.0.0.1' } });
    await createTopicsAndSubjects(topics, { partitions: 1 });
    const result = await nbwssBridge(['serve', '--config', file]);
    expect(result).toMatchObject({ exitCode: 69, stdout: '' });
    expect(messageOf(result)).toBe(
      `nbwss-bridge: can't listen on 127.0.0.1:${port}: another process has it: stop that one, ` +
        `or choose another with ${group}.port and ${group}.host\n`,
    );
  },
);

/** What is wrong with the files, how to make it so, and what has to be said. */
const spoilt: readonly [string, (config: ConfigFile) => Promise<void>, readonly RegExp[]][] = [
  [
    'a key that is not there',
    ({ directory }) => rm(join(directory, 'tls/tls.key')),
    [
      /listen\.tls\.keyFile: can't read a PEM private key.*tls\.key: there is nothing of that name \(ENOENT\): put it there/,
    ],
  ],
  [
    'a key that can not be read',
    async ({ directory }) => {
      await rm(join(directory, 'tls/tls.key'));
      await mkdir(join(directory, 'tls/tls.key'));
    },
    [/listen\.tls\.keyFile: can't read a PEM private key.*EISDIR/],
  ],
  [
    'a key that is no key',
    ({ directory }) => writeFile(join(directory, 'tls/tls.key'), 'no key'),
    [/listen\.tls\.keyFile: can't read a PEM private key/],
  ],
  [
    'a certificate that is not the one of the key',
    async ({ directory, pki }) => {
      await writeFile(join(directory, 'tls/tls.crt'), (await pki.issue()).cert);
    },
    [/listen\.tls\.keyFile: the key in .* is not the key of the first certificate in/],
  ],
  [
    'no token directory',
    ({ directory }) => rm(join(directory, 'tokens'), { recursive: true }),
    [/credentials\.tokenDirectory: can't read the token directory .*ENOENT/],
  ],
  [
    'an empty token file',
    ({ directory }) => writeFile(join(directory, 'tokens/primary1'), '\n'),
    [/credentials\.tokenDirectory: .*primary1 is empty/],
  ],
  [
    'all of it at once',
    async ({ directory }) => {
      await rm(join(directory, 'tls/tls.crt'));
      await rm(join(directory, 'tls/tls.key'));
      await rm(join(directory, 'tokens'), { recursive: true });
    },
    [/the configuration has 3 problem/, /listen\.tls\.certFile:/, /listen\.tls\.keyFile:/, /credentials\./],
  ],
];

test.each(spoilt)('%s: serve and check-config exit with 78 and say it', async (_, spoil, said) => {
  const config = await writeConfigFile();
  await spoil(config);
  const served = await nbwssBridge(['serve', '--config', config.file]);
  expect(served).toMatchObject({ exitCode: 78, stdout: '' });
  // What is wrong is among its verdicts, the failed ones first.
  const checked = await nbwssBridge(['check-config', '--config', config.file]);
  expect(checked).toMatchObject({ exitCode: 78, stdout: expect.stringMatching(/^failed /) });
  for (const sentence of said) {
    expect(messageOf(served)).toMatch(sentence);
    expect(`${messageOf(checked)}${checked.stdout}`).toMatch(sentence);
  }
});

test('unknown keys in the file: exit 78, each with its line and the nearest name', async () => {
  const { file } = await writeConfigFile({ listen: { prot: 8443 }, drian: {} });
  const result = await nbwssBridge(['serve', '--config', file]);
  expect(result.exitCode).toBe(78);
  expect(messageOf(result)).toMatch(
    /listen\.prot: there is no such setting \(.*yaml, line \d+\); did you mean listen\.port\?/,
  );
  expect(messageOf(result)).toMatch(
    /drian: there is no such setting \(.*yaml, line \d+\); did you mean drain\?/,
  );
});

test('a setting that is gone: exit 78, and one sentence that says what to do, wherever it was given', async () => {
  const { file } = await writeConfigFile({ kafka: { maxBatchRecords: 50 } });
  const env = { NBWSS_KAFKA_UNSETTLED_SEND_TIMEOUT_MS: '90000' };
  const result = await nbwssBridge(['serve', '--config', file, '--kafka-producers', '3'], { env });
  expect(result.exitCode).toBe(78);
  for (const sentence of [
    /kafka\.producers: is gone \(flag --kafka-producers\): one sender .*; remove it/,
    /kafka\.unsettledSendTimeoutMs: is gone \(environment variable NBWSS_KAFKA_UNSETTLED_SEND_TIMEOUT_MS\): .*; remove it/,
    /kafka\.maxBatchRecords: is gone \(.*yaml, line \d+\): .*; remove it/,
  ])
    expect(messageOf(result)).toMatch(sentence);
});

test('a setting that is wrong in the environment: exit 78, naming the variable', async () => {
  const { file } = await writeConfigFile();
  const result = await nbwssBridge(['serve', '--config', file], { env: { NBWSS_DRAIN_DELAY_MS: 'soon' } });
  expect(result.exitCode).toBe(78);
  expect(messageOf(result)).toMatch(
    /drain\.delayMs: expected .*got "soon" \(environment variable NBWSS_DRAIN_DELAY_MS\)/,
  );
});

test('nothing to go by: exit 78 with every required setting at once', async () => {
  const result = await nbwssBridge(['serve']);
  expect(result.exitCode).toBe(78);
  for (const setting of [
    'listen.tls.certFile',
    'listen.tls.keyFile',
    'credentials.tokenDirectory',
    'kafka.brokers',
    'registry.url',
  ])
    expect(messageOf(result)).toContain(`${setting}: is required`);
});

test('check-config says what a right configuration amounts to', async () => {
  const { file } = await writeConfigFile();
  const { exitCode, stdout, stderr } = await nbwssBridge(['check-config', '--config', file]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^the configuration is valid$/m);
  expect(stdout).toMatch(/^ {2}hash +[0-9a-f]{64}$/m);
  expect(stdout).toMatch(/^ {2}primaries +primary1$/m);
  expect(stdout).not.toContain(token);
});

test('check-config --print prints the effective configuration as JSON, flags over environment over file', async () => {
  const { file } = await writeConfigFile({ drain: { delayMs: 1, deadlineMs: 2 }, log: { level: 'warn' } });
  const env = { NBWSS_DRAIN_DELAY_MS: '10', NBWSS_DRAIN_DEADLINE_MS: '20', NBWSS_CONFIG: file };
  const { stdout } = await nbwssBridge(['check-config', '--print', '--drain-delay-ms', '100'], { env });
  expect(JSON.parse(stdout)).toMatchObject({
    drain: { delayMs: 100, deadlineMs: 20 },
    log: { level: 'warn' },
    limits: { maxPayloadBytes: 8 * 1024 * 1024 },
  });
});
