import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { createFrame } from '../../../src/protocol/frame.ts';

/** A clock of this process's own time: other processes may have the machine. */
const cpuMs = () => process.cpuUsage().user / 1000;

test('20,000 dead letters of an envelope with 300,000 keys are cut out of it in the time of a few looks', () => {
  const keys = Array.from({ length: 300_000 }, (_, n) => `"k${n}":0`).join(',');
  const entries = Array.from({ length: 20_000 }, (_, n) => n).join(',');
  const frame = createFrame(Buffer.from(`{"payload":[{"data":[${entries}]}],${keys}}`), null);
  const begin = cpuMs();
  expect(frame.slice(['payload', 0, 'data', 7]).toString()).toBe('7');
  const oneLook = cpuMs() - begin;
  for (let n = 0; n < 20_000; n++)
    expect(frame.slice(['payload', 0, 'data', n]).length).toBe(String(n).length);
  // Each look by itself would make it thousands of times as long.
  expect(cpuMs() - begin).toBeLessThan(20 * oneLook + 2000);
});

test('a frame of 8 MiB of the smallest values takes little memory beside itself when a part is cut out', async () => {
  const text = `{"payload":[{"data":[7,{"a":[${'1,'.repeat(4_000_000)}1]}]}]}`;
  const program = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.module).then(({ createFrame }) => {
      const frame = createFrame(Buffer.from(workerData.bytes), null);
      parentPort.postMessage([0, 1].map((n) => frame.slice(['payload', 0, 'data', n]).length));
    });`;
  const module = new URL('../../../src/protocol/frame.ts', import.meta.url).href;
  const worker = new Worker(program, {
    eval: true,
    workerData: { module, bytes: Buffer.from(text) },
    resourceLimits: { maxOldGenerationSizeMb: 64 },
  });
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  worker.once('message', resolve).once('error', reject);
  expect(await promise).toEqual([1, 8_000_001 + '{"a":[]}'.length]);
});
