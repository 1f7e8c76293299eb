import { setTimeout as delay } from 'node:timers/promises';
import { getContainerRuntimeClient } from 'testcontainers';
import { expect, inject, test } from 'vitest';
import { generateMessages } from '../../src/simulator/generate.ts';
import { runLoad } from '../../src/simulator/load.ts';
import { nowSeconds } from '../../src/simulator/message.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { readMetrics } from '../helpers/admin.ts';
import { type BridgeContainer, startBridgeContainer } from './bridge-container.ts';
import { HARDENING } from './hardening.ts';
import { imageConfig } from './inspect.ts';
import { type Peak, peakDuring } from './memory.ts';

const loadMs = 20_000;
/** Fifteen times as often as the image says. */
const checkMs = 2_000;
const entriesPerMessage = 50;

function say(what: string, { resident, held }: Peak): void {
  const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  process.stderr.write(
    `${what}: at most ${mebibytes(resident)} resident, ${mebibytes(held)} held by the container\n`,
  );
}

async function connected({ url, tokens, ca }: BridgeContainer, primary: string, inFlight: number) {
  const netBackup = createSimulator({ url, token: tokens[primary] ?? '', ca, inFlight });
  expect(await netBackup.connect()).toMatchObject({ outcome: 'established' });
  return netBackup;
}

function messages(seed: number) {
  return generateMessages({ seed, entriesPerMessage, timeStamp: nowSeconds() });
}

/** The health check takes its memory from the same limit: it runs beside, as an engine has it. @returns its exit codes */
async function keepChecking({ container }: BridgeContainer, until: AbortSignal): Promise<number[]> {
  const command = (await imageConfig()).Healthcheck.Test.slice(1);
  const exitCodes: number[] = [];
  while (!until.aborted) {
    exitCodes.push((await container.exec(command)).exitCode);
    await delay(checkMs, undefined, { signal: until }).catch(() => {});
  }
  return exitCodes;
}

test('as many messages as it takes for 20 s need less than the memory that a container is given', async () => {
  await using bridge = await startBridgeContainer();
  await using netBackup = await connected(bridge, 'primary1', 256);
  let checks: Promise<number[]> = Promise.resolve([]);
  const peak = await peakDuring(bridge.container, async (until) => {
    checks = keepChecking(bridge, until);
    await runLoad(netBackup, messages(1), { window: 256, durationMs: loadMs });
  });

  const { messages: counted, entries, violations } = netBackup.report();
  say(`${Math.round(entries.answered / (loadMs / 1000))} records/s`, peak);
  expect(counted.unanswered).toBe(0);
  expect(violations.total).toBe(0);
  expect(entries.answered).toBeGreaterThan(10_000);
  expect(peak.kills).toBe(0);
  expect(peak.resident).toBeLessThan(HARDENING.Memory);
  expect(peak.held).toBeLessThan(HARDENING.Memory);
  expect(new Set(await checks)).toEqual(new Set([0]));
});

test('while Kafka stands still, what peers push is bounded: nothing is killed, and all of it is answered afterwards', async () => {
  await using bridge = await startBridgeContainer(4);
  await using disposal = new AsyncDisposableStack();
  const peers: Simulator[] = [];
  for (const primary of Object.keys(bridge.tokens))
    peers.push(disposal.use(await connected(bridge, primary, 2_000)));
  const { container: engine } = await getContainerRuntimeClient();
  const kafka = engine.dockerode.getContainer(inject('imageStack').kafkaId);

  const peak = await peakDuring(bridge.container, async () => {
    await kafka.pause();
    // More than a primary may have in flight.
    const pushed = peers.map((peer, seed) =>
      Promise.allSettled([...messages(seed + 10).take(1_000)].map((message) => peer.send(message))),
    );
    try {
      const paused = async () => (await readMetrics(bridge.adminUrl)).value('nbwss_backpressure_active');
      await expect.poll(paused, { timeout: 30_000 }).toBe(peers.length);
      // Under Kafka's own time-outs: one that stands still longer is a fault of its own.
      await delay(5_000);
    } finally {
      await kafka.unpause();
    }
    await Promise.all(pushed);
  });
  say('while Kafka stood still', peak);
  expect(peers.map((peer) => peer.report().messages)).toEqual(
    peers.map(() => expect.objectContaining({ sent: 1_000, unanswered: 0 }) as unknown),
  );
  expect(peak.kills).toBe(0);
  expect(peak.resident).toBeLessThan(HARDENING.Memory);
  expect(peak.held).toBeLessThan(HARDENING.Memory);
});
