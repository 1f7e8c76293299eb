import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestPki, type PkiOptions } from '../../tools/certificates.ts';
import { freePort } from '../../tools/dev-stack/ports.ts';
import type { Verdict } from '../../src/verdict.ts';
import { createTopics, createTopicsAndSubjects, freshTopics } from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { type ConfigFile, token, writeConfigFile } from '../helpers/config-file.ts';
import { connectKafkaAdmin } from '../helpers/kafka-admin.ts';
import { evolve, setLevel, versionsOf } from '../helpers/owner.ts';
import { startSpanCollector } from '../helpers/span-collector.ts';
import { without } from '../helpers/schema-evolution.ts';

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
    expect(stderr).toBe(
      'nbwss-bridge: the configuration has 1 problem(s): the lines of stdout that begin with "failed" say which\n',
    );
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

const connect = (file: string, ...more: string[]) =>
  nbwssBridge(['check-config', '--connect', '--config', file, ...more]);

test('check-config --connect: topics and subjects that are not there yet: exit 78, each by name', async () => {
  const { file, topics } = await writeConfigFile();
  const { exitCode, stdout, stderr } = await connect(file);
  expect(exitCode).toBe(78);
  expect(stderr).toBe(
    "nbwss-bridge: the configuration is valid, but 6 thing(s) that it names can't be used now: " +
      'the lines of stdout that begin with "failed" say which\n',
  );
  for (const topic of Object.values(topics)) {
    expect(stdout).toMatch(
      new RegExp(`^failed {3}kafka\\.topics: .*no topic ${topic}, .*topics create`, 'm'),
    );
    expect(stdout).toMatch(new RegExp(`^failed {3}registry\\.url: .*no subject ${topic}-value`, 'm'));
  }
  expect(stdout).toMatch(/^ok {7}kafka\.brokers: /m);
  expect(stdout).not.toContain('the configuration is valid');
});

test('check-config --connect gives a verdict on certificate, tokens, brokers, topics and registry', async () => {
  const { file, topics } = await writeConfigFile();
  await createTopicsAndSubjects(topics, { partitions: 1 });
  const { exitCode, stdout, stderr } = await connect(file);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^ok {7}listen\.tls\.certFile: /m);
  expect(stdout).toMatch(
    /^ok {7}credentials\.tokenDirectory: primaries with a token: primary1; the probe has none$/m,
  );
  expect(stdout).toMatch(/^ok {7}kafka\.brokers: 127\.0\.0\.1:\d+ answers/m);
  for (const topic of Object.values(topics)) {
    expect(stdout).toMatch(new RegExp(`^ok {7}kafka\\.topics: ${topic}: 1 partitions, .*retention`, 'm'));
    expect(stdout).toMatch(new RegExp(`^ok {7}kafka\\.topics: ${topic}: may be written$`, 'm'));
    expect(stdout).toMatch(
      new RegExp(`^ok {7}registry\\.url: ${topic}-value: version 1 .* can be written$`, 'm'),
    );
  }
});

test('check-config --connect finds of topics what `topics check` finds, and judges each subject by itself: exit 78', async () => {
  const { file, topics } = await writeConfigFile();
  await createTopicsAndSubjects(topics, { partitions: 1 });
  await using admin = await connectKafkaAdmin();
  await admin.configure(topics.jobs, 'cleanup.policy', 'compact');
  await admin.configure(topics.images, 'retention.ms', '3600000');
  await setLevel(`${topics.images}-value`, 'NONE');
  await evolve(`${topics.images}-value`, without('entryIndex'));
  const [connected, checked] = await Promise.all([
    connect(file, '--json'),
    nbwssBridge(['topics', 'check', '--config', file]),
  ]);
  expect([connected.exitCode, checked.exitCode]).toEqual([78, 78]);
  const found = JSON.parse(connected.stdout) as { readonly verdicts: readonly Verdict[] };
  expect(found).toMatchObject({ valid: false, exitCode: 78 });
  const failed = found.verdicts.filter(({ state }) => state === 'failed');
  const ofTopics = failed.filter(({ what }) => what === 'kafka.topics');
  const ofBridge = checked.stderr.match(/(?<=^nbwss-bridge: failed: ).*/gm);
  expect(ofBridge).toEqual(ofTopics.map(({ text }) => text));
  expect(ofTopics).toHaveLength(2);
  const judged = found.verdicts.filter(({ what }) => what === 'registry.url');
  expect(judged.filter(({ state }) => state !== 'ok')).toEqual([
    {
      what: 'registry.url',
      state: 'warning',
      text: expect.stringMatching(
        new RegExp(`${topics.images}-value, version 2 .*"entryIndex".* The bridge writes version 1 `),
      ),
    },
  ]);
  expect(judged).toHaveLength(3);
});

test('check-config --connect with schemas.mode register: says what a start would register, and registers nothing', async () => {
  const { file, topics } = await writeConfigFile({ schemas: { mode: 'register' } });
  await createTopics(topics);
  const { exitCode, stdout } = await connect(file);
  expect(exitCode).toBe(0);
  expect(
    stdout.match(/-value: this release's schema is not there yet; the bridge will register it/g),
  ).toHaveLength(3);
  expect(await versionsOf(`${topics.jobs}-value`)).toBeNull();
});

test('check-config --connect: Kafka down does not hide the registry, nor the other way round: exit 69, one failure each', async () => {
  const down = { brokers: [`127.0.0.1:${await freePort()}`] };
  const { file } = await writeConfigFile({ kafka: { ...down, topics: freshTopics() } });
  const { exitCode, stdout, stderr } = await connect(
    file,
    '--registry-url',
    `http://127.0.0.1:${await freePort()}`,
  );
  expect(exitCode).toBe(69);
  expect(stderr).toContain('but 2 thing(s) that it names');
  expect(stdout.match(/^failed/gm)).toHaveLength(2);
  expect(stdout).toMatch(/^failed {3}kafka\.brokers: can't connect to Kafka at .*ECONNREFUSED/m);
  expect(stdout).toMatch(/^failed {3}registry\.url: the schema registry doesn't answer .*ECONNREFUSED/m);
  expect(stdout).toMatch(/^ok {7}credentials\.tokenDirectory/m);
});

test('check-config has a verdict also on files that can not be used: exit 78', async () => {
  const { file, directory } = await writeConfigFile();
  await rm(join(directory, 'tokens/primary1'));
  await rm(join(directory, 'tls/tls.key'));
  const { exitCode, stdout, stderr } = await nbwssBridge(['check-config', '--config', file]);
  expect(exitCode).toBe(78);
  expect(stderr).toBe(
    'nbwss-bridge: the configuration has 2 problem(s): the lines of stdout that begin with "failed" say which\n',
  );
  expect(stdout).toMatch(/^failed {3}listen\.tls\.keyFile: can't read a PEM private key/m);
  expect(stdout).toMatch(/^failed {3}credentials\.tokenDirectory: .* holds no token/m);
  expect(stdout).toMatch(/^ok {7}listen\.tls\.certFile: the chain is in order/m);
});

test('check-config --print has nothing else on stdout, so that what is wrong is on stderr: exit 78', async () => {
  const { file } = await givenCertificate({ notAfter: inDays(-1) });
  const result = await nbwssBridge(['check-config', '--print', '--config', file]);
  expect(result).toMatchObject({ exitCode: 78, stdout: '' });
  expect(result.stderr).toMatch(
    /^nbwss-bridge: the configuration has 1 problem\(s\):\n {2}- listen\.tls\.certFile: the certificate has expired/,
  );
});

test('check-config warns of secrets that every user of the machine can read, and not of what they can not get at', async () => {
  const { file, directory } = await writeConfigFile();
  const [key, tokens] = [join(directory, 'tls/tls.key'), join(directory, 'tokens')];
  await chmod(key, 0o644);
  await writeFile(join(tokens, 'hashed'), `sha256:${'0'.repeat(64)}\n`, { mode: 0o644 });
  await chmod(join(tokens, 'primary1'), 0o640);
  const hidden = await nbwssBridge(['check-config', '--config', file]);
  expect(hidden.stdout).not.toMatch(/^warning/m);
  await chmod(directory, 0o755);
  const { exitCode, stdout, stderr } = await nbwssBridge(['check-config', '--config', file]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout.match(/^warning.*$/gm)).toEqual([
    `warning  listen.tls.keyFile: every user of this machine can read ${key} (mode 0644): take that away with chmod o=`,
  ]);
});

test('check-config warns of tokens that can be guessed, and of what looks like a hash, and shows none of them', async () => {
  const { file, directory } = await writeConfigFile();
  const at = (name: string) => join(directory, 'tokens', name);
  const digits = '0123456789abcdefABCDEF'.repeat(3).slice(0, 64);
  await writeFile(at('short'), `${token}-too\n${'s'.repeat(15)}\n`);
  await writeFile(at('enough'), `${'e'.repeat(16)}\n`);
  await writeFile(at('hash'), `sha256:${digits}\n`);
  await writeFile(at('bare'), `${digits}\n`);
  const { exitCode, stdout, stderr } = await nbwssBridge(['check-config', '--config', file]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout.match(/^warning.*$/gm)).toEqual([
    expect.stringMatching(
      `^warning {2}credentials\\.tokenDirectory: ${at('bare')} has 64 hexadecimal digits without \`sha256:\``,
    ),
    expect.stringMatching(
      `^warning {2}credentials\\.tokenDirectory: ${at('short')} has a token of fewer than 16 characters, .*token generate`,
    ),
  ]);
  expect(stdout).not.toMatch(/sss|eee|0123456789/);
});

test('check-config --connect has a verdict on the collector of traces, and a warning where it is away', async () => {
  const { file, topics } = await writeConfigFile();
  await createTopicsAndSubjects(topics, { partitions: 1 });
  await using collector = await startSpanCollector();
  const found = await connect(file, '--tracing-endpoint', collector.endpoint);
  expect(found.exitCode).toBe(0);
  expect(found.stdout).toMatch(/^ok {7}tracing\.endpoint: 127\.0\.0\.1:\d+ can be reached \(no TLS\)$/m);
  const away = await connect(file, '--tracing-endpoint', `http://127.0.0.1:${await freePort()}`);
  expect(away).toMatchObject({ exitCode: 0, stderr: '' });
  expect(away.stdout).toMatch(/^warning {2}tracing\.endpoint: .* can't be reached \(connect ECONNREFUSED/m);
  expect(away.stdout).toMatch(/^warning {2}tracing\.endpoint: its path \/ does not end with \/v1\/traces/m);
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
  expect(bad.stderr).toContain('listen.tls.certFile: it is not good for x');
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
