import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { createDecoder } from '../../src/encode/decoder.ts';
import { createRegistry } from '../../src/encode/registry.ts';
import { createTestPki, type TestPki } from '../../tools/certificates.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { createTopicsAndSubjects, freshTopics, replaysTopicOf } from '../helpers/bridge.ts';
import { answerAs } from '../helpers/answering-registry.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { writeConfigFile } from '../helpers/config-file.ts';
import { openRegistryDoor, type RegistryDoor } from '../helpers/registry-door.ts';

const topics = freshTopics();
const subject = `${topics.jobs}-value`;
let pki: TestPki;

beforeAll(async () => {
  pki = await createTestPki();
  await createTopicsAndSubjects(topics);
});

/** A door that goes with the test, and files for it. */
async function given(tls: 'none' | 'server' | 'mutual') {
  const directory = await temporaryDirectory(join(tmpdir(), 'nbwss-registry-'));
  onTestFinished(() => directory[Symbol.asyncDispose]());
  const { cert, key, ca } = pki;
  const options =
    tls === 'mutual' ? { cert, key, ca, requestCert: true, rejectUnauthorized: true } : { cert, key };
  const door: RegistryDoor = await openRegistryDoor(tls === 'none' ? null : options);
  onTestFinished(() => door[Symbol.asyncDispose]());
  return {
    door,
    async file(name: string, content: string) {
      const path = join(directory.path, name);
      await writeFile(path, content);
      return path;
    },
  };
}

const basic = (password: string) => `Basic ${Buffer.from(`bridge:${password}`).toString('base64')}`;

test('a password is read for each call, and a refusal names its file', async () => {
  const { door, file } = await given('server');
  const caFile = await file('ca.crt', pki.ca);
  const passwordFile = await file('password', 'old\n');
  const auth = { type: 'basic', username: 'bridge', passwordFile } as const;
  const registry = createRegistry({ url: door.url, requestTimeoutMs: 5_000, tls: { caFile }, auth });
  door.authorization = basic('old');
  await expect(registry.latest(subject)).resolves.toMatchObject({ subject, version: 1 });

  door.authorization = basic('new ü');
  await expect(registry.latest(subject)).rejects.toMatchObject({
    code: 'registry-authentication',
    message: expect.stringMatching(new RegExp(`401.*registry.auth.username.*${passwordFile}`)),
  });
  await file('password', 'new ü');
  await expect(registry.latest(subject)).resolves.toMatchObject({ subject });

  door.forbidden = true;
  await expect(registry.latest(subject)).rejects.toMatchObject({
    code: 'registry-authorization',
    message: expect.stringContaining('403 (no): the user bridge'),
  });
});

test('a token is read for each call, and a refusal names its file', async () => {
  const { door, file } = await given('none');
  const tokenFile = await file('token', 'one');
  const auth = { type: 'bearer', tokenFile } as const;
  const registry = createRegistry({ url: door.url, requestTimeoutMs: 5_000, auth });
  door.authorization = 'Bearer two';
  await expect(registry.latest(subject)).rejects.toThrow(
    new RegExp(`${tokenFile} \\(registry.auth.tokenFile\\)`),
  );
  await file('token', 'two');
  await expect(registry.latest(subject)).resolves.toMatchObject({ subject });
});

test('who is asked for credentials and has none is told of the setting', async () => {
  const { door } = await given('none');
  door.authorization = basic('any');
  const registry = createRegistry({ url: door.url, requestTimeoutMs: 5_000 });
  await expect(registry.latest(subject)).rejects.toThrow(
    /401 \(who\?\): it requires authentication: set registry.auth.type/,
  );
});

test('certificates are read for each call: an unknown CA and a certificate that is missing or expired are named', async () => {
  const { door, file } = await given('mutual');
  const caFile = await file('ca.crt', (await createTestPki()).ca);
  const ask = (tls: object) =>
    createRegistry({ url: door.url, requestTimeoutMs: 5_000, tls }).latest(subject);
  await expect(ask({})).rejects.toThrow(/unknown CA .*: name its CA with registry.tls.caFile/);
  await expect(ask({ caFile })).rejects.toThrow(
    new RegExp(`unknown CA .*registry.tls.caFile \\(${caFile}\\)`),
  );
  await file('ca.crt', pki.ca);
  await expect(ask({ caFile })).rejects.toThrow(/refuses our certificate .*set registry.tls.certFile/);

  const expired = await pki.issue({ hosts: ['bridge'], notAfter: new Date(Date.now() - 60_000) });
  const certFile = await file('tls.crt', expired.cert);
  const keyFile = await file('tls.key', expired.key);
  const registry = createRegistry({
    url: door.url,
    requestTimeoutMs: 5_000,
    tls: { caFile, certFile, keyFile },
  });
  await expect(registry.latest(subject)).rejects.toThrow(/registry.tls.certFile .* has expired/);
  const renewed = await pki.issue({ hosts: ['bridge'] });
  await file('tls.crt', renewed.cert);
  await expect(registry.latest(subject)).rejects.toThrow(
    /registry.tls.keyFile: .* isn't the one of the certificate/,
  );
  await file('tls.key', renewed.key);
  await expect(registry.latest(subject)).resolves.toMatchObject({ subject });
});

test('records are decoded through the same door', async () => {
  const { door, file } = await given('server');
  door.authorization = basic('secret');
  const tls = { caFile: await file('ca.crt', pki.ca) };
  const auth = { type: 'basic', username: 'bridge', passwordFile: await file('password', 'secret') } as const;
  const registry = createRegistry({ url: door.url, requestTimeoutMs: 5_000, tls, auth });
  const { id } = await registry.latest(subject);
  const unfinished = Buffer.alloc(5);
  unfinished.writeInt32BE(id, 1);
  const decode = createDecoder({ url: door.url, requestTimeoutMs: 5_000, tls, auth });
  // The schema was fetched: what is wrong is the record, which has no fields.
  await expect(decode(unfinished)).rejects.toThrow(/truncated|buffer/i);
});

test('every command that asks the registry sends the headers and the token of the settings, or says what the registry lacks', async () => {
  const { door, file } = await given('none');
  await using tokens = await answerAs(() => ({
    status: 200,
    body: { access_token: 'the.token', expires_in: 3600 },
  }));
  door.authorization = 'Bearer the.token';
  door.headers = { 'target-sr-cluster': 'lsrc-1', 'confluent-identity-pool-id': 'pool-1' };
  const secret = await file('secret', 'a secret');
  const settings = {
    kafka: { brokers: inject('bootstrapServers'), topics: { ...topics, replays: replaysTopicOf(topics) } },
    registry: {
      url: door.url,
      auth: {
        type: 'oauth',
        oauth: { tokenUrl: tokens.url, clientId: 'bridge', clientSecretFile: secret, audience: 'registry' },
        allowPlaintext: true,
      },
      headers: { 'target-sr-cluster': 'lsrc-1' },
      headerFiles: { 'Confluent-Identity-Pool-Id': await file('pool', 'pool-1') },
    },
  };
  const { file: config } = await writeConfigFile(settings);
  const commands = [
    ['schemas', 'check'],
    ['schemas', 'list'],
    ['schemas', 'register', '--dry-run'],
    ['schemas', 'diff', 'jobs', 'jobs@latest'],
    ['replay', '--dry-run'],
  ];
  const results = await Promise.all(commands.map((args) => nbwssBridge([...args, '--config', config])));
  expect(results.map(({ exitCode, stderr }) => [exitCode, stderr.replace(/^0 dead letter.*\n/, '')])).toEqual(
    commands.map(() => [0, '']),
  );
  expect(new Set(tokens.asked.map(({ body }) => body))).toEqual(
    new Set(['grant_type=client_credentials&audience=registry']),
  );
  // A command asks for one token.
  expect(tokens.asked).toHaveLength(commands.length);

  await file('pool', 'pool-2');
  const refused = await nbwssBridge(['schemas', 'check', '--config', config]);
  expect(refused.exitCode).toBe(77);
  expect(refused.stderr).toContain('401 (40101 the header confluent-identity-pool-id is missing)');
});
