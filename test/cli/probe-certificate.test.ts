/** The probe where the endpoint asks for client certificates. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:https';
import type { SecureVersion } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestPki, type IssueOptions, type TestPki } from '../../tools/certificates.ts';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

let bridge: TestBridge;
let clients: TestPki;
let servers: TestPki;
const files = temporaryDirectory();
const token = join(files.path, 'token');
const ca = join(files.path, 'ca.crt');
const clientCa = join(files.path, 'client-ca.crt');

beforeAll(async () => {
  clients = await createTestPki({ hosts: ['probe'] });
  servers = await createTestPki();
  await writeFile(ca, servers.ca);
  await writeFile(clientCa, clients.ca);
  const { cert, key } = await servers.writeTo(join(files.path, 'tls'));
  const tls = { certFile: cert, keyFile: key, clientCaFile: clientCa, clientNameIsPrimary: true };
  bridge = await startTestBridge({
    primaries: ['primary1', 'probe'],
    settings: { listen: { host: '127.0.0.1', port: 0, tls } },
  });
  await writeFile(token, bridge.bridge.tokens['probe'] ?? '');
});
afterAll(async () => {
  await bridge?.[Symbol.asyncDispose]();
  files[Symbol.dispose]();
});

const probe = (url: string, ...more: string[]) =>
  nbwssBridge(['probe', '--url', url, '--token-file', token, '--ca-file', ca, ...more]);

/** The options for a certificate of this CA. */
async function shown(pki: TestPki, name: string, options?: IssueOptions): Promise<string[]> {
  const [certFile, keyFile] = [join(files.path, `${name}.crt`), join(files.path, `${name}.key`)];
  const { cert, key } = await pki.issue(options);
  await writeFile(certFile, cert);
  await writeFile(keyFile, key);
  return ['--cert-file', certFile, '--key-file', keyFile];
}

/** What an endpoint does that looks at client certificates as TLS does, and tells of it as TLS does. */
async function strictEndpoint(version: SecureVersion): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer({
    cert: servers.cert,
    key: servers.key,
    ca: clients.ca,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: version,
    maxVersion: version,
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `wss://127.0.0.1:${port}/nbwss`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

test('a certificate of the CA that names the probe: every step is ok, exit 0', async () => {
  const result = await probe(bridge.bridge.url, ...(await shown(clients, 'probe', { hosts: ['probe'] })));
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  expect(result.stdout.match(/^ok/gm)).toHaveLength(5);
});

test('no certificate: the step behind the handshake fails, which says why only it does, and what to give', async () => {
  const { exitCode, stdout, stderr } = await probe(bridge.bridge.url);
  expect(exitCode).toBe(69);
  expect(stdout).toMatch(/^ok {6}tcp .*\nok {6}tls .*TLSv1\.3.*\nfailed {2}http .*\n$/);
  expect(stderr).toMatch(
    /http failed: closed behind the handshake, before any answer \(TLSv1\.3\): .*TLS 1\.3 tells only then that a client certificate is refused, or missing;.*clientCaFile\), give one with --cert-file and --key-file/,
  );
});

test('a certificate of another CA: exit 69, and what it has to be', async () => {
  const others = await createTestPki();
  const { exitCode, stderr } = await probe(
    bridge.bridge.url,
    ...(await shown(others, 'other', { hosts: ['probe'] })),
  );
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(
    /http failed: closed behind the handshake.*--cert-file has to be signed by a CA in listen\.tls\.clientCaFile/,
  );
});

test('a certificate with the name of a primary: the token is refused with it, exit 77, and which name it has to carry', async () => {
  const { exitCode, stderr } = await probe(
    bridge.bridge.url,
    ...(await shown(clients, 'primary1', { hosts: ['primary1'] })),
  );
  expect(exitCode).toBe(77);
  expect(stderr).toMatch(/connect failed: .*the certificate in --cert-file has to carry the name `probe`/);
});

test.each<[SecureVersion, RegExp]>([
  [
    'TLSv1.3',
    /http failed: the endpoint refused the lack of a client certificate behind the handshake, .*CERTIFICATE_REQUIRED\); TLS 1\.3 tells only then/,
  ],
  [
    'TLSv1.2',
    /tls failed: the endpoint refused the lack of a client certificate in the handshake: .*HANDSHAKE_FAILURE\);.*--cert-file/,
  ],
])('an endpoint that says so with an alert of %s is believed', async (version, said) => {
  await using endpoint = await strictEndpoint(version);
  const { exitCode, stderr } = await probe(endpoint.url);
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(said);
});

test('certificate and key that are no pair, or only one of them, are usage errors', async () => {
  const [, certFile = ''] = await shown(clients, 'one', { hosts: ['probe'] });
  const [, , , keyFile = ''] = await shown(clients, 'two', { hosts: ['probe'] });
  const cases = [
    [['--cert-file', certFile], /--cert-file and --key-file go together/],
    [['--cert-file', certFile, '--key-file', keyFile], /two\.key can't be used: its key isn't the one of/],
    [['--cert-file', certFile, '--key-file', certFile], /holds no private key/],
    [['--cert-file', files.path, '--key-file', keyFile], /can't be used: it is not a file/],
    [
      ['--cert-file', '/nowhere', '--key-file', keyFile],
      /\/nowhere can't be used: there is nothing of that name \(ENOENT\)/,
    ],
  ] as const;
  for (const [args, said] of cases) {
    const { exitCode, stdout, stderr } = await probe(bridge.bridge.url, ...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(stderr).toMatch(said);
  }
});
