/** Writes docs/images/status.png: the status page of a bridge whose figures are made up. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createHealth } from '../src/admin/health.ts';
import { startAdmin } from '../src/admin/server.ts';
import { networkOf } from '../src/session/peer.ts';
import { launchChromium } from './chromium.ts';
import { sampleStatus } from './sample-status.ts';

const picture = fileURLToPath(new URL('../docs/images/status.png', import.meta.url));
/** So that the picture changes with the page only. */
const at = Date.UTC(2027, 2, 14, 9, 26);

await using admin = await startAdmin({
  host: '127.0.0.1',
  port: 0,
  hostNames: [],
  allowDrain: false,
  health: createHealth(),
  metrics: () => Promise.resolve({ text: '', contentType: 'text/plain' }),
  status: () => sampleStatus(at),
  closeSessions: () => null,
  networkOf,
});
const browser = await launchChromium();
const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, colorScheme: 'light' });
await page.goto(`http://127.0.0.1:${admin.port}/`);
await page.getByText('Live', { exact: true }).waitFor();
await mkdir(new URL('../docs/images', import.meta.url), { recursive: true });
await page.screenshot({ path: picture, fullPage: true });
await browser.close();
process.stdout.write(`${picture}\n`);
