import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestPki, type PkiOptions } from '../../tools/certificates.ts';
import { createTopicsAndSubjects } from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { type ConfigFile, writeConfigFile } from '../helpers/config-file.ts';

const dayMs = 24 * 60 * 60 * 1000;
const inDays = (days: number): Date => new Date(Date.now() + days * dayMs);

/** A configuration that is right but for its certificate. */
async function givenCertificate(options: PkiOptions): Promise<ConfigFile> {
  const config = await writeConfigFile();
  const pki = await createTestPki(options);
  await pki.writeTo(join(config.directory, 'tls'));
  return config;
}

test('check-config says what NetBackup will think of the certificate', async () => {
  const { file } = await writeConfigFile();
  const result = await nbwssBridge(['check-config', '--config', file, '--host-name', 'localhost']);
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  const verdicts = result.stdout.split('\n\n')[1];
  expect(verdicts).toMatch(
    /^ok {7}listen\.tls\.certFile: the chain is in order, the leaf and 1 intermediate/m,
  );
  expect(verdicts).toMatch(/^ok {7}listen\.tls\.certFile: valid until \d{4}-/m);
  expect(verdicts).toMatch(/^ok {7}listen\.tls\.certFile: it is good for localhost$/m);
});

test('check-config warns of what works for now, with exit 0', async () => {
  const { file } = await givenCertificate({ notAfter: inDays(3.5) });
  const result = await nbwssBridge(['check-config', '--config', file]);
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  expect(result.stdout).toMatch(/^the configuration is valid\n/);
  expect(result.stdout).toMatch(/^warning {2}listen\.tls\.certFile: the certificate expires in 3 day\(s\)/m);
});

test.each<[string, PkiOptions, string[], RegExp]>([
  ['has expired', { notAfter: inDays(-1) }, [], /the certificate has expired \(\d{4}-/],
  ['has another name', {}, ['--host-name', 'bridge.example'], /it is not good for bridge\.example, but for/],
  [
    'has an intermediate that expired',
    { intermediate: { notAfter: inDays(-1) } },
    [],
    /certificate 2 .* has expired/,
  ],
  ['has no name but the common one', { names: [] }, [], /has neither a DNS name nor an IP address/],
  ['is for clients only', { usages: ['clientAuth'] }, [], /lacks serverAuth/],
])(
  'check-config refuses a certificate that %s, beside all its verdicts',
  async (_what, options, flags, said) => {
    const { file } = await givenCertificate(options);
    const { exitCode, stdout, stderr } = await nbwssBridge(['check-config', '--config', file, ...flags]);
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(
      /^nbwss-bridge: the configuration has 1 problem\(s\):\n {2}- listen\.tls\.certFile: /,
    );
    expect(stderr).toMatch(said);
    expect(stdout).not.toContain('the configuration is valid');
    expect(stdout).toMatch(/^ok {7}/m);
    expect(stdout.split('\n').filter((line) => line.startsWith('failed '))).toEqual([
      expect.stringMatching(said),
    ]);
  },
);

test('check-config tells of settings and of files in one round, whichever of them are wrong', async () => {
  const config = await writeConfigFile({ listen: { prot: 1 }, kafka: { clientId: '' } });
  await rm(join(config.directory, 'tls/tls.key'));
  await writeFile(join(config.directory, 'tokens/primary1'), '\n');
  const flags = ['--host-name', 'bridge.example', '--listen-tls-client-ca-file', config.file];
  const certFile = join(config.directory, 'tls/tls.crt');
  const keyFile = join(config.directory, 'tls/tls.key');
  const tls = ['--listen-tls-cert-file', certFile, '--listen-tls-key-file', keyFile];
  const { exitCode, stdout, stderr } = await nbwssBridge([
    'check-config',
    '--config',
    config.file,
    ...tls,
    ...flags,
  ]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: '' });
  const problems = stderr.split('\n').filter((line) => line.startsWith('  - '));
  expect(problems).toEqual([
    expect.stringContaining('listen.prot: there is no such setting'),
    expect.stringContaining('kafka.clientId: expected'),
    expect.stringContaining("listen.tls.keyFile: can't read a PEM private key"),
    expect.stringContaining("listen.tls.clientCaFile: can't read PEM certificates"),
    expect.stringMatching(/credentials\.tokenDirectory: .*primary1 is empty/),
    expect.stringContaining('listen.tls.certFile: it is not good for bridge.example'),
  ]);
});

test('check-config --connect asks Kafka and the registry, and says what is not as it should be', async () => {
  const { file, topics } = await writeConfigFile();
  const before = await nbwssBridge(['check-config', '--connect', '--config', file]);
  expect(before.exitCode).toBe(78);
  expect(before.stderr).toContain(topics.jobs);
  await createTopicsAndSubjects(topics, { partitions: 1 });
  const after = await nbwssBridge(['check-config', '--connect', '--config', file]);
  expect(after).toMatchObject({ exitCode: 0, stderr: '' });
  expect(after.stdout).toMatch(/^ok {7}kafka\./m);
  expect(after.stdout).toMatch(/^ok {7}registry\./m);
});

test('check-config --json tells machines the same', async () => {
  const { file } = await givenCertificate({ notAfter: inDays(3.5) });
  const good = await nbwssBridge(['check-config', '--json', '--config', file]);
  expect(good).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(good.stdout)).toMatchObject({
    valid: true,
    problems: [],
    verdicts: expect.arrayContaining([
      { what: 'listen.tls.certFile', state: 'warning', text: expect.stringContaining('expires in 3 day') },
    ]),
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    certificate: { subject: 'CN=localhost', notAfter: expect.stringMatching(/^\d{4}-/) },
    primaries: ['primary1'],
  });

  const bad = await nbwssBridge([
    'check-config',
    '--json',
    '--config',
    file,
    '--kafka-client-id',
    '',
    '--host-name',
    'x',
  ]);
  expect(bad.exitCode).toBe(78);
  expect(JSON.parse(bad.stdout)).toMatchObject({
    valid: false,
    problems: [
      expect.stringContaining('kafka.clientId: expected'),
      expect.stringContaining('listen.tls.certFile: it is not good for x'),
    ],
    hash: null,
  });
});

test.each(['wss://bridge.example/nbwss', 'bridge.example:8443', 'bridge.example/', '[::1]', 'a b', ''])(
  'check-config --host-name %j is a usage error: it is the host alone',
  async (name) => {
    const { exitCode, stdout, stderr } = await nbwssBridge(['check-config', '--host-name', name]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(stderr).toContain('It is the host alone');
  },
);
