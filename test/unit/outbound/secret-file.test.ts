import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSecret } from '../../../src/outbound/secret-file.ts';
import { readTlsFiles } from '../../../src/outbound/tls.ts';
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
])('a secret is the line %s', async (_, content, secret) => {
  await writeFile(at('secret'), content);
  expect(readSecret('a.passwordFile', at('secret'))).toBe(secret);
});

test.each([
  ['empty', '', 'it is empty'],
  ['two lines', 'hunter2\nhunter3\n', 'more than one line'],
  ['a NUL', 'hunter2\0', 'control characters'],
  ['no UTF-8', Buffer.from([0x68, 0xff]), 'not UTF-8'],
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
