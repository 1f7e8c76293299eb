import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readCa } from '../../../src/cli/input-file.ts';
import { readSecret } from '../../../src/outbound/secret-file.ts';
import { readTlsFiles } from '../../../src/outbound/tls.ts';
import { loadCertificate } from '../../../src/session/tls.ts';
import { secureContextOf } from '../../../src/simulator/options.ts';
import { createTestPki } from '../../../tools/certificates.ts';

let directory: string;
const at = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nbwss-secret-'));
});
afterAll(() => rm(directory, { recursive: true }));

test.each([
  ['with a line feed', 'pass word\n', 'pass word'],
  ['with a Windows line end', 'pass word\r\n', 'pass word'],
  ['without one', ' pass ü ', ' pass ü '],
  ['behind a byte order mark of UTF-8', '\ufeffpass word\r\n', 'pass word'],
])('a secret is the line %s', async (_, content, secret) => {
  await writeFile(at('secret'), content);
  expect(readSecret('a.passwordFile', at('secret'))).toBe(secret);
});

test.each([
  ['empty', '', 'it is empty'],
  ['two lines', 'hunter2\nhunter3\n', 'more than one line'],
  ['a NUL', 'hunter2\0', 'a byte 0'],
  ['Latin-1', Buffer.from('hunter2\xfc', 'latin1'), 'not UTF-8 text, but another encoding'],
  [
    'UTF-16 with its mark',
    Buffer.from('\ufeffhunter2\r\n', 'utf16le'),
    'not UTF-8 text, but another encoding',
  ],
  [
    'UTF-16 without a mark',
    Buffer.from('hunter2', 'utf16le'),
    'a byte 0, as text of UTF-16 has: save it as UTF-8',
  ],
  ['a tab inside', 'hunter\t2', 'control characters: save it as UTF-8, with the secret as its only line'],
  ['too large', 'hunter2'.repeat(10_000), 'larger than 65536 bytes'],
])('%s is refused by the name of the setting and the file, and not shown', async (_, content, reason) => {
  await writeFile(at('secret'), content);
  const read = () => readSecret('a.passwordFile', at('secret'));
  expect(read).toThrow(`a.passwordFile: the file ${at('secret')} can't be used: `);
  expect(read).toThrow(reason);
  expect(read).not.toThrow('hunter');
});

test('what is no file is refused', () => {
  expect(() => readSecret('a.passwordFile', '/dev/zero')).toThrow('not a file');
  expect(() => readSecret('a.passwordFile', directory)).toThrow('not a file');
  expect(() => readSecret('a.passwordFile', at('nothing'))).toThrow('ENOENT');
});

test('of a certificate and a key the one to mend is named', async () => {
  const pki = await createTestPki();
  const other = await pki.issue();
  const [caFile, certFile, keyFile] = [at('ca.crt'), at('tls.crt'), at('tls.key')];
  const read = () => readTlsFiles({ setting: 'kafka.tls', caFile, certFile, keyFile });
  await Promise.all([writeFile(caFile, pki.ca), writeFile(certFile, pki.cert), writeFile(keyFile, pki.key)]);
  expect(read()).toEqual({ ca: pki.ca, cert: pki.cert, key: pki.key });

  await writeFile(keyFile, other.key);
  expect(read).toThrow(/^kafka.tls.keyFile: .* isn't the one of the certificate in /);
  await writeFile(keyFile, pki.cert);
  expect(read).toThrow(/^kafka.tls.keyFile: .* no private key that isn't encrypted/);
  await writeFile(certFile, pki.key);
  expect(read).toThrow(/^kafka.tls.certFile: .* holds no certificate/);
  await writeFile(caFile, pki.ca.replace(/[A-Za-z]{10}/, 'AAAAAAAAAA'));
  expect(read).toThrow(/^kafka.tls.caFile: /);
});

/** PEM with a comment before it that is no UTF-8, and PEM behind a byte order mark. */
const asPeopleHaveIt = [
  [
    'a comment in Latin-1',
    (pem: string) => Buffer.concat([Buffer.from('# Z\xfcrich\n', 'latin1'), Buffer.from(pem)]),
  ],
  ['a byte order mark', (pem: string) => Buffer.from(`\ufeff${pem}`)],
] as const;

test.each(asPeopleHaveIt)('certificates and keys are taken everywhere alike with %s', async (_, made) => {
  const pki = await createTestPki();
  const [caFile, certFile, keyFile] = [at('ca2.crt'), at('tls2.crt'), at('tls2.key')];
  await Promise.all([
    writeFile(caFile, made(pki.ca)),
    writeFile(certFile, made(pki.cert)),
    writeFile(keyFile, made(pki.key)),
  ]);
  const outbound = readTlsFiles({ setting: 'kafka.tls', caFile, certFile, keyFile });
  const inbound = loadCertificate(certFile, keyFile, caFile);
  const probed = secureContextOf(await readCa(caFile));
  const server = createServer({
    cert: inbound.cert,
    key: inbound.key,
    ca: inbound.clientCa ?? '',
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'secureConnection');
  for (const trusting of [outbound, { secureContext: probed }]) {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ...trusting });
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    // Only the first shows a certificate.
    await accepted;
    socket.destroy();
  }
});
