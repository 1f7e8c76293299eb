import { expect, test } from 'vitest';
import { generateMessages } from '../../src/simulator/generate.ts';
import { nowSeconds } from '../../src/simulator/message.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { startBridgeContainer } from './bridge-container.ts';

test('a stop in the middle of a load ends with exit code 0, and every entry that was answered is in Kafka', async () => {
  await using bridge = await startBridgeContainer();
  const answered: string[] = [];
  const enough = Promise.withResolvers<void>();
  await using netBackup = createSimulator({
    url: bridge.url,
    token: bridge.tokens['primary1'] ?? '',
    ca: bridge.ca,
    inFlight: 64,
    onAnswer({ message }) {
      for (let index = 0; index < message.entries; index++) answered.push(`${message.id}/${index}`);
      if (answered.length >= 2_000) enough.resolve();
    },
  });
  await netBackup.connect();
  const messages = generateMessages({ seed: 3, entriesPerMessage: 10, timeStamp: nowSeconds() }).take(20_000);
  // What is unanswered at the end is rejected, as it is when NetBackup is closed.
  const sending = Promise.allSettled([...messages].map((message) => netBackup.send(message)));
  await enough.promise;
  expect(await bridge.stop()).toBe(0);
  await netBackup.close();
  await sending;

  expect(netBackup.report().messages.unanswered).toBeGreaterThan(0);
  const records = await bridge.read(answered.length);
  const written = new Set(
    records.map(({ value }) => `${String(value?.['messageId'])}/${String(value?.['entryIndex'])}`),
  );
  expect(answered.filter((entry) => !written.has(entry))).toEqual([]);
});
