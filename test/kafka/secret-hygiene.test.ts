/** No secret towards Kafka and the registry is in anything that the bridge or its commands write, whatever goes wrong. */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Settings, TopicNames } from '../helpers/bridge.ts';
import { type CommandOptions, nbwssBridge } from '../helpers/command.ts';
import { writeConfigFile } from '../helpers/config-file.ts';
import { type EchoEndpoint, startEchoEndpoint } from '../helpers/echo-endpoint.ts';
import { password, type SecureBroker, startSecureBroker, user } from '../helpers/secure-broker.ts';
import { secretFile, type SecureBridge, secureTopics, startSecureBridge } from '../helpers/secure-bridge.ts';
import { tracesIn } from '../helpers/secret-traces.ts';
import { startTokenEndpoint, type TokenEndpoint } from '../helpers/token-endpoint.ts';

let broker: SecureBroker;
let tokens: TokenEndpoint;
let echo: EchoEndpoint;
let topics: TopicNames;

/** Nearly right: what is wrong with a secret is usually one character. */
const secrets = {
  'the Kafka password': `${password}x`,
  'the client secret': `${randomBytes(20).toString('base64')}x`,
  'the registry password': `"${randomUUID()}" \\ ü`,
  'the registry token': randomBytes(30).toString('base64url'),
  'the secret header': `key=${randomUUID()}`,
  'the client assertion': randomBytes(90).toString('base64url'),
};
const file: Record<keyof typeof secrets, string> = { ...secrets };

beforeAll(async () => {
  broker = await startSecureBroker();
  topics = await secureTopics(broker);
  tokens = await startTokenEndpoint();
  echo = await startEchoEndpoint();
  for (const [name, secret] of Object.entries(secrets))
    file[name as keyof typeof secrets] = await secretFile(broker, `${secret}\n`);
});
afterAll(async () => {
  await echo?.[Symbol.asyncDispose]();
  await tokens?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

const byPassword = (mechanism: string) => ({
  mechanism,
  username: user,
  passwordFile: file['the Kafka password'],
});
const oauth = (tokenUrl: string) => ({
  mechanism: 'oauthbearer',
  oauth: { tokenUrl, clientId: 'bridge', clientSecretFile: file['the client secret'], scope: 'kafka write' },
  allowPlaintext: true,
});
const byAssertion = (tokenUrl: string) => ({
  mechanism: 'oauthbearer',
  oauth: { tokenUrl, clientId: 'bridge', clientAssertionFile: file['the client assertion'] },
  allowPlaintext: true,
});
const tls = () => ({ enabled: true, caFile: broker.caFile });
const basic = () => ({
  type: 'basic',
  username: 'bridge',
  passwordFile: file['the registry password'],
  allowPlaintext: true,
});
const byRegistryOauth = () => ({
  type: 'oauth',
  oauth: { tokenUrl: echo.url, clientId: 'bridge', clientSecretFile: file['the client secret'] },
  allowPlaintext: true,
});
const bearer = () => ({ type: 'bearer', tokenFile: file['the registry token'], allowPlaintext: true });

const ways: Readonly<Record<string, () => Settings[string]>> = {
  PLAIN: () => ({ brokers: [`127.0.0.1:${broker.ports.saslSsl}`], tls: tls(), sasl: byPassword('plain') }),
  SCRAM: () => ({ brokers: [`127.0.0.1:${broker.ports.saslPlaintext}`], sasl: byPassword('scram-sha-256') }),
  OAUTHBEARER: () => ({
    brokers: [`127.0.0.1:${broker.ports.saslSsl}`],
    tls: tls(),
    sasl: oauth(tokens.url),
  }),
  'OAUTHBEARER, by a gateway that repeats what it is sent': () => ({
    brokers: [`127.0.0.1:${broker.ports.saslSsl}`],
    tls: tls(),
    sasl: oauth(echo.url),
  }),
  'OAUTHBEARER, the secret in the form, by such a gateway': () => ({
    brokers: [`127.0.0.1:${broker.ports.saslSsl}`],
    tls: tls(),
    sasl: { ...oauth(echo.url), oauth: { ...oauth(echo.url).oauth, clientSecretMethod: 'form' } },
  }),
  'OAUTHBEARER, by an assertion, by such a gateway': () => ({
    brokers: [`127.0.0.1:${broker.ports.saslSsl}`],
    tls: tls(),
    sasl: byAssertion(echo.url),
  }),
};

/** With the Kafka client's own variables, by which it tells what it sends. */
async function startTalkative(settings: Settings): Promise<SecureBridge> {
  vi.stubEnv('KAFKAJS_LOG_LEVEL', 'DEBUG');
  vi.stubEnv('KAFKAJS_DEBUG_PROTOCOL_BUFFERS', '1');
  const bridge = await startSecureBridge(broker, topics, { log: { level: 'trace' }, ...settings });
  vi.unstubAllEnvs();
  return bridge;
}

async function untilItWaits({ bridge }: SecureBridge, step: string, lines: number): Promise<void> {
  const waits = async () => (await bridge.log()).filter((line) => line['nbwss.step'] === step).length;
  await vi.waitFor(async () => expect(await waits()).toBeGreaterThanOrEqual(lines), 20_000);
}

/** The readiness and the log of a bridge, whose life ends with this. */
async function outputOfBridge({ bridge }: SecureBridge): Promise<string> {
  const { admin } = parse(await readFile(bridge.configFile, 'utf8')) as { admin: { port: number } };
  const readiness = await (await fetch(`http://127.0.0.1:${admin.port}/readyz?verbose`)).text();
  expect(readiness).toContain('"ready": false');
  expect(await bridge.stop()).toBe('exit code 0');
  return `${readiness}\n${await readFile(bridge.process.logFile, 'utf8')}`;
}

async function outputOf(args: readonly string[], options?: CommandOptions): Promise<string> {
  const { stdout, stderr } = await nbwssBridge(args, { timeoutMs: 90_000, ...options });
  return `${stdout}\n${stderr}`;
}

test.each(Object.entries(ways))('what Kafka refuses stays out of every log: %s', async (_, kafka) => {
  echo.statuses = [500];
  await using secure = await startTalkative({ kafka: { ...kafka() } });
  await untilItWaits(secure, 'kafka', 1);
  const output = await outputOfBridge(secure);
  expect(output).toMatch(/authentication as user|refuses us|gives no answer|answers with 500/);
  expect(tracesIn(output, secrets)).toEqual([]);
});

test.each([
  ['basic', basic],
  ['bearer', bearer],
])('what the registry gets stays out of every log, whatever it answers: %s', async (_, auth) => {
  echo.statuses = [500];
  await using secure = await startTalkative({
    registry: { url: echo.url, auth: auth(), headerFiles: { 'X-Key': file['the secret header'] } },
  });
  for (const [index, status] of [500, 200, 401, 302].entries()) {
    echo.statuses = [status];
    await untilItWaits(secure, 'schemas', index + 1);
  }
  const output = await outputOfBridge(secure);
  expect(output).toMatch(/with 401 \(.*\*\*\*/);
  expect(tracesIn(output, secrets)).toEqual([]);
});

test.each([
  ['by passwords', () => ({ kafka: ways['PLAIN']?.() ?? {}, registry: { url: echo.url, auth: basic() } })],
  [
    'by tokens',
    () => ({ kafka: ways['OAUTHBEARER']?.() ?? {}, registry: { url: echo.url, auth: bearer() } }),
  ],
  [
    'by a header and an assertion',
    () => ({
      kafka: ways['OAUTHBEARER, by an assertion, by such a gateway']?.() ?? {},
      registry: {
        url: echo.url,
        auth: { allowPlaintext: true },
        headerFiles: { authorization: file['the secret header'] },
      },
    }),
  ],
  [
    'by a token for the registry',
    () => ({ kafka: ways['OAUTHBEARER']?.() ?? {}, registry: { url: echo.url, auth: byRegistryOauth() } }),
  ],
])('no command shows a secret, and the configuration that is printed holds none: %s', async (_, settings) => {
  echo.statuses = [401, 500, 403];
  const { file: config } = await writeConfigFile({ log: { level: 'trace' }, ...settings() });
  const flags = ['--config', config];
  const outputs = await Promise.all([
    outputOf(['check-config', '--connect', ...flags]),
    outputOf(['check-config', '--connect', '--json', ...flags]),
    outputOf(['check-config', '--print', ...flags]),
    outputOf(['schemas', 'list', ...flags]),
    outputOf(['topics', 'check', ...flags]),
    outputOf(['tail', '--from-beginning', '--max', '1', ...flags]),
  ]);
  for (const output of outputs) expect(output.trim()).not.toBe('');
  expect(tracesIn(outputs.join('\n'), secrets)).toEqual([]);
});

/** A secret where the settings want something else, or a file that is none of theirs. */
const mistakes: Readonly<Record<string, (secret: string) => object | string>> = {
  'a password beside its user': (secret) => ({ kafka: { sasl: { password: secret } } }),
  'a password in the place of a section': (secret) => ({
    kafka: { sasl: secret },
    registry: { auth: secret },
  }),
  'a list of tokens': (secret) => ({ credentials: { tokenDirectory: [secret, secret] } }),
  'tokens in the place of their section': (secret) => ({ credentials: [secret] }),
  'a secret in the place of a file, in a mapping': (secret) => ({
    registry: { auth: { tokenFile: { value: secret } } },
  }),
  'a user and a password in an address': (secret) => ({
    registry: { url: `https://bridge:${secret}@registry:8081` },
  }),
  'a secret in the place of a header': (secret) => ({
    registry: { headers: { authorization: secret }, headerFiles: { authorization: secret } },
  }),
  'a secret in the place of headers': (secret) => ({ registry: { headers: secret, headerFiles: [secret] } }),
  'a secret of several lines': (secret) => ({ kafka: { sasl: { passwordFile: `${secret}\n${secret}` } } }),
  'a token file as the configuration': (secret) => `${secret}\n`,
  'a token file with two tokens as the configuration': (secret) => `${secret}\n${secret}x\n`,
  'a key as the configuration': (secret) =>
    `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`,
  'a file that is no YAML': (secret) => `"${secret}" "${secret}\n  ${secret}: [${secret}`,
  "an alias that isn't there": (secret) => `kafka: *${secret}\n`,
  'a tag that nobody knows': (secret) => `kafka: !${secret} x\n`,
};

test.each(Object.entries(mistakes))('what is wrong is told without the secret: %s', async (_, write) => {
  const secret = `Vx${randomBytes(12).toString('hex')}`;
  const content = write(secret);
  const config = join(broker.directory, `${randomUUID()}.yaml`);
  await writeFile(config, typeof content === 'string' ? content : stringify(content));
  const { exitCode, stdout, stderr } = await nbwssBridge(['serve', '--config', config]);
  expect(exitCode).toBe(78);
  expect(tracesIn(stdout + stderr, { secret })).toEqual([]);
});
