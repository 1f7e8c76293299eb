import { expect, test, vi } from 'vitest';
import { createTestPki } from '../../tools/certificates.ts';
import { readMetrics } from '../helpers/admin.ts';
import { startTestBridge } from '../helpers/bridge.ts';
import { envelope, image, images, job, jobs } from '../helpers/messages.ts';
import { startSpanCollector } from '../helpers/span-collector.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const bad = { ...job, jobId: 'none' };
const hex = (length: number) => new RegExp(`^[0-9a-f]{${length}}$`);

test('a message leaves the spans message > deliver > append, and its records and dead letters carry the context of its delivery', async () => {
  await using collector = await startSpanCollector();
  await using bridge = await startTestBridge({
    settings: { tracing: { endpoint: collector.endpoint } },
    partitions: 1,
  });
  await using primary = await bridge.connect();
  const sentAt = Date.now();
  primary.send(envelope([jobs(job, bad), images(image)], { id: 'traced' }));
  await primary.answered('traced');
  primary.send(envelope([jobs(job, bad), images(image)], { id: 'traced' }));
  await primary.answered('traced', 2);
  primary.send(envelope([jobs(job)], { id: 'another' }));
  await primary.answered('another');
  const records = await bridge.read(4);
  expect(await bridge.bridge.stop()).toBe('exit code 0');

  const named = (name: string) => collector.spans.filter((span) => span.name === name);
  const [first, resend, another, ...moreMessages] = named('message');
  const [delivery, nextDelivery, ...moreDeliveries] = named('deliver');
  expect([moreMessages, moreDeliveries]).toEqual([[], []]);
  expect(new Set([first?.traceId, resend?.traceId, another?.traceId]).size).toBe(3);
  for (const span of collector.spans) {
    expect([span.traceId, span.spanId]).toEqual([
      expect.stringMatching(hex(32)),
      expect.stringMatching(hex(16)),
    ]);
    expect(Number(span.start) / 1e6).toBeGreaterThanOrEqual(sentAt);
    expect(BigInt(span.end)).toBeGreaterThanOrEqual(BigInt(span.start));
    expect(span.error).toBeNull();
    expect(span.resource).toMatchObject({
      'service.name': 'nbwss-bridge',
      'service.version': expect.stringMatching(/^\d+\.\d+\.\d+/),
      'service.instance.id': expect.any(String),
    });
  }
  expect([first?.parentSpanId, resend?.parentSpanId]).toEqual([undefined, undefined]);
  expect(first?.attributes).toEqual({
    'nbwss.primary': 'primary1',
    'nbwss.outcome': 'delivered',
    'messaging.message.id': 'traced',
    'messaging.message.body.size': JSON.stringify(envelope([jobs(job, bad), images(image)], { id: 'traced' }))
      .length,
  });
  expect(resend?.attributes).toMatchObject({
    'nbwss.outcome': 'coalesced',
    'messaging.message.id': 'traced',
  });
  expect(delivery).toMatchObject({
    traceId: first?.traceId,
    parentSpanId: first?.spanId,
    attributes: { 'nbwss.jobs': 1, 'nbwss.images': 1, 'nbwss.dead_letters': 1 },
  });
  expect(nextDelivery?.parentSpanId).toBe(another?.spanId);

  const appends = named('append').filter(({ parentSpanId }) => parentSpanId === delivery?.spanId);
  expect(new Set(appends.map(({ attributes }) => attributes['messaging.destination.name']))).toEqual(
    new Set(Object.values(bridge.topics)),
  );
  for (const { traceId, attributes } of appends) {
    expect(traceId).toBe(first?.traceId);
    expect(attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.destination.partition.id': '0',
      'messaging.batch.message_count': 1,
    });
  }
  const contextOf = (span: typeof delivery) => ({ traceparent: `00-${span?.traceId}-${span?.spanId}-01` });
  expect(records.map(({ headers, value }) => [value?.['messageId'], headers])).toEqual(
    expect.arrayContaining([
      ['traced', contextOf(delivery)],
      ['another', contextOf(nextDelivery)],
    ]),
  );
  expect(records).toHaveLength(4);
  expect(records.filter(({ headers }) => 'traceparent' in headers)).toHaveLength(4);
});

test('what is not sampled leaves no span, and its records say so to consumers, beside the attributes of CloudEvents', async () => {
  await using collector = await startSpanCollector();
  await using bridge = await startTestBridge({
    settings: { tracing: { endpoint: collector.endpoint, sampleRatio: 0 }, records: { cloudEvents: true } },
  });
  await using primary = await bridge.connect();
  primary.send(envelope([jobs(job)], { id: 'unsampled' }));
  await primary.answered('unsampled');
  const [record] = await bridge.read(1);
  expect(record?.headers).toMatchObject({
    ce_id: 'unsampled:0',
    traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/),
  });
  expect(await bridge.bridge.stop()).toBe('exit code 0');
  expect(collector.requests).toBe(0);
});

test.each(['refuses', 'hangs'] as const)(
  'a collector that %s costs its spans: a line and a metric say so, messages are answered, and the stop waits for it within a bound',
  async (behaviour) => {
    await using collector = await startSpanCollector();
    collector.behaviour = behaviour;
    await using bridge = await startTestBridge({ settings: { tracing: { endpoint: collector.endpoint } } });
    await using primary = await bridge.connect();
    primary.send(envelope([jobs(job)], { id: 'M1' }));
    await primary.answered('M1');
    await expect
      .poll(
        async () =>
          (await readMetrics(bridge.bridge.adminUrl)).value('nbwss_errors_total', {
            stage: 'tracing',
            code: 'spans-lost',
          }),
        { timeout: 30_000 },
      )
      .toBeGreaterThanOrEqual(1);
    primary.send(envelope([images(image)], { id: 'M2' }));
    await primary.answered('M2');
    expect(await bridge.bridge.stop()).toBe('exit code 0');
    const lines = (await bridge.bridge.log()).filter((line) => line['event.action'] === 'spans-lost');
    expect(lines[0]).toMatchObject({ 'log.level': 'warn', message: 'spans are lost' });
    expect(lines[0]?.['event.reason']).toMatch(
      new RegExp(
        `^the collector at ${collector.endpoint} took none of them: .*${behaviour === 'refuses' ? '404|Not Found' : 'imed? ?out'}`,
      ),
    );
    expect(await bridge.read(2)).toHaveLength(2);
  },
);

test('spans go by TLS to a collector that wants a client certificate, with the files that the standard variables name', async () => {
  using directory = temporaryDirectory();
  const pki = await createTestPki();
  await using collector = await startSpanCollector(pki);
  const client = await pki.writeTo(directory.path);
  vi.stubEnv('OTEL_EXPORTER_OTLP_CERTIFICATE', client.ca);
  vi.stubEnv('OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE', client.cert);
  vi.stubEnv('OTEL_EXPORTER_OTLP_CLIENT_KEY', client.key);
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test');
  await using bridge = await startTestBridge({ settings: { tracing: { endpoint: collector.endpoint } } });
  vi.unstubAllEnvs();
  await using primary = await bridge.connect();
  primary.send(envelope([jobs(job)], { id: 'M1' }));
  await primary.answered('M1');
  expect(await bridge.bridge.stop()).toBe('exit code 0');
  expect(collector.spans.map(({ name }) => name).sort()).toEqual(['append', 'deliver', 'message']);
  expect(collector.spans[0]?.resource).toMatchObject({ 'deployment.environment.name': 'test' });
});

test('without an endpoint records carry no header, and the standard variables alone turn nothing on', async () => {
  await using collector = await startSpanCollector();
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.endpoint;
  try {
    await using bridge = await startTestBridge();
    await using primary = await bridge.connect();
    primary.send(envelope([jobs(job)], { id: 'untraced' }));
    await primary.answered('untraced');
    expect((await bridge.read(1)).map(({ headers }) => headers)).toEqual([{}]);
    expect(await bridge.bridge.stop()).toBe('exit code 0');
  } finally {
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  }
  expect(collector.requests).toBe(0);
});
