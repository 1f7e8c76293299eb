import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startBridge } from '../../tools/bridge-process.ts';
import { createTestPki, type PkiOptions } from '../../tools/certificates.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { readMetrics } from '../helpers/admin.ts';
import { createTopicsAndSubjects, freshTopics } from '../helpers/bridge.ts';
import { connectPrimary } from '../helpers/primary.ts';
import { readStatus } from '../helpers/status.ts';

const nowSeconds = Math.floor(Date.now() / 1000);

/** A bridge that has started with a certificate of these dates. */
async function startWith(dates: Pick<PkiOptions, 'notBefore' | 'notAfter'>) {
  const topics = freshTopics();
  await createTopicsAndSubjects(topics, { partitions: 1 });
  const directory = await temporaryDirectory(join(tmpdir(), 'nbwss-test-'));
  onTestFinished(() => directory[Symbol.asyncDispose]());
  const pki = await createTestPki(dates);
  const token = randomUUID();
  const bridge = await startBridge({
    bootstrapServers: inject('bootstrapServers'),
    registryUrl: inject('registryUrl'),
    directory: directory.path,
    like: { pki, tokens: { primary1: token } },
    settings: { kafka: { brokers: inject('bootstrapServers'), topics } },
  });
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  return { bridge, connect: () => connectPrimary(bridge.url, token, pki.ca) };
}

test('a bridge whose certificate has expired starts, and raises the alarm: an error line and the metric', async () => {
  const notAfter = nowSeconds - 60;
  const { bridge, connect } = await startWith({ notAfter: new Date(notAfter * 1000) });
  expect(await bridge.log()).toContainEqual(
    expect.objectContaining({
      'log.level': 'error',
      'event.action': 'certificate-expired',
      message: expect.stringMatching(
        /^the certificate of CN=localhost in .*tls\.crt expired on \d{4}-.*: put a renewed one there, with its key$/,
      ),
      'nbwss.subject': 'CN=localhost',
    }),
  );
  const metrics = await readMetrics(bridge.adminUrl);
  expect(metrics.value('nbwss_tls_certificate_not_after_timestamp_seconds', {})).toBe(notAfter);
  await expect(connect()).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
});

test('a bridge whose certificate is not valid yet starts, and says so in an error line and in its status', async () => {
  const notBefore = new Date((nowSeconds + 3600) * 1000);
  const { bridge, connect } = await startWith({ notBefore });
  expect(await bridge.log()).toContainEqual(
    expect.objectContaining({
      'log.level': 'error',
      'event.action': 'certificate-not-yet-valid',
      message: expect.stringMatching(
        /^the certificate of CN=localhost in .*tls\.crt is not valid before \d{4}-.*: set this machine's clock right/,
      ),
      'nbwss.subject': 'CN=localhost',
    }),
  );
  expect((await readStatus(bridge.adminUrl)).certificate.notBefore).toBe(notBefore.toISOString());
  await expect(connect()).rejects.toMatchObject({ code: 'CERT_NOT_YET_VALID' });
});
