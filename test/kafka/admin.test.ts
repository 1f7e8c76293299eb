import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readiness, readMetrics } from '../helpers/admin.ts';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import type { Exposition } from '../helpers/exposition.ts';
import { envelope, image, images, job, jobs } from '../helpers/messages.ts';
import { connectPrimary, type TestPrimary } from '../helpers/primary.ts';

let bridge: TestBridge;
let primary: TestPrimary;
let adminUrl: string;
let metrics: Exposition;

const { clientName: _, ...nameless } = job;
const first = envelope([jobs(job, { ...job, jobId: 147 }), images(image)], { id: randomUUID() });
const second = envelope([jobs(nameless, job)], { id: randomUUID(), version: '2.0' });
const command = { version: '1.0', id: randomUUID(), type: 'COMMAND', subType: 'REQUEST', payload: {} };
const traffic = [first, second, first, command].map((message) => JSON.stringify(message));
traffic.splice(2, 0, 'not JSON');

beforeAll(async () => {
  bridge = await startTestBridge({ primaries: ['primary1', 'primary2'] });
  ({ adminUrl } = bridge.bridge);
  primary = await bridge.connect('primary1');
  for (const frame of traffic) primary.send(frame);
  await primary.answeredInAll(3);
  await expect(connectPrimary(bridge.bridge.url, 'guessed', bridge.bridge.pki.ca)).rejects.toThrow('refused');
  await bridge.read(6);
  metrics = await readMetrics(adminUrl);
});
afterAll(async () => {
  await primary[Symbol.asyncDispose]();
  await bridge[Symbol.asyncDispose]();
});

describe('/metrics', () => {
  const of1 = { primary: 'primary1' };
  test.each([
    ['received_messages_total', { ...of1, type: 'notification' }, 3],
    ['received_messages_total', { ...of1, type: 'rejected' }, 1],
    ['received_messages_total', { ...of1, type: 'COMMAND' }, 1],
    ['received_bytes_total', {}, traffic.reduce((sum, frame) => sum + Buffer.byteLength(frame), 0)],
    ['notifications_total', { ...of1, outcome: 'delivered' }, 3],
    ['entries_total', { ...of1, object: 'job', outcome: 'delivered' }, 3],
    ['entries_total', { ...of1, object: 'image', outcome: 'delivered' }, 1],
    ['entries_total', { ...of1, outcome: 'rejected' }, 2],
    ['oddities_total', { ...of1, what: 'version' }, 1],
    ['coalesced_total', of1, 1],
    ['dead_letters_total', { reason: 'no-client-name' }, 1],
    ['dead_letters_total', { reason: 'not-json' }, 1],
    ['answer_duration_seconds_count', {}, 3],
    ['answer_duration_seconds_bucket', { le: '2' }, 3],
    ['answer_duration_seconds_bucket', { le: '5' }, 3],
    ['answer_duration_seconds_bucket', { le: '+Inf' }, 3],
    ['in_flight_messages', of1, 0],
    ['in_flight_bytes', of1, 0],
    ['oldest_in_flight_seconds', of1, 0],
    ['primary_connected', of1, 1],
    ['primary_connected', { primary: 'primary2' }, 0],
    ['connections', { state: 'authenticated' }, 1],
    ['connections', { state: 'unauthenticated' }, 0],
    ['auth_attempts_total', { result: 'success' }, 1],
    ['auth_attempts_total', { result: 'failure', reason: 'bad-token' }, 1],
    ['connections_opened_total', {}, 2],
    ['kafka_up', {}, 1],
    ['draining', {}, 0],
    ['build_info', { version: '0.1.0' }, 1],
    ['produce_retries_total', {}, 0],
    ['backpressure_active', of1, 0],
    ['limit_hits_total', { limit: 'payload' }, 0],
    ['possible_duplicates_total', {}, 0],
    ['producer_ids_renewed_total', {}, 0],
    ['throttled_seconds_total', {}, 0],
  ])('%s%j is %s after the traffic', (name, labels, value) => {
    expect(metrics.value(`nbwss_${name}`, labels)).toBe(value);
  });

  test('produced records are counted by topic', () => {
    const { jobs: jobTopic, images: imageTopic, deadLetters } = bridge.topics;
    const produced = (topic: string) => metrics.value('nbwss_produced_records_total', { topic });
    expect([jobTopic, imageTopic, deadLetters].map(produced)).toEqual([3, 1, 2]);
    expect(metrics.value('nbwss_batch_records_sum')).toBe(6);
    expect(metrics.value('nbwss_produced_bytes_total')).toBeGreaterThan(0);
  });

  test('the schema in use is told for each subject', () => {
    const subjects = metrics.samples
      .filter(({ name }) => name === 'nbwss_schema_info')
      .map(({ labels, value }) => ({ subject: labels['subject'], version: labels['version'], value }));
    expect(subjects).toEqual(
      Object.values(bridge.topics).map((topic) => ({ subject: `${topic}-value`, version: '1', value: 1 })),
    );
  });

  test('the certificate tells when it expires, and the primary when it was last heard of', () => {
    const now = Date.now() / 1000;
    expect(metrics.value('nbwss_tls_certificate_not_after_timestamp_seconds')).toBeGreaterThan(now);
    const last = metrics.value('nbwss_last_notification_timestamp_seconds', of1) ?? 0;
    expect(Math.abs(now - last)).toBeLessThan(60);
  });

  test('every metric has a help text, a type, and the unit or _total in its name', () => {
    const ours = [...metrics.types].filter(([name]) => name.startsWith('nbwss_'));
    expect(ours.length).toBeGreaterThan(30);
    for (const [name, type] of ours) {
      expect(metrics.help.get(name), name).toMatch(/^\S.*\.$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
    }
  });

  test("no label holds what was sent: primaries are the configuration's names", () => {
    const names = metrics.samples.flatMap(({ labels }) => labels['primary'] ?? []);
    expect(new Set(names.filter((name) => name !== ''))).toEqual(new Set(['primary1', 'primary2']));
  });

  test("has the content type of Prometheus' text format", async () => {
    const { headers } = await fetch(`${adminUrl}/metrics`);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  test('primary_connected falls to 0 when the last session of a primary ends', async () => {
    const other = await bridge.connect('primary2');
    const connected = async () =>
      (await readMetrics(adminUrl)).value('nbwss_primary_connected', { primary: 'primary2' });
    expect(await connected()).toBe(1);
    await other[Symbol.asyncDispose]();
    await vi.waitFor(async () => expect(await connected()).toBe(0));
  });
});

describe('health', () => {
  test('/readyz is 200 with all checks passed, and lists them with ?verbose', async () => {
    expect(await (await fetch(`${adminUrl}/readyz`)).text()).toBe('ok\n');
    expect(await readiness(adminUrl)).toEqual({
      status: 200,
      ready: true,
      checks: {
        schemas: 'ok',
        kafka: 'ok',
        topics: 'ok',
        producer: 'ok',
        writes: 'ok',
        listener: 'ok',
        connections: 'ok',
        'in flight': 'ok',
      },
    });
  });

  test('/livez is 200', async () => {
    const response = await fetch(`${adminUrl}/livez`);
    expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
  });
});

describe('any other request', () => {
  /** Sends the target as it is, which a URL would normalise. */
  async function status(
    method: string,
    path: string,
  ): Promise<{ status?: number; allow?: string | undefined }> {
    const { promise, resolve, reject } = Promise.withResolvers<{
      status?: number;
      allow?: string | undefined;
    }>();
    const { hostname, port } = new URL(adminUrl);
    request({ hostname, port, method, path, agent: false }, (response) => {
      response.resume();
      resolve({
        ...(response.statusCode === undefined ? undefined : { status: response.statusCode }),
        allow: response.headers.allow,
      });
    })
      .on('error', reject)
      .end();
    return await promise;
  }

  test.each([
    '/metrics/',
    '/page/',
    '/page/page.ts',
    '/status/',
    '/livez/..',
    '//',
    '//livez',
    '/%',
    '/nbwss',
    '*',
    'http://[/livez',
  ])('GET %s is 404', async (path) => {
    expect(await status('GET', path)).toMatchObject({ status: 404 });
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])(
    '%s is 405, and names the methods that are allowed',
    async (method) => {
      expect(await status(method, '/livez')).toEqual({ status: 405, allow: 'GET, HEAD' });
    },
  );

  test('HEAD is answered like GET', async () => {
    const response = await fetch(`${adminUrl}/livez`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  test('nothing of it harms the bridge', async () => {
    expect(bridge.bridge.process.running).toBe(true);
    expect(primary.open).toBe(true);
  });
});
