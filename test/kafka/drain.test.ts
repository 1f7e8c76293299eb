import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { readiness, readMetrics, untilReadiness } from '../helpers/admin.ts';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';
import type { TestPrimary } from '../helpers/primary.ts';
import { type PrivateBroker, startPrivateBroker } from '../helpers/private-broker.ts';

/** The slack of a slow machine on a bound of the bridge, in ms. */
const slackMs = 3000;

let broker: PrivateBroker;

beforeAll(async () => {
  broker = await startPrivateBroker();
});
afterAll(() => broker[Symbol.asyncDispose]());

async function bridgeWith(drain: { delayMs: number; deadlineMs: number }): Promise<TestBridge> {
  const bridge = await startTestBridge({
    bootstrapServers: broker.bootstrapServers,
    // Kafka is asked all the time, so that a question is always open when it hangs.
    settings: { drain, log: { level: 'debug' }, kafka: { livenessIntervalMs: 100 } },
  });
  onTestFinished(async () => {
    broker.resume();
    await bridge[Symbol.asyncDispose]();
  });
  return bridge;
}

async function primaryOf(bridge: TestBridge): Promise<TestPrimary> {
  const primary = await bridge.connect();
  onTestFinished(() => primary[Symbol.asyncDispose]());
  return primary;
}

const inFlight = async (bridge: TestBridge) =>
  (await readMetrics(bridge.bridge.adminUrl)).value('nbwss_in_flight_messages');

/** Sends a message that can't be committed, because the broker hangs. */
async function sendIntoPause(bridge: TestBridge, primary: TestPrimary): Promise<string> {
  broker.pause();
  const id = randomUUID();
  const before = (await inFlight(bridge)) ?? 0;
  primary.send(envelope([jobs(job)], { id }));
  await vi.waitFor(async () => expect(await inFlight(bridge)).toBe(before + 1));
  return id;
}

/** Whether the endpoint's port takes TCP connections. */
async function accepts(bridge: TestBridge): Promise<boolean> {
  const socket = connect(Number(new URL(bridge.bridge.url).port), '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

const untilDraining = (bridge: TestBridge) =>
  untilReadiness(bridge.bridge.adminUrl, (seen) => {
    expect(seen).toMatchObject({ status: 503, checks: { draining: 'draining' } });
  });

test('SIGTERM: unready at once, accepts for the delay, then only finishes, answers, closes 1001, exits 0', async () => {
  const bridge = await bridgeWith({ delayMs: 1500, deadlineMs: 20_000 });
  const primary = await primaryOf(bridge);
  const early = await sendIntoPause(bridge, primary);

  const ended = bridge.bridge.stop('SIGTERM');
  await untilDraining(bridge);
  expect((await readMetrics(bridge.bridge.adminUrl)).value('nbwss_draining')).toBe(1);
  const newcomer = await primaryOf(bridge);
  const during = await sendIntoPause(bridge, newcomer);

  await vi.waitFor(async () => expect(await accepts(bridge)).toBe(false), { timeout: 10_000 });
  const ignored = randomUUID();
  primary.send(envelope([jobs(job)], { id: ignored }));
  expect((await fetch(`${bridge.bridge.adminUrl}/livez`)).status).toBe(200);
  expect(primary.answers).toEqual([]);

  broker.resume();
  await primary.answered(early);
  await newcomer.answered(during);
  expect(await primary.closed).toMatchObject({ code: 1001 });
  expect(await newcomer.closed).toMatchObject({ code: 1001 });
  expect(await ended).toBe('exit code 0');

  expect(primary.answersTo(ignored)).toBe(0);
  const records = await bridge.read(2);
  expect(records).toHaveLength(2);
  expect(new Set(records.map(({ value }) => value?.['messageId']))).toEqual(new Set([early, during]));

  const story = (await bridge.bridge.log()).map(({ message }) => message);
  const steps = [
    'draining',
    'message delivered',
    'message delivered',
    'session closed',
    'session closed',
    'stopped',
  ];
  expect(story.filter((message) => steps.includes(String(message)))).toEqual(steps);
  expect(story.at(-1)).toBe('stopped');
});

test.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGTERM'],
  ['SIGTERM', 'SIGINT'],
] as const)('a second signal (%s, then %s) ends it at once with exit code 1', async (first, second) => {
  const bridge = await bridgeWith({ delayMs: 60_000, deadlineMs: 60_000 });
  const ended = bridge.bridge.stop(first);
  await untilDraining(bridge);
  const began = performance.now();
  bridge.bridge.process.signal(second);
  expect(await ended).toBe('exit code 1');
  expect(performance.now() - began).toBeLessThan(slackMs);
  expect(await bridge.bridge.log()).toContainEqual(
    expect.objectContaining({
      'log.level': 'error',
      message: 'second signal: exiting at once',
      'nbwss.signal': second,
    }),
  );
});

test('past the deadline it ends with exit code 1, and what it did not answer is not answered', async () => {
  const deadlineMs = 1000;
  const bridge = await bridgeWith({ delayMs: 0, deadlineMs });
  const primary = await primaryOf(bridge);
  await sendIntoPause(bridge, primary);
  const began = performance.now();
  expect(await bridge.bridge.stop('SIGTERM')).toBe('exit code 1');
  const took = performance.now() - began;
  expect(primary.answers).toEqual([]);
  expect(await primary.closed).toMatchObject({ code: 1001 });
  expect(took).toBeGreaterThanOrEqual(deadlineMs);
  expect(took).toBeLessThan(deadlineMs + slackMs);
  expect(await bridge.bridge.log()).toContainEqual(
    expect.objectContaining({
      'log.level': 'error',
      message: expect.stringContaining('drain deadline of 1000 ms'),
    }),
  );
});

test('SIGINT drains as SIGTERM does', async () => {
  const bridge = await bridgeWith({ delayMs: 0, deadlineMs: 20_000 });
  const primary = await primaryOf(bridge);
  expect(await bridge.bridge.stop('SIGINT')).toBe('exit code 0');
  expect(await primary.closed).toMatchObject({ code: 1001 });
  expect(await readiness(bridge.bridge.adminUrl)).toBeNull();
});
