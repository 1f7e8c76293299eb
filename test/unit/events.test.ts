import { Writable } from 'node:stream';
import pino from 'pino';
import { expect, test } from 'vitest';
import { createEvents } from '../../src/events.ts';
import { BridgeError } from '../../src/errors.ts';
import { createMetrics, presetMetrics } from '../../src/metrics.ts';
import { decodeMessage } from '../../src/protocol/codec.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';

/** Events at the level of production, what they wrote, and a clock. */
function givenEvents() {
  const lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const metrics = createMetrics();
  const clocks = { now: 1_000_000, steady: 0 };
  const events = createEvents(
    pino({ level: 'info' }, sink),
    metrics,
    () => clocks.now,
    () => clocks.steady,
  );
  const pass = (ms: number) => {
    clocks.now += ms;
    clocks.steady += ms;
  };
  return { events, lines, metrics, clocks, pass };
}

const frame = Buffer.from(JSON.stringify(envelope([jobs(job)])));
const decoded = decodeMessage(frame, 0, {
  maxEntries: 10,
  maxValues: 400_000,
  maxDepth: 10,
  maxNames: 10_000,
});
if (decoded.kind !== 'notification') throw new Error('the message is one');
const message = { ...decoded, primary: 'primary1' };

test('a message full of dead letters is one line, that counts them by their reasons', async () => {
  const { events, lines, metrics } = givenEvents();
  const deadLetters = [...Array.from({ length: 5000 }, () => 'unknown-object' as const), 'missing' as const];
  events.delivered(message, { outcome: 'delivered', jobs: 0, images: 0, deadLetters });
  expect(lines).toMatchObject([
    { msg: 'dead letters committed', reasons: { 'unknown-object': 5000, missing: 1 }, primary: 'primary1' },
  ]);
  expect(await metrics.registry.metrics()).toContain(
    'nbwss_dead_letters_total{reason="unknown-object"} 5000',
  );
});

test('what a peer brings about over and over is a line at once, then one in ten seconds with how often', async () => {
  const { events, lines, metrics, pass } = givenEvents();
  for (let flood = 0; flood < 1000; flood++) events.serverLimitHit('attempts-per-address', '192.0.2.1');
  expect(lines).toMatchObject([{ msg: 'limit reached', limit: 'attempts-per-address' }]);
  events.serverLimitHit('connections', '192.0.2.1');
  expect(lines).toHaveLength(2);
  pass(10_000);
  events.serverLimitHit('attempts-per-address', '192.0.2.2');
  expect(lines.slice(2)).toMatchObject([{ limit: 'attempts-per-address', passedOver: 999 }]);
  expect(await metrics.registry.metrics()).toContain(
    'nbwss_limit_hits_total{limit="attempts-per-address"} 1001',
  );
});

test('a session that gives way is an audit line and a limit hit, each time', async () => {
  const { events, lines, metrics } = givenEvents();
  for (const remote of ['192.0.2.1:1', '192.0.2.1:2']) events.gaveWay('primary1', remote);
  expect(lines).toMatchObject(
    ['192.0.2.1:1', '192.0.2.1:2'].map((remote) => ({
      action: 'session-gave-way',
      'event.kind': 'audit',
      primary: 'primary1',
      remote,
    })),
  );
  expect(await metrics.registry.metrics()).toContain(
    'nbwss_limit_hits_total{limit="sessions-per-primary"} 2',
  );
});

test('a clock that is set back keeps no line from being written', () => {
  const { events, lines, clocks, pass } = givenEvents();
  events.serverLimitHit('connections', '192.0.2.1');
  clocks.now -= 3_600_000;
  pass(10_000);
  events.serverLimitHit('connections', '192.0.2.1');
  expect(lines).toHaveLength(2);
});

test('batches that the broker refuses are a line at once, then one in ten seconds; the metric counts all', async () => {
  const { events, lines, metrics } = givenEvents();
  for (let flood = 0; flood < 1000; flood++)
    events.batchRefused({ topic: 'jobs', partition: flood % 12 }, 1, 'INVALID_TIMESTAMP');
  expect(lines).toMatchObject([{ action: 'batch-refused', topic: 'jobs', code: 'INVALID_TIMESTAMP' }]);
  expect(await metrics.registry.metrics()).toContain(
    'nbwss_batches_refused_total{code="INVALID_TIMESTAMP"} 1000',
  );
});

test('a socket that is paused and read again by the hundred is no flood of lines', () => {
  const { events, lines } = givenEvents();
  for (let flood = 0; flood < 1000; flood++) events.paused('primary1', flood % 2 === 0);
  expect(lines).toMatchObject([{ action: 'back-pressure-started' }, { action: 'back-pressure-ended' }]);
});

test('resends, and those that find no place to wait, are counted and no lines', async () => {
  const { events, lines, metrics } = givenEvents();
  events.coalesced(message);
  events.joinedTooOften(message);
  expect(lines).toEqual([]);
  const exposed = await metrics.registry.metrics();
  expect(exposed).toContain('nbwss_coalesced_total{primary="primary1"} 1');
  expect(exposed).toContain('nbwss_limit_hits_total{limit="joins"} 1');
});

test('close codes that a peer makes up share one label', async () => {
  const { events, metrics } = givenEvents();
  for (const code of [1000, 1006, 3000, 4321, 4999]) events.closed(null, '192.0.2.1:7', code, false);
  const exposed = await metrics.registry.metrics();
  const codes = [...exposed.matchAll(/connections_closed_total\{.*code="(\w+)".*\} (\d+)/g)];
  expect(codes.map(([, code, count]) => [code, count])).toEqual([
    ['1000', '1'],
    ['1006', '1'],
    ['other', '3'],
  ]);
});

test('a primary that opens one session after the other is a line at once, then one in ten seconds', () => {
  const { events, lines } = givenEvents();
  for (let session = 0; session < 50; session++) events.authenticated('primary1', '192.0.2.1:7');
  const warnings = lines.filter(({ msg }) => msg === 'the primary has several sessions');
  expect(warnings).toMatchObject([{ primary: 'primary1', sessions: 2 }]);
});

test('a reload of the tokens is an audit line with names, and presets the metrics of who was added', async () => {
  const { events, lines, metrics } = givenEvents();
  events.tokensReloaded({ added: ['nbu2'], removed: ['nbu1'], changed: [], closedSessions: 3 });
  expect(lines).toMatchObject([
    { 'event.kind': 'audit', msg: 'tokens reloaded', added: ['nbu2'], removed: ['nbu1'], closedSessions: 3 },
  ]);
  const exposed = await metrics.registry.metrics();
  expect(exposed).toContain('nbwss_primary_connected{primary="nbu2"} 0');
  expect(exposed).toContain('nbwss_reload_last_successful{kind="tokens"} 1');
});

test('a reload of the certificate is an audit line, and tells when it ends', async () => {
  const { events, lines, metrics } = givenEvents();
  const notAfter = Date.UTC(2031, 0, 1);
  events.certificateReloaded({
    cert: 'C',
    key: 'K',
    clientCa: null,
    notBefore: 0,
    notAfter,
    subject: 'CN=bridge',
  });
  expect(lines).toMatchObject([
    { 'event.kind': 'audit', subject: 'CN=bridge', notAfter: '2031-01-01T00:00:00.000Z' },
  ]);
  expect(Object.keys(lines[0] ?? {})).not.toContain('key');
  const exposed = await metrics.registry.metrics();
  expect(exposed).toContain(`nbwss_tls_certificate_not_after_timestamp_seconds ${notAfter / 1000}`);
  expect(exposed).toContain('nbwss_reload_last_successful{kind="certificate"} 1');
});

test.each(['tokens', 'certificate'] as const)(
  'a failed reload of %s is an error in the audit that says what stays and what to do, and 0 until the next good one',
  async (kind) => {
    const { events, lines, metrics } = givenEvents();
    presetMetrics(metrics, [], []);
    events.reloadFailed(kind, ['this is wrong'], null);
    expect(lines).toMatchObject([
      {
        'event.kind': 'audit',
        level: 50,
        kind,
        problems: ['this is wrong'],
        msg: expect.stringMatching(/^reload failed: the .*stays? in use.*correct the files/),
      },
    ]);
    const other = kind === 'tokens' ? 'certificate' : 'tokens';
    const exposed = await metrics.registry.metrics();
    expect(exposed).toContain(`nbwss_reload_last_successful{kind="${kind}"} 0`);
    expect(exposed).toContain(`nbwss_reload_last_successful{kind="${other}"} 1`);
  },
);

test('a token file that can not be used is an error in the audit that names whose tokens stay, and 0 though others are reloaded', async () => {
  const { events, lines, metrics } = givenEvents();
  events.tokensReloaded({ added: [], removed: ['nbu1'], changed: [], closedSessions: 1 });
  events.reloadFailed('tokens', ['nbu2 is wrong'], ['nbu2']);
  expect(lines).toMatchObject([
    { msg: 'tokens reloaded', removed: ['nbu1'] },
    {
      'event.kind': 'audit',
      level: 50,
      kind: 'tokens',
      problems: ['nbu2 is wrong'],
      kept: ['nbu2'],
      msg: expect.stringMatching(
        /^reload failed: .*whose file can not be used, all others are taken over; correct/,
      ),
    },
  ]);
  expect(await metrics.registry.metrics()).toContain('nbwss_reload_last_successful{kind="tokens"} 0');
});

test('a directory that can not be watched is a warning that names the poll', () => {
  const { events, lines } = givenEvents();
  events.unwatched('/tokens', new Error('ENOSPC: no space left'));
  expect(lines).toMatchObject([
    {
      level: 40,
      directory: '/tokens',
      reason: 'ENOSPC: no space left',
      msg: expect.stringContaining('pollIntervalMs'),
    },
  ]);
});

test('a refused client certificate is counted by its reason, and in the audit once in a while', async () => {
  const { events, lines, metrics } = givenEvents();
  for (let flood = 0; flood < 1000; flood++)
    events.clientCertificateRefused('CERT_HAS_EXPIRED', '192.0.2.1:7');
  events.clientCertificateRefused('NO_CLIENT_CERTIFICATE', '192.0.2.1:7');
  expect(lines).toMatchObject([
    { 'event.kind': 'audit', level: 40, reason: 'CERT_HAS_EXPIRED', remote: '192.0.2.1:7' },
    { 'event.kind': 'audit', level: 40, reason: 'NO_CLIENT_CERTIFICATE' },
  ]);
  expect(await metrics.registry.metrics()).toContain(
    'nbwss_handshakes_total{result="failure",reason="CERT_HAS_EXPIRED"} 1000',
  );
});

test('a refused Origin is a limit, and told with what was sent, up to the length of a host name', async () => {
  const { events, lines, metrics } = givenEvents();
  events.originRefused(`https://${'x'.repeat(5000)}`, '192.0.2.1:7');
  expect(lines).toMatchObject([
    { level: 40, origin: expect.stringMatching(/^https:\/\/x{292}$/), remote: '192.0.2.1:7' },
  ]);
  expect(await metrics.registry.metrics()).toContain('nbwss_limit_hits_total{limit="origin"} 1');
});

test('what the alerts count is counted: deliveries that fail, handshakes, closes by the bridge, sessions that are not read', async () => {
  const { events, metrics } = givenEvents();
  events.opened('192.0.2.1');
  events.authenticated('primary1', '192.0.2.1');
  events.paused('primary1', true);
  events.notDelivered(message, new BridgeError('too late', { code: 'drain-deadline' }));
  events.closed('primary1', '192.0.2.1', 1009, true);
  const exposed = await metrics.registry.metrics();
  for (const sample of [
    'nbwss_handshakes_total{result="success",reason="none"} 1',
    'nbwss_backpressure_active{primary="primary1"} 1',
    'nbwss_notifications_total{primary="primary1",outcome="failed"} 1',
    'nbwss_errors_total{stage="deliver",code="drain-deadline"} 1',
    'nbwss_connections_closed_total{primary="primary1",code="1009",initiator="bridge"} 1',
  ])
    expect(exposed).toContain(`${sample}\n`);
});

test('a new producer id is counted by topic from 0 on, and told with its partition and the reason', async () => {
  const { events, lines, metrics } = givenEvents();
  presetMetrics(metrics, [], ['jobs', 'images']);
  events.producerIdRenewed({ topic: 'jobs', partition: 3 }, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  events.possibleDuplicates({ topic: 'jobs', partition: 3 }, 25);
  expect(lines).toMatchObject([
    {
      action: 'producer-id-renewed',
      level: 40,
      topic: 'jobs',
      partition: 3,
      reason: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    },
    { action: 'possible-duplicates', level: 40, topic: 'jobs', partition: 3, records: 25 },
  ]);
  const exposed = await metrics.registry.metrics();
  for (const sample of [
    'nbwss_producer_ids_renewed_total{topic="jobs"} 1',
    'nbwss_producer_ids_renewed_total{topic="images"} 0',
    'nbwss_possible_duplicates_total 25',
  ])
    expect(exposed).toContain(`${sample}\n`);
});

test('the time for which brokers throttle is counted in seconds, and a line of each broker once in a while', async () => {
  const { events, lines, metrics, pass } = givenEvents();
  for (let flood = 0; flood < 100; flood++) events.throttled('kafka-0:9092', 250);
  events.throttled('kafka-1:9092', 500);
  pass(10_000);
  events.throttled('kafka-0:9092', 250);
  expect(lines).toMatchObject([
    { action: 'produce-throttled', level: 40, broker: 'kafka-0:9092', throttleMs: 250 },
    { action: 'produce-throttled', broker: 'kafka-1:9092', throttleMs: 500 },
    { action: 'produce-throttled', broker: 'kafka-0:9092', passedOver: 99 },
  ]);
  expect(await metrics.registry.metrics()).toContain('nbwss_throttled_seconds_total 25.75\n');
});

test('each reason for which a balancer is refused has a sentence of its own, with the setting or what to change', () => {
  const { events, lines } = givenEvents();
  for (const reason of [
    'proxy-header-missing',
    'proxy-header-invalid',
    'proxy-header-too-long',
    'proxy-header-timeout',
    'proxy-header-crowd',
  ] as const)
    events.proxyRefused(reason, '192.0.2.1:7');
  expect(lines.map(({ msg }) => msg)).toEqual([
    expect.stringMatching(/does not begin with a header of the PROXY protocol \(listen\.proxyProtocol\)/),
    expect.stringMatching(/its header of the PROXY protocol is not valid/),
    expect.stringMatching(
      /is too long: .* of version 2 16384 are taken: let the load balancer send fewer TLVs/,
    ),
    expect.stringMatching(/did not come in time \(limits\.handshakeTimeoutMs\)/),
    expect.stringMatching(
      /wait for their header .*\(limits\.unauthenticated\.maxConnections\), and it was the oldest/,
    ),
  ]);
});

test('a health check is counted by how far it came, and as no handshake', async () => {
  const { events, metrics, lines } = givenEvents();
  presetMetrics(metrics, [], []);
  events.healthChecked('tls', '192.0.2.1:7');
  const exposed = await metrics.registry.metrics();
  expect(exposed).toContain('nbwss_health_check_connections_total{kind="tls"} 1');
  expect(exposed).not.toContain('nbwss_handshakes_total{result="failure"');
  expect(lines).toEqual([]);
});
