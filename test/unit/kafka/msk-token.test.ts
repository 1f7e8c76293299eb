/** Amazon MSK with IAM: AWS's signer as it is, its clock set; STS is a double by AWS's reference of AssumeRole and AssumeRoleWithWebIdentity. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { ExitCode } from '../../../src/errors.ts';
import { createMskTokenSource } from '../../../src/kafka/msk-token.ts';
import { readToken, signatureOf } from '../../helpers/signed-request.ts';
import { freePort } from '../../../tools/dev-stack/ports.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

const boundMs = 20_000;
const secretKey = 'secret/key+1';
const region = 'eu-central-1';
const start = Date.UTC(2026, 10, 29, 6, 27, 31, 456);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start });
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere/config');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere/credentials');
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

function givenKey(more: Readonly<Record<string, string>> = {}): void {
  const all = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: secretKey, ...more };
  for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
}

test('a token is the signed request that Amazon MSK asks for', async () => {
  givenKey();
  const request = readToken(await createMskTokenSource({ region }, boundMs)());
  expect(request.host).toBe('kafka.eu-central-1.amazonaws.com');
  expect(request.parameters).toEqual({
    Action: 'kafka-cluster:Connect',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIDEXAMPLE/20261129/eu-central-1/kafka-cluster/aws4_request',
    'X-Amz-Date': '20261129T062731Z',
    'X-Amz-Expires': '900',
    'X-Amz-SignedHeaders': 'host',
    // AWS's Java signer gives the same for this request: test/kafka/msk-signers.test.ts compares the two.
    'X-Amz-Signature': '0cb93da0d5d5a31ccdb82e87e9bd8bdaa6baf447473177878b71e1091a31bf56',
    'User-Agent': expect.stringMatching(/^aws-msk-iam-sasl-signer-js\//),
  });
  expect(signatureOf(request, secretKey)).toBe(request.parameters['X-Amz-Signature']);
});

test('one token serves until a minute before its end, and only then credentials are asked for again', async () => {
  givenKey();
  const source = createMskTokenSource({ region }, boundMs);
  const first = await source();
  vi.setSystemTime(start + 838_000);
  expect(await source()).toBe(first);
  vi.setSystemTime(start + 840_000);
  expect(await source()).not.toBe(first);
});

test('credentials that end sooner end the token for us, and its own expiry is a whole number of seconds', async () => {
  const until = new Date(start + 312_345).toISOString();
  givenKey({ AWS_SESSION_TOKEN: 'session/+=', AWS_CREDENTIAL_EXPIRATION: until });
  const source = createMskTokenSource({ region }, boundMs);
  const first = await source();
  const request = readToken(first);
  expect(request.parameters).toMatchObject({ 'X-Amz-Expires': '900', 'X-Amz-Security-Token': 'session/+=' });
  expect(signatureOf(request, secretKey)).toBe(request.parameters['X-Amz-Signature']);
  vi.setSystemTime(start + 252_000);
  expect(await source()).toBe(first);
  vi.setSystemTime(start + 253_000);
  expect(await source()).not.toBe(first);
});

interface Sts {
  readonly asked: readonly URLSearchParams[];
}

async function givenSts(refusal?: { readonly status: number; readonly code: string }): Promise<Sts> {
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const form = new URLSearchParams(body);
      asked.push(form);
      if (refusal !== undefined) {
        const error = `<Error><Type>Sender</Type><Code>${refusal.code}</Code><Message>User: arn:aws:iam::1:user/x is not authorized</Message></Error>`;
        return response.writeHead(refusal.status).end(`<ErrorResponse>${error}</ErrorResponse>`);
      }
      const action = form.get('Action') ?? '';
      const until = new Date(Date.now() + 3_600_000).toISOString();
      const credentials = `<Credentials><AccessKeyId>ASIA${asked.length}</AccessKeyId><SecretAccessKey>role key</SecretAccessKey><SessionToken>role token</SessionToken><Expiration>${until}</Expiration></Credentials>`;
      return response.end(
        `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${credentials}</${action}Result></${action}Response>`,
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return { asked };
}

const roleArn = 'arn:aws:iam::123456789012:role/bridge';

test('a role is taken on with the credentials that are found, under the name of the settings', async () => {
  givenKey();
  const sts = await givenSts();
  const settings = { region, roleArn, roleSessionName: 'bridge-1' };
  const request = readToken(await createMskTokenSource(settings, boundMs)());
  expect(sts.asked.map((form) => Object.fromEntries(form))).toMatchObject([
    { Action: 'AssumeRole', RoleArn: roleArn, RoleSessionName: 'bridge-1' },
  ]);
  expect(request.parameters['X-Amz-Credential']).toMatch(/^ASIA1\//);
  expect(signatureOf(request, 'role key')).toBe(request.parameters['X-Amz-Signature']);
});

test("a pod's web identity is shown to STS, and its file is read again when the credentials end", async () => {
  const directory = temporaryDirectory({ token: 'first.web.identity' });
  onTestFinished(() => directory[Symbol.dispose]());
  const file = join(directory.path, 'token');
  vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file);
  vi.stubEnv('AWS_ROLE_ARN', roleArn);
  const sts = await givenSts();
  const source = createMskTokenSource({ region }, boundMs);
  const first = readToken(await source());
  expect(first.parameters['X-Amz-Credential']).toMatch(/^ASIA1\//);
  writeFileSync(file, 'second.web.identity');
  vi.setSystemTime(start + 3_601_000);
  await source();
  expect(sts.asked.map((form) => Object.fromEntries(form))).toMatchObject(
    ['first.web.identity', 'second.web.identity'].map((token) => ({
      Action: 'AssumeRoleWithWebIdentity',
      RoleArn: roleArn,
      RoleSessionName: 'nbwss-bridge',
      WebIdentityToken: token,
    })),
  );
});

test('a profile of the configuration files is used where the settings name one', async () => {
  const directory = temporaryDirectory({
    credentials: `[bridge]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = ${secretKey}\n`,
  });
  onTestFinished(() => directory[Symbol.dispose]());
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(directory.path, 'credentials'));
  const request = readToken(await createMskTokenSource({ region, profile: 'bridge' }, boundMs)());
  expect(request.parameters['X-Amz-Credential']).toMatch(/^AKIDPROFILE\//);
});

test('a role that may not be taken on is a refusal with the words of AWS', async () => {
  givenKey();
  await givenSts({ status: 403, code: 'AccessDenied' });
  const refused = createMskTokenSource({ region, roleArn }, boundMs)();
  await expect(refused).rejects.toMatchObject({ code: 'token-refused', exitCode: ExitCode.denied });
  await expect(refused).rejects.toThrow(
    /AWS refuses us \(AccessDenied: User: arn:aws:iam::1:user\/x is not authorized\): check kafka\.sasl\.awsMskIam\.roleArn/,
  );
});

test('without credentials the error says where they may come from', async () => {
  const failed = createMskTokenSource({ region }, boundMs)();
  await expect(failed).rejects.toMatchObject({ code: 'token-endpoint', exitCode: ExitCode.unavailable });
  await expect(failed).rejects.toThrow(
    /give this process AWS credentials \(environment, web identity, or the role/,
  );
});

test('a profile that is missing is named', async () => {
  const directory = temporaryDirectory({ credentials: '' });
  onTestFinished(() => directory[Symbol.dispose]());
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(directory.path, 'credentials'));
  await expect(createMskTokenSource({ region, profile: 'bridge' }, boundMs)()).rejects.toThrow(
    /: check the profile bridge \(kafka\.sasl\.awsMskIam\.profile\)/,
  );
});

test('a web identity that STS refuses is no matter of a role of the settings', async () => {
  const directory = temporaryDirectory({ token: 'web.identity' });
  onTestFinished(() => directory[Symbol.dispose]());
  vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(directory.path, 'token'));
  vi.stubEnv('AWS_ROLE_ARN', roleArn);
  await givenSts({ status: 403, code: 'AccessDenied' });
  await expect(createMskTokenSource({ region }, boundMs)()).rejects.toThrow(
    /AWS refuses us \(AccessDenied: .*\): check the credentials of this process/,
  );
});

test('where STS is away, credentials are not what is missing', async () => {
  givenKey();
  vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${await freePort()}`);
  await expect(createMskTokenSource({ region, roleArn }, boundMs)()).rejects.toThrow(
    /ECONNREFUSED.*: see that what gives AWS credentials can be reached/,
  );
});

test('the wait for credentials is bounded', async () => {
  givenKey();
  const server = createServer(() => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await expect(createMskTokenSource({ region, roleArn }, 300)()).rejects.toThrow(
    'no credentials in 300 ms (kafka.requestTimeoutMs)',
  );
});

test('nothing of AWS is loaded where another mechanism is on', async () => {
  const script = `
    const { createMechanism } = await import('./src/kafka/sasl.ts');
    createMechanism({ mechanism: process.argv[1], oauth: {} }, 1_000, () => {});
    await import('./src/service.ts');
    const { createRequire } = await import('node:module');
    const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => /node_modules.(?:@aws|@smithy|aws-)/.test(file));
    process.stdout.write(String(loaded.length));`;
  const args = ['--input-type=module', '-e', script, 'oauthbearer'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: boundMs });
  expect(stdout).toBe('0');
});
