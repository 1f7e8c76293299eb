/** Load on a bridge, and one of each thing that can go wrong without breaking it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import type { TestBridge } from '../helpers/bridge.ts';
import { connectKafkaAdmin } from '../helpers/kafka-admin.ts';
import { envelope, image, images, job, jobs } from '../helpers/messages.ts';
import { connectPrimary, type TestPrimary } from '../helpers/primary.ts';
import { requestWith, sayInFrames, sayOverTls } from '../helpers/rude-peer.ts';

export const troubledSettings = {
  limits: { maxPayloadBytes: 200_000, unauthenticated: { attemptsPerAddress: 1000 } },
  schemas: { refreshIntervalMs: 1_000 },
};

/** Sends one message after the other until the signal aborts. */
export async function load(primary: TestPrimary, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const id = randomUUID();
    primary.send(envelope([jobs(job, job), images(image)], { id }));
    await primary.answered(id);
  }
}

/** What strangers may send: nothing of it may become a label. */
export async function strangers({ bridge }: TestBridge): Promise<void> {
  const { url, pki } = bridge;
  const peer = { url, ca: pki.ca };
  for (let attempt = 0; attempt < 3; attempt++) {
    const made = randomBytes(9).toString('hex');
    await expect(connectPrimary(url, made, pki.ca)).rejects.toThrow('refused');
    await sayOverTls(peer, requestWith(made, `/${made}`));
    await sayOverTls(peer, `${made} ${made}\r\n${made}\r\n\r\n`);
    await sayInFrames(peer, [], (socket) => socket.close(4000 + attempt, made));
  }
}

/** Messages that are odd, come twice, are too large, or hold what can never be written. */
export async function oddMessages(test: TestBridge, primary: TestPrimary): Promise<void> {
  const id = randomUUID();
  const odd = envelope([jobs(job, { ...job, clientName: undefined })], { id, version: '7.0' });
  primary.send(odd);
  await primary.answered(id);
  primary.send(odd);
  await primary.answered(id, 2);
  primary.send(envelope([jobs({ ...job, status: 7 })], { id }));
  await primary.answered(id, 3);
  primary.send({ version: '1.0', id: randomUUID(), type: 'COMMAND', subType: 'REQUEST', payload: {} });
  primary.send('not JSON');
  await using admin = await connectKafkaAdmin();
  await admin.configure(test.topics.jobs, 'max.message.bytes', '20000');
  const large = randomUUID();
  primary.send(envelope([jobs({ ...job, note: randomBytes(20_000).toString('hex') })], { id: large }));
  await primary.answered(large);
  await using other = await test.connect('primary2');
  other.send(envelope([jobs({ ...job, note: randomBytes(150_000).toString('hex') })]));
  expect(await other.closed).toMatchObject({ code: 1009 });
}

/** Asks until it is so: scrapes and refreshes take their second. */
export async function eventually(assert: () => Promise<void>): Promise<void> {
  await vi.waitFor(assert, { timeout: 60_000, interval: 500 });
}
