/** The status page of a bridge as it runs. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { launchChromium } from '../../tools/chromium.ts';
import { startTestBridge } from '../helpers/bridge.ts';
import { envelope, job, jobs } from '../helpers/messages.ts';

test('a primary that connects, is answered and goes is seen on the page that is open, and so is the end', async () => {
  await using bridge = await startTestBridge({ settings: { drain: { delayMs: 5_000 } } });
  await using stack = new AsyncDisposableStack();
  const browser = stack.adopt(await launchChromium(), (each) => each.close());
  const page = await browser.newPage();
  await page.goto(bridge.bridge.adminUrl);
  const row = page.getByRole('row', { name: 'primary1' });
  const cell = (label: string) => row.locator(`td[data-label="${label}"]`);
  await cell('State').getByText('disconnected').waitFor();

  const primary = await bridge.connect();
  await cell('State').getByText('connected', { exact: true }).waitFor();
  const id = randomUUID();
  primary.send(envelope([jobs(job)], { id }));
  await primary.answered(id);
  await cell('Answers in the last minute').getByText('1', { exact: true }).waitFor();
  expect(await cell('Last notification').textContent()).toMatch(/^\s*\d+ s ago\s*$/);

  await primary[Symbol.asyncDispose]();
  await cell('State').getByText('disconnected').waitFor();
  const ended = bridge.bridge.stop();
  await page.getByRole('status').getByText('Draining').waitFor();
  expect(await ended).toBe('exit code 0');
  await page.getByText('Not live since').waitFor();
});
