import { randomUUID, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { startBridge } from '../../tools/bridge-process.ts';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { readiness, readMetrics } from '../helpers/admin.ts';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';
import { connectPrimary } from '../helpers/primary.ts';
import { readStatus } from '../helpers/status.ts';

/** So long that a test sees what the signal or the system brings about. */
const reload = { pollIntervalMs: 600_000 };
const patience = { timeout: 20_000, interval: 50 };

interface Given {
  readonly bridge: TestBridge;
  readonly tokens: string;
  readonly tls: string;
  hangUp(): void;
  /** The n-th line of the audit with this text. */
  audit(text: RegExp, count?: number): Promise<Readonly<Record<string, unknown>>>;
  metric(name: string, labels: Readonly<Record<string, string>>): Promise<number | undefined>;
}

async function givenBridge(): Promise<Given> {
  const bridge = await startTestBridge({ primaries: ['primary1', 'primary2'], settings: { reload } });
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  const { process, adminUrl, configFile } = bridge.bridge;
  return {
    bridge,
    tokens: join(dirname(configFile), 'tokens'),
    tls: join(dirname(configFile), 'tls'),
    hangUp: () => process.signal('SIGHUP'),
    audit: (text, count = 1) =>
      vi.waitFor(async () => {
        const lines = (await bridge.bridge.log()).filter((line) => text.test(String(line['message'])));
        expect(lines.length).toBeGreaterThanOrEqual(count);
        expect(lines[count - 1]).toMatchObject({ 'event.kind': 'audit' });
        return lines[count - 1] ?? {};
      }, patience),
    metric: async (name, labels) => (await readMetrics(adminUrl)).value(`nbwss_${name}`, labels),
  };
}

test('SIGHUP takes over the tokens: who came is served, who went is closed and leaves the metrics', async () => {
  const { bridge, tokens, hangUp, audit, metric } = await givenBridge();
  await using gone = await bridge.connect('primary1');
  await using stays = await bridge.connect('primary2');
  const tokenOf3 = randomUUID();
  const before = Date.now();
  writeFileSync(join(tokens, 'primary3'), `${tokenOf3}\n`);
  rmSync(join(tokens, 'primary1'));
  hangUp();
  expect(await gone.closed).toEqual({ code: 1008, reason: 'token revoked' });
  expect(await audit(/^tokens reloaded$/)).toMatchObject({
    'log.level': 'info',
    'nbwss.added': ['primary3'],
    'nbwss.removed': ['primary1'],
    'nbwss.changed': [],
    'nbwss.closed_sessions': 1,
  });
  expect(await metric('primary_connected', { primary: 'primary3' })).toBe(0);
  expect(await metric('notifications_total', { primary: 'primary3', outcome: 'delivered' })).toBe(0);
  expect(await metric('primary_connected', { primary: 'primary1' })).toBeUndefined();

  const { primaries } = await readStatus(bridge.bridge.adminUrl);
  expect(primaries.map(({ name }) => name)).toEqual(['primary2', 'primary3']);
  expect(primaries[1]).toMatchObject({ state: 'disconnected' });
  expect(Date.parse(primaries[1]?.since ?? '')).toBeGreaterThanOrEqual(before);

  await using came = await connectPrimary(bridge.bridge.url, tokenOf3, bridge.bridge.pki.ca);
  for (const primary of [came, stays]) {
    const message = envelope([jobs(job)], { id: randomUUID() });
    primary.send(message);
    await primary.answered(message.id);
  }
  expect(await bridge.read(2)).toHaveLength(2);
  expect(await metric('primary_connected', { primary: 'primary3' })).toBe(1);
  expect(await metric('reload_last_successful', { kind: 'tokens' })).toBe(1);
});

test('a token file that is spoilt is an error line and a metric, and changes nothing else', async () => {
  const { bridge, tokens, audit, metric } = await givenBridge();
  await using primary = await bridge.connect('primary1');
  expect(await metric('reload_last_successful', { kind: 'tokens' })).toBe(1);
  writeFileSync(join(tokens, 'primary2'), 'sha256:spoilt');
  expect(
    await audit(/^reload failed: the tokens from before stay in use for the primaries whose file/),
  ).toMatchObject({
    'log.level': 'error',
    'nbwss.kind': 'tokens',
    'nbwss.problems': [expect.stringMatching(/primary2, line 1: sha256: wants 64 hexadecimal digits$/)],
    'nbwss.kept': ['primary2'],
  });
  expect(await metric('reload_last_successful', { kind: 'tokens' })).toBe(0);
  expect(await metric('reload_last_successful', { kind: 'certificate' })).toBe(1);
  expect(await readiness(bridge.bridge.adminUrl)).toMatchObject({ status: 200 });
  await using again = await bridge.connect('primary2');
  expect([primary.open, again.open]).toEqual([true, true]);

  const rotated = randomUUID();
  writeFileSync(join(tokens, 'primary2'), `${rotated}\n`);
  expect(await audit(/^tokens reloaded$/)).toMatchObject({
    'nbwss.changed': ['primary2'],
    'nbwss.closed_sessions': 1,
  });
  expect(await again.closed).toMatchObject({ code: 1008 });
  expect(await metric('reload_last_successful', { kind: 'tokens' })).toBe(1);
  const log = await readFile(bridge.bridge.process.logFile, 'utf8');
  for (const secret of [rotated, 'spoilt', ...Object.values(bridge.bridge.tokens)])
    expect(log).not.toContain(secret.slice(0, 8));
});

test('a token file that is spoilt does not keep a primary that is removed, and is in the audit and the metric until it is good', async () => {
  const { bridge, tokens, audit, metric } = await givenBridge();
  const { url, pki, tokens: tokenOf, adminUrl } = bridge.bridge;
  await using removed = await bridge.connect('primary1');
  await using kept = await bridge.connect('primary2');
  writeFileSync(join(tokens, 'primary2'), `# rotated\n${randomUUID()}\n`);
  rmSync(join(tokens, 'primary1'));
  expect(await removed.closed).toEqual({ code: 1008, reason: 'token revoked' });
  expect(await audit(/^tokens reloaded$/)).toMatchObject({
    'nbwss.removed': ['primary1'],
    'nbwss.changed': [],
    'nbwss.closed_sessions': 1,
  });
  expect(await audit(/^reload failed: /)).toMatchObject({
    'event.action': 'reload-failed',
    'nbwss.kept': ['primary2'],
    'nbwss.problems': [expect.stringMatching(/primary2, line 1: no token begins with #/)],
  });
  expect(await metric('reload_last_successful', { kind: 'tokens' })).toBe(0);
  expect((await readStatus(adminUrl)).primaries.map(({ name }) => name)).toEqual(['primary2']);
  await expect(connectPrimary(url, tokenOf['primary1'] ?? '', pki.ca)).rejects.toThrow();
  await using again = await bridge.connect('primary2');
  expect([kept.open, again.open]).toEqual([true, true]);

  writeFileSync(join(tokens, 'primary2'), `${tokenOf['primary2']}\n`);
  expect(await audit(/^tokens reloaded$/, 2)).toMatchObject({ 'nbwss.closed_sessions': 0 });
  expect(await metric('reload_last_successful', { kind: 'tokens' })).toBe(1);
  expect([kept.open, again.open]).toEqual([true, true]);
});

test('a renewed certificate is shown to new connections, its end is a metric, and live ones stay', async () => {
  const { bridge, tls, audit, metric } = await givenBridge();
  await using primary = await bridge.connect('primary1');
  const notAfter = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000);
  const renewed = await bridge.bridge.pki.issue({ notAfter });
  writeFileSync(join(tls, 'tls.crt'), renewed.cert);
  writeFileSync(join(tls, 'tls.key'), renewed.key);
  expect(await audit(/^certificate reloaded$/)).toMatchObject({
    'nbwss.subject': 'CN=localhost',
    'nbwss.not_after': notAfter.toISOString(),
  });
  const { port } = new URL(bridge.bridge.url);
  const socket = connect({ port: Number(port), host: '127.0.0.1', ca: bridge.bridge.pki.ca });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  expect(socket.getPeerCertificate().serialNumber).toBe(new X509Certificate(renewed.cert).serialNumber);
  expect(await metric('tls_certificate_not_after_timestamp_seconds', {})).toBe(notAfter.getTime() / 1000);
  const message = envelope([jobs(job)], { id: randomUUID() });
  primary.send(message);
  await primary.answered(message.id);
});

test('SIGHUP while the bridge still waits for the registry does not end it', async () => {
  const directory = await temporaryDirectory(join(tmpdir(), 'nbwss-test-'));
  onTestFinished(() => directory[Symbol.asyncDispose]());
  const bridge = await startBridge({
    bootstrapServers: inject('bootstrapServers'),
    registryUrl: `http://127.0.0.1:${await freePort()}`,
    directory: directory.path,
    waitUntilReady: false,
  });
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  const waits = expect.objectContaining({ message: 'waiting: not ready yet' });
  await vi.waitFor(async () => expect(await bridge.log()).toContainEqual(waits), patience);
  bridge.process.signal('SIGHUP');
  expect(await bridge.stop()).toBe('exit code 0');
});
