import { X509Certificate } from 'node:crypto';

import type { JsonGeneralName, JsonName } from '@peculiar/x509';
import { describe, expect, test } from 'vitest';

import { isNamedBy } from '../../../src/session/client-certificate.ts';
import { createTestPki } from '../../../tools/certificates.ts';

const pki = await createTestPki();

async function certificateOf(
  subject: string | JsonName,
  ...names: JsonGeneralName[]
): Promise<X509Certificate> {
  return new X509Certificate((await pki.issue({ subject, names })).cert);
}

const dns = (value: string): JsonGeneralName => ({ type: 'dns', value });

describe('a certificate names a primary', () => {
  test.each<[string, string, JsonGeneralName[]]>([
    ['by its common name', 'CN=primary1.example', []],
    ['by its common name beside DNS names', 'CN=primary1.example', [dns('other.example')]],
    ['by its common name among other attributes', 'C=DE, O=Backup, CN=primary1.example, OU=x', []],
    ['by one of several common names', 'CN=other.example, CN=primary1.example', []],
    ['by a DNS name', 'CN=other', [dns('other.example'), dns('primary1.example')]],
    ['by a DNS name without a subject', '', [dns('primary1.example')]],
    ['in capital letters', 'CN=PRIMARY1.Example', []],
  ])('%s', async (_how, subject, names) => {
    expect(isNamedBy(await certificateOf(subject, ...names), 'primary1.example')).toBe(true);
  });

  test('also with an underscore, as NetBackup may name its servers', async () => {
    expect(isNamedBy(await certificateOf('CN=nbu_primary_1'), 'NBU_primary_1')).toBe(true);
  });
});

describe('a certificate does not name a primary', () => {
  test.each<[string, string | JsonName, JsonGeneralName[]]>([
    ['by an attribute with a line that looks like a name', [{ O: ['a\nCN=primary1.example'] }], []],
    ['whose name it only begins with', 'CN=primary1.example.com', [dns('primary1.example.net')]],
    ['whose name it only ends with', 'CN=x.primary1.example', [dns('xprimary1.example')]],
    ['by a wildcard', 'CN=*.example', [dns('*.example'), dns('primary*.example'), dns('*')]],
    ['by another attribute', 'CN=x, O=primary1.example, OU=primary1.example', []],
    ['by a common name that looks like two', 'CN=x\\, CN=primary1.example', []],
    ['by a DNS name that looks like two (CVE-2021-44532)', 'CN=x', [dns('x", DNS:"primary1.example')]],
    ['by a DNS name that looks like two, unquoted', 'CN=x', [dns('x, DNS:primary1.example')]],
    ['by a DNS name with a NUL', 'CN=x', [dns('primary1.example\0.evil')]],
    ['by a common name with a NUL', 'CN=primary1.example\\00.evil', []],
    ['by a mail address', 'CN=x', [{ type: 'email', value: 'primary1.example' }]],
    ['by a URL', 'CN=x', [{ type: 'url', value: 'https://primary1.example' }]],
    ['without any name', '', []],
  ])('%s', async (_how, subject, names) => {
    const certificate = await certificateOf(subject, ...names);
    expect(isNamedBy(certificate, 'primary1.example')).toBe(false);
  });

  test('that is an address', async () => {
    const certificate = await certificateOf('CN=x', { type: 'ip', value: '192.0.2.1' });
    expect(isNamedBy(certificate, '192.0.2.1')).toBe(false);
  });

  test('of nobody', async () => {
    expect(isNamedBy(await certificateOf('CN=primary1'), '')).toBe(false);
  });
});
