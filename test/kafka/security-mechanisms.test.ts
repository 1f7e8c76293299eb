import { rename, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { password, type SecureBroker, startSecureBroker, user } from '../helpers/secure-broker.ts';
import type { TopicNames } from '../helpers/bridge.ts';
import { secretFile, secureTopics, startSecureBridge } from '../helpers/secure-bridge.ts';
import { startTokenEndpoint, type TokenEndpoint } from '../helpers/token-endpoint.ts';

let broker: SecureBroker;
let topics: TopicNames;
let tokens: TokenEndpoint;
let passwordFile: string;
let clientSecretFile: string;

beforeAll(async () => {
  broker = await startSecureBroker();
  topics = await secureTopics(broker);
  tokens = await startTokenEndpoint();
  passwordFile = await secretFile(broker, `${password}\n`);
  clientSecretFile = await secretFile(broker, tokens.secret);
});
afterAll(async () => {
  await tokens?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

const tls = () => ({ enabled: true, caFile: broker.caFile });
const at = (port: number) => ({ brokers: [`127.0.0.1:${port}`] });
const oauth = () => ({
  mechanism: 'oauthbearer',
  oauth: { tokenUrl: tokens.url, clientId: 'bridge', clientSecretFile, scope: 'kafka write' },
  allowPlaintext: true,
});

async function clientCertificate(): Promise<{ certFile: string; keyFile: string }> {
  const { cert, key } = await broker.pki.issue({ hosts: [user] });
  return { certFile: await secretFile(broker, cert), keyFile: await secretFile(broker, key) };
}

const byPassword = (mechanism: string) => ({ mechanism, username: user, passwordFile });

const ways: readonly (readonly [string, () => object | Promise<object>])[] = [
  ['PLAIN over TLS', () => ({ ...at(broker.ports.saslSsl), tls: tls(), sasl: byPassword('plain') })],
  [
    'SCRAM-SHA-256 over TLS',
    () => ({ ...at(broker.ports.saslSsl), tls: tls(), sasl: byPassword('scram-sha-256') }),
  ],
  [
    'SCRAM-SHA-512 without TLS',
    () => ({ ...at(broker.ports.saslPlaintext), sasl: byPassword('scram-sha-512') }),
  ],
  [
    'OAUTHBEARER with the token of a file, and extensions',
    async () => ({
      ...at(broker.ports.saslSsl),
      tls: tls(),
      sasl: {
        mechanism: 'oauthbearer',
        oauth: {
          tokenFile: await secretFile(broker, tokens.token()),
          extensions: { logicalCluster: 'lkc-1', identityPoolId: 'pool-1' },
        },
      },
    }),
  ],
  ['OAUTHBEARER over TLS', () => ({ ...at(broker.ports.saslSsl), tls: tls(), sasl: oauth() })],
  [
    'a client certificate',
    async () => ({ ...at(broker.ports.ssl), tls: { ...tls(), ...(await clientCertificate()) } }),
  ],
];

test.each(ways)('delivers and answers as the user that it shows itself as by %s', async (_, settings) => {
  await using secure = await startSecureBridge(broker, topics, { kafka: { ...(await settings()) } });
  await secure.ready();
  await using primary = await secure.connect();
  const before = await secure.records();
  await secure.delivers(primary);
  expect(await secure.records()).toBe(before + 1);
});

test('stays authenticated when tokens end: it renews them, and no message waits for that', async () => {
  // The client authenticates anew 10 s before the end of a session, so this is every three seconds or so.
  tokens.lifetime = 14;
  const before = tokens.given;
  await using secure = await startSecureBridge(broker, topics, {
    kafka: { ...at(broker.ports.saslSsl), tls: tls(), sasl: oauth() },
  });
  await secure.ready();
  await using primary = await secure.connect();
  let sent = await secure.records();
  for (const until = performance.now() + 9_000; performance.now() < until; sent++)
    await secure.delivers(primary);
  tokens.lifetime = 3600;
  expect(tokens.given - before).toBeGreaterThan(3);
  expect(await secure.records()).toBe(sent);
  const lines = await secure.bridge.log();
  expect(lines.filter((line) => line['log.level'] === 'warn' || line['log.level'] === 'error')).toEqual([]);
});

test('the token of a file is read again for each authentication, also of a connection that lives', async () => {
  tokens.lifetime = 14;
  const tokenFile = await secretFile(broker, tokens.token());
  await using secure = await startSecureBridge(broker, topics, {
    kafka: {
      ...at(broker.ports.saslSsl),
      tls: tls(),
      sasl: { mechanism: 'oauthbearer', oauth: { tokenFile } },
    },
  });
  await secure.ready();
  await using primary = await secure.connect();
  let sent = await secure.records();
  for (const until = performance.now() + 16_000; performance.now() < until; sent++) {
    await writeFile(`${tokenFile}.new`, tokens.token());
    await rename(`${tokenFile}.new`, tokenFile);
    await secure.delivers(primary);
  }
  tokens.lifetime = 3600;
  expect(await secure.records()).toBe(sent);
});
