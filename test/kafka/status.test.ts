import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { openDoor } from '../helpers/doors.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';
import { openPeer } from '../helpers/peer.ts';
import type { TestPrimary } from '../helpers/primary.ts';
import { type PrivateBroker, startPrivateBroker } from '../helpers/private-broker.ts';
import { readStatus } from '../helpers/status.ts';

const isNow = (time: string | null) => Math.abs(Date.now() - Date.parse(time ?? '')) < 60_000;

describe('a bridge that works', () => {
  let bridge: TestBridge;
  let primary: TestPrimary;
  const { clientName: _, ...nameless } = job;

  beforeAll(async () => {
    bridge = await startTestBridge({ primaries: ['primary1', 'primary2'], partitions: 3 });
    primary = await bridge.connect('primary1');
    const first = envelope([jobs(job, nameless)], { id: randomUUID() });
    for (const message of [first, first, envelope([jobs(nameless, {}, 7)], { id: randomUUID() })])
      primary.send(message);
    await primary.answeredInAll(3);
  });
  afterAll(async () => {
    await primary[Symbol.asyncDispose]();
    await bridge[Symbol.asyncDispose]();
  });

  const read = () => readStatus(bridge.bridge.adminUrl);
  const primaryStatus = async (name: string) => (await read()).primaries.find((each) => each.name === name);

  test('is ready, and tells who it is', async () => {
    const [starting] = (await bridge.bridge.log()).filter(({ message }) => message === 'starting');
    const status = await read();
    expect(status).toMatchObject({
      version: '0.1.0',
      configHash: starting?.['nbwss.config_hash'],
      ready: true,
      draining: false,
      certificate: { subject: 'CN=localhost' },
    });
    expect(status.checks.map(({ name, ok, reason }) => `${name} ${ok} ${reason}`)).toEqual(
      ['schemas', 'kafka', 'topics', 'producer', 'listener', 'writes', 'connections', 'in flight'].map(
        (name) => `${name} true null`,
      ),
    );
    expect([status.at, status.since].every(isNow)).toBe(true);
    expect(Date.parse(status.certificate.notAfter)).toBeGreaterThan(Date.now());
  });

  test('tells of a primary that is connected what it did', async () => {
    const status = await primaryStatus('primary1');
    expect(status).toMatchObject({
      state: 'connected',
      sessions: 1,
      maxSessions: 16,
      remotes: [expect.stringMatching(/^127\.0\.0\.1:\d+$/)],
      inFlight: { messages: 0, bytes: 0, oldestMs: null },
      resendsCoalesced: 1,
      pausedSessions: 0,
    });
    const times = [status?.since, status?.lastNotification, status?.lastAnswer];
    expect(times.map((time) => isNow(time ?? null))).toEqual([true, true, true]);
    expect(Date.parse(status?.lastAnswer ?? '')).toBeGreaterThanOrEqual(
      Date.parse(status?.lastNotification ?? ''),
    );
    const { answers, p50Ms, p95Ms, p99Ms } = status?.lastMinute ?? {};
    expect(answers).toBe(3);
    expect(p50Ms).toBeLessThanOrEqual(p95Ms ?? -1);
    expect(p95Ms).toBeLessThanOrEqual(p99Ms ?? -1);
  });

  test('tells of a primary that never came since when it waits', async () => {
    const { since } = await read();
    expect(await primaryStatus('primary2')).toMatchObject({
      state: 'disconnected',
      since: expect.stringContaining(since.slice(0, 16)),
      sessions: 0,
      remotes: [],
      lastNotification: null,
      lastAnswer: null,
      lastMinute: { answers: 0, p50Ms: null, p95Ms: null, p99Ms: null },
    });
  });

  test('counts sessions up and down', async () => {
    const sessions = async () => (await primaryStatus('primary2'))?.sessions;
    const [one, other] = [await bridge.connect('primary2'), await bridge.connect('primary2')];
    expect(await primaryStatus('primary2')).toMatchObject({ state: 'connected', sessions: 2 });
    await using stranger = await openPeer(bridge.bridge, { ca: bridge.bridge.pki.ca });
    await stranger.roundTrip();
    // The first is the primary of all these tests.
    expect((await read()).connections).toEqual({ authenticated: 3, unauthenticated: 1, open: 4, max: 1_000 });
    await stranger[Symbol.asyncDispose]();
    await one[Symbol.asyncDispose]();
    await vi.waitFor(async () => expect(await sessions()).toBe(1));
    await other[Symbol.asyncDispose]();
    await vi.waitFor(async () => expect(await sessions()).toBe(0));
    expect(await primaryStatus('primary2')).toMatchObject({ state: 'disconnected', remotes: [] });
    expect((await read()).connections).toEqual({ authenticated: 1, unauthenticated: 0, open: 1, max: 1_000 });
  });

  test('tells topics, schemas and dead letters by reason', async () => {
    const { kafka, registry, deadLetters } = await read();
    expect(deadLetters).toEqual({ 'no-client-name': 3, 'not-an-object': 1 });
    expect(kafka).toEqual({
      up: true,
      reason: null,
      topics: (['jobs', 'images', 'deadLetters'] as const).map((use) => ({
        use,
        name: bridge.topics[use],
        partitions: 3,
        maxMessageBytes: 1_048_588,
      })),
    });
    expect(registry).toMatchObject({ up: true, reason: null });
    expect(registry.schemas).toEqual(
      Object.values(bridge.topics).map((topic) => ({
        subject: `${topic}-value`,
        version: 1,
        id: expect.any(Number),
      })),
    );
  });

  test('has sixty minutes of figures, the present one last, and loses none of the answers', async () => {
    const { lastHour } = await read();
    expect(lastHour).toHaveLength(60);
    const starts = lastHour.map(({ start }) => Date.parse(start));
    expect(starts.slice(1).map((start, index) => start - (starts[index] ?? 0))).toEqual(
      Array.from({ length: 59 }, () => 60_000),
    );
    expect(isNow(lastHour.at(-1)?.start ?? null)).toBe(true);
    expect(lastHour.reduce((sum, { answers }) => sum + answers, 0)).toBe(3);
  });
});

describe('trouble', () => {
  let broker: PrivateBroker;
  beforeAll(async () => {
    broker = await startPrivateBroker();
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  test('Kafka that hangs is told in words, with what waits for it and for how long', async () => {
    await using bridge = await startTestBridge({
      bootstrapServers: broker.bootstrapServers,
      settings: {
        kafka: { livenessIntervalMs: 200, requestTimeoutMs: 1000 },
        limits: { inFlight: { maxMessagesPerPrimary: 1 } },
      },
    });
    onTestFinished(() => broker.resume());
    await using primary = await bridge.connect();
    broker.pause();
    const id = randomUUID();
    primary.send(envelope([jobs(job)], { id }));
    await vi.waitFor(
      async () => {
        const { ready, kafka, primaries } = await readStatus(bridge.bridge.adminUrl);
        expect({ ready, up: kafka.up, reason: kafka.reason }).toEqual({
          ready: false,
          up: false,
          reason: expect.stringMatching(/Kafka/),
        });
        expect(primaries[0]?.inFlight.messages).toBe(1);
        expect(primaries[0]?.inFlight.bytes).toBeGreaterThan(100);
        expect(primaries[0]?.inFlight.oldestMs).toBeGreaterThan(500);
        expect(primaries[0]?.pausedSessions).toBe(1);
      },
      { timeout: 30_000, interval: 100 },
    );
    broker.resume();
    await primary.answered(id);
    await vi.waitFor(
      async () => {
        const { ready, kafka, primaries } = await readStatus(bridge.bridge.adminUrl);
        expect({ ready, up: kafka.up, reason: kafka.reason }).toEqual({
          ready: true,
          up: true,
          reason: null,
        });
        expect(primaries[0]).toMatchObject({ inFlight: { messages: 0, bytes: 0 }, pausedSessions: 0 });
      },
      { timeout: 30_000, interval: 100 },
    );
  });

  test('a registry that is gone is told in words, and its return too; readiness does not depend on it', async () => {
    const behind = new URL(inject('registryUrl'));
    const port = await freePort();
    const to = { host: behind.hostname, port: Number(behind.port) };
    const door = await openDoor(port, to);
    await using bridge = await startTestBridge({
      settings: { registry: { url: `http://127.0.0.1:${port}${behind.pathname}` } },
    });
    const registry = async () => {
      bridge.bridge.process.signal('SIGHUP');
      const status = await readStatus(bridge.bridge.adminUrl);
      expect(status.ready).toBe(true);
      return status.registry;
    };
    await door[Symbol.asyncDispose]();
    const reason = expect.stringContaining(`127.0.0.1:${port}`);
    await vi.waitFor(async () => expect(await registry()).toMatchObject({ up: false, reason }), 10_000);
    await using stack = new AsyncDisposableStack();
    stack.use(await openDoor(port, to));
    await vi.waitFor(async () => expect(await registry()).toMatchObject({ up: true, reason: null }), 10_000);
  });

  test('a bridge that drains says so until its end', async () => {
    await using bridge = await startTestBridge({ settings: { drain: { delayMs: 3_000 } } });
    const ended = bridge.bridge.stop();
    await vi.waitFor(async () => {
      const { draining, ready, checks } = await readStatus(bridge.bridge.adminUrl);
      expect({ draining, ready }).toEqual({ draining: true, ready: false });
      expect(checks.at(-1)).toEqual({ name: 'draining', ok: false, reason: 'draining' });
    });
    expect(await ended).toBe('exit code 0');
  });
});
