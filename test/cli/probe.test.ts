import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readMetrics } from '../helpers/admin.ts';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { openSilence, serveText } from '../helpers/doors.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';
import { startScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { readStatus } from '../helpers/status.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { createTestPki, leafOf } from '../../tools/certificates.ts';

let bridge: TestBridge;
const files = temporaryDirectory();
const [token, ca] = [join(files.path, 'token'), join(files.path, 'ca.crt')];

beforeAll(async () => {
  bridge = await startTestBridge({ primaries: ['primary1', 'probe'] });
  await writeFile(token, bridge.bridge.tokens['probe'] ?? '');
  await writeFile(ca, bridge.bridge.pki.ca);
});
afterAll(async () => {
  await bridge[Symbol.asyncDispose]();
  files[Symbol.dispose]();
});

const probe = (url: string, ...more: string[]) =>
  nbwssBridge(['probe', '--url', url, '--token-file', token, '--ca-file', ca, ...more]);

test('a bridge that works: one line for each step, exit 0', async () => {
  const { exitCode, stdout, stderr } = await probe(bridge.bridge.url);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const { port } = new URL(bridge.bridge.url);
  expect(stdout.trimEnd().split('\n')).toEqual([
    expect.stringMatching(RegExp(`^ok      tcp           +\\d+ ms  connected to 127\\.0\\.0\\.1:${port}$`)),
    expect.stringMatching(
      /^ok {6}tls {10,}\d+ ms {2}TLSv1\.3, certificate of localhost, which names 127\.0\.0\.1, until .+$/,
    ),
    expect.stringMatching(/^ok {6}http {9,}\d+ ms {2}HTTP 101 for \/nbwss$/),
    expect.stringMatching(/^ok {6}connect {6,}\d+ ms {2}the token is valid$/),
    expect.stringMatching(/^ok {6}notification {2} +\d+ ms {2}an empty notification was answered$/),
  ]);
});

test('--json: the same for programs', async () => {
  const { exitCode, stdout } = await probe(bridge.bridge.url, '--json');
  expect(exitCode).toBe(0);
  const steps = ['tcp', 'tls', 'http', 'connect', 'notification'];
  expect(JSON.parse(stdout)).toEqual({
    url: bridge.bridge.url,
    ok: true,
    steps: steps.map((step) => ({ step, ok: true, ms: expect.any(Number), text: expect.any(String) })),
    advice: null,
  });
});

test("it is no primary's traffic: not in metrics, status and log, but in the audit", async () => {
  await probe(bridge.bridge.url);
  const metrics = await readMetrics(bridge.bridge.adminUrl);
  expect(metrics.samples.filter(({ labels }) => Object.values(labels).includes('probe'))).toEqual([]);
  const counted = ['received_messages_total', 'notifications_total', 'answer_duration_seconds_count'];
  expect(counted.map((name) => metrics.value(`nbwss_${name}`) ?? 0)).toEqual([0, 0, 0]);
  const connections = (state: string) => metrics.value('nbwss_connections', { state });
  expect([connections('authenticated') ?? 0, connections('unauthenticated')]).toEqual([0, 0]);
  const status = await readStatus(bridge.bridge.adminUrl);
  expect(status.primaries.map(({ name }) => name)).toEqual(['primary1']);
  expect(status.lastHour.every(({ answers }) => answers === 0)).toBe(true);
  const log = await bridge.bridge.log();
  expect(log.find(({ message }) => message === 'starting')).toMatchObject({
    'nbwss.primaries': ['primary1'],
  });
  expect(log.filter((line) => line['nbwss.primary'] === 'probe')).toEqual([]);
  expect(log.filter(({ message }) => String(message).startsWith('probed'))[0]).toMatchObject({
    'event.kind': 'audit',
    'client.address': '127.0.0.1',
    'client.port': expect.any(Number),
  });
});

test.each([
  ['a job', envelope([jobs(job)])],
  ['a notification that makes no sense', envelope([{ object: 'JOB' }])],
  ['what is no JSON', '{'],
])(
  'with the token of the probe %s closes the session with 1008, and nothing gets into Kafka',
  async (_, sent) => {
    await using session = await bridge.connect('probe');
    session.send(sent);
    expect(await session.closed).toEqual({ code: 1008, reason: 'a probe sends empty notifications only' });
    expect(session.answers).toEqual([]);
    expect(await bridge.read(0)).toEqual([]);
  },
);

test('a token that the bridge does not know: exit 77, and where it has to be', async () => {
  const unknown = join(files.path, 'unknown');
  await writeFile(unknown, 'guessed');
  const { exitCode, stdout, stderr } = await probe(bridge.bridge.url, '--token-file', unknown);
  expect(exitCode).toBe(77);
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^failed {2}connect .*refused the token/);
  expect(stderr).toMatch(
    /^nbwss-bridge: wss:\S+: connect failed: .*`probe` of the bridge \(credentials\.tokenDirectory\)/,
  );
  expect(stdout + stderr).not.toContain('guessed');
});

test('nothing listens: exit 69 at the first step', async () => {
  const { exitCode, stdout, stderr } = await probe('wss://127.0.0.1:1/nbwss');
  expect(exitCode).toBe(69);
  expect(stdout).toMatch(/^failed {2}tcp .*ECONNREFUSED\)\n$/);
  expect(stderr).toMatch(/tcp failed: .*nothing listens there: check host and port/);
});

test('another CA: exit 69 at TLS, and what to give', async () => {
  const other = join(files.path, 'other.crt');
  await writeFile(other, (await createTestPki()).ca);
  const { exitCode, stdout, stderr } = await probe(bridge.bridge.url, '--ca-file', other);
  expect(exitCode).toBe(69);
  expect(stdout).toMatch(/^ok {6}tcp .*\nfailed {2}tls /);
  expect(stderr).toMatch(
    /tls failed: [^;]*\(UNABLE_TO_GET_ISSUER_CERT_LOCALLY\); it is not signed by a CA in --ca-file.*listen\.tls\.certFile hold the leaf and its intermediates/,
  );
});

test('an endpoint without its intermediates, and no --ca-file: exit 69 at TLS, and what to give; nothing on how to start Node.js', async () => {
  const { pki } = bridge.bridge;
  await using endpoint = await startScriptedEndpoint({ ...pki, cert: leafOf(pki) });
  const args = ['probe', '--url', endpoint.url, '--token-file', token];
  const { exitCode, stdout, stderr } = await nbwssBridge(args);
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(
    /tls failed: unable to verify the first certificate \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\); it is not signed by a CA that this machine trusts, or the intermediates are missing: give --ca-file with the CA that NetBackup was given/,
  );
  expect(stdout + stderr).not.toContain('Node.js');
});

test('a name that the certificate does not have: exit 69 at TLS', async () => {
  const { exitCode, stderr } = await probe(bridge.bridge.url, '--servername', 'bridge.example');
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(/tls failed: .*ERR_TLS_CERT_ALTNAME_INVALID.*must name the host/);
});

test('a port without TLS: exit 69 at TLS', async () => {
  await using plain = await serveText('hello');
  const { exitCode, stderr } = await probe(plain.url.replace('http:', 'wss:'));
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(/tls failed: wrong version number \(ERR_SSL\w+\); the port may not speak TLS/);
});

test('another path: exit 69 at HTTP, and which setting has it', async () => {
  const { exitCode, stderr } = await probe(bridge.bridge.url.replace('/nbwss', '/other'));
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(/http failed: HTTP 404 for \/other; .*listen\.path/);
});

test('an endpoint that says nothing: exit 69 at the step that waits, within --timeout', async () => {
  await using silence = await openSilence();
  const begun = performance.now();
  const { exitCode, stderr } = await probe(`wss://127.0.0.1:${silence.port}/nbwss`, '--timeout', '0.5');
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(/tls failed: nothing within 0\.5 s/);
  expect(performance.now() - begun).toBeLessThan(10_000);
});

test('behind the PROXY protocol: --proxy-protocol gets through, and without it the advice names it', async () => {
  const proxied = await startTestBridge({
    primaries: ['primary1', 'probe'],
    settings: { listen: { host: '127.0.0.1', port: 0, proxyProtocol: true, tls: await tlsOf(bridge) } },
  });
  onTestFinished(() => proxied[Symbol.asyncDispose]());
  const own = join(files.path, 'proxied');
  await writeFile(own, proxied.bridge.tokens['probe'] ?? '');
  const through = await probe(proxied.bridge.url, '--token-file', own, '--proxy-protocol');
  expect(through).toMatchObject({ exitCode: 0, stderr: '' });
  const without = await probe(proxied.bridge.url, '--token-file', own);
  expect(without.exitCode).toBe(69);
  expect(without.stderr).toMatch(/tls failed: .*--proxy-protocol/);
  expect(without.stderr).toContain('limits.unauthenticated.attemptsPerAddress');
});

/** The certificate of another bridge, so that one CA serves both. */
async function tlsOf({ bridge }: TestBridge) {
  const { cert, key } = await bridge.pki.writeTo(join(files.path, 'tls'));
  return { certFile: cert, keyFile: key };
}

test.each([
  [['--url', 'ws://localhost/nbwss'], /isn't a wss:\/\/ URL/],
  [['--timeout', '0'], /--timeout must be a number of seconds/],
  [['--ca-file', '/nowhere'], /can't read the CA/],
])('%j is a usage error', async (args, message) => {
  const { exitCode, stdout, stderr } = await probe(bridge.bridge.url, ...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
  expect(stderr).toMatch(message);
});
