import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startBridge } from '../../tools/bridge-process.ts';
import { createTestPki } from '../../tools/certificates.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { readMetrics } from '../helpers/admin.ts';
import { createTopicsAndSubjects, freshTopics } from '../helpers/bridge.ts';
import { connectPrimary } from '../helpers/primary.ts';

test('a bridge whose certificate has expired starts, and raises the alarm: an error line and the metric', async () => {
  const topics = freshTopics();
  await createTopicsAndSubjects(topics, { partitions: 1 });
  const directory = await temporaryDirectory(join(tmpdir(), 'nbwss-test-'));
  onTestFinished(() => directory[Symbol.asyncDispose]());
  const notAfter = Math.floor(Date.now() / 1000) - 60;
  const pki = await createTestPki({ notAfter: new Date(notAfter * 1000) });
  const token = randomUUID();
  const bridge = await startBridge({
    bootstrapServers: inject('bootstrapServers'),
    registryUrl: inject('registryUrl'),
    directory: directory.path,
    like: { pki, tokens: { primary1: token } },
    settings: { kafka: { brokers: inject('bootstrapServers'), topics } },
  });
  onTestFinished(() => bridge[Symbol.asyncDispose]());

  expect(await bridge.log()).toContainEqual(
    expect.objectContaining({
      'log.level': 'error',
      message: 'the certificate has expired',
      'nbwss.subject': 'CN=localhost',
    }),
  );
  const metrics = await readMetrics(bridge.adminUrl);
  expect(metrics.value('nbwss_tls_certificate_not_after_timestamp_seconds', {})).toBe(notAfter);
  await expect(connectPrimary(bridge.url, token, pki.ca)).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
});
