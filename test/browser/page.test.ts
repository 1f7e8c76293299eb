/** The status page in a browser, of statuses that are made up: every state that it can show. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createHealth } from '../../src/admin/health.ts';
import { type AdminServer, startAdmin } from '../../src/admin/server.ts';
import { type Status, statusSchema } from '../../src/admin/status.ts';
import { networkOf } from '../../src/session/peer.ts';
import { launchChromium } from '../../tools/chromium.ts';
import { sampleStatus, troubledStatus } from '../../tools/sample-status.ts';

/** An element, as the code in the browser sees it. */
interface Labelled {
  getAttribute(name: string): string | null;
}

let browser: Browser;
let admin: AdminServer;
let status: Status;

beforeAll(async () => {
  browser = await launchChromium();
  admin = await startAdmin({
    host: '127.0.0.1',
    port: 0,
    hostNames: [],
    allowDrain: false,
    health: createHealth(),
    metrics: () => Promise.resolve({ text: '', contentType: 'text/plain' }),
    status: () => status,
    closeSessions: () => null,
    networkOf,
  });
});
afterAll(async () => {
  await admin[Symbol.asyncDispose]();
  await browser.close();
});

const now = Date.now();
const statuses = { good: sampleStatus(now), bad: troubledStatus(now) };

/** The page of a status, once it is live, and what the browser had to complain about. */
async function open(shown: Status, options: BrowserContextOptions = {}) {
  status = shown;
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(request.url()));
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const response = await page.goto(`http://127.0.0.1:${admin.port}/`);
  if (options.javaScriptEnabled !== false) await page.getByText('Live', { exact: true }).waitFor();
  return { page, complaints, asked, response };
}

const stateOf = (page: Page) => page.getByRole('status').textContent();

test('the made-up statuses are of the documented shape', () => {
  for (const each of Object.values(statuses)) expect(statusSchema.parse(each)).toEqual(each);
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  describe.each([
    ['on a desk', { width: 1280, height: 900 }],
    ['on a phone', { width: 360, height: 740 }],
  ])('%s', (_, viewport) => {
    test.each(['good', 'bad'] as const)('a %s state is accessible, and fits the width', async (which) => {
      const { page } = await open(statuses[which], { colorScheme, viewport });
      const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(background).toBe(colorScheme === 'light' ? 'rgb(246, 247, 248)' : 'rgb(20, 23, 26)');
      await page.locator('summary').click();
      const { violations, passes } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      expect(passes.map(({ id }) => id)).toContain('color-contrast');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
    });
  });
});

test('it asks for nothing but its own files, and breaks none of its policy', async () => {
  const { asked, complaints, response } = await open(statuses.good);
  const origin = `http://127.0.0.1:${admin.port}`;
  expect(new Set(asked)).toEqual(
    new Set(
      ['/', '/page/page.css', '/page/live.js', '/page/icon.svg', '/status/events?page'].map(
        (path) => origin + path,
      ),
    ),
  );
  expect(complaints).toEqual([]);
  expect(response?.headers()).toMatchObject({
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
});

test('the policy keeps a script out that got into the page all the same', async () => {
  const { page, complaints } = await open(statuses.good);
  const ran = await page.evaluate(`(() => {
    document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.ran = true">');
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    return window.ran === true;
  })()`);
  expect(ran).toBe(false);
  expect(complaints.join('\n')).toMatch(/Content Security Policy/);
});

test('it has landmarks, one main heading, a caption for each table, and words for each drawing', async () => {
  const { page } = await open(statuses.good);
  for (const role of ['banner', 'main', 'contentinfo', 'navigation'] as const)
    expect(await page.getByRole(role).count(), role).toBe(1);
  expect(await page.locator('h1').count()).toBe(1);
  const tables = await page.locator('table').count();
  expect(await page.locator('table > caption').count()).toBe(tables);
  const drawings = await page
    .getByRole('img')
    .evaluateAll((all) => all.map((each) => (each as unknown as Labelled).getAttribute('aria-label')));
  expect(drawings).toEqual([
    expect.stringMatching(/^\d+ answers in the last hour, at most \d+ in a minute\.$/),
    expect.stringMatching(/^The slowest minute of the last hour had a p99 of \d+ ms\.$/),
  ]);
});

test('what is wrong is told in words, and texts of others stay texts', async () => {
  const { page } = await open(statuses.bad);
  expect(await stateOf(page)).toBe('Not ready');
  const main = page.getByRole('main');
  expect(await main.textContent()).toContain('Connection timeout <broker-1:9092>');
  expect(await main.getByText('held back').count()).toBe(2);
  expect(await main.getByText('expired').count()).toBe(1);
});

test('news get into the page as they come, and leave what is open and focused alone', async () => {
  const { page } = await open(statuses.good);
  expect(await stateOf(page)).toBe('Ready');
  await page.locator('summary').click();
  await page.locator('summary').focus();
  await page.evaluate('void (document.querySelector("summary").kept = true)');
  status = statuses.bad;
  await page.getByRole('status').getByText('Not ready').waitFor();
  expect(await page.locator('#kafka ~ p').textContent()).toContain('trouble');
  expect(
    await page.evaluate('[document.activeElement.kept, document.querySelector("details").open]'),
  ).toEqual([true, true]);
  status = statuses.good;
  await page.getByRole('status').getByText('Ready', { exact: true }).waitFor();
  expect(await page.getByRole('row', { name: 'nbu-oslo' }).textContent()).toContain('disconnected');
});

test('without JavaScript it shows the moment at which it was asked for', async () => {
  const { page } = await open(statuses.good, { javaScriptEnabled: false });
  expect(await stateOf(page)).toBe('Ready');
  expect(await page.locator('#live').textContent()).toContain('As of 20');
  expect(await page.getByRole('row').count()).toBeGreaterThan(3);
});

test.each(['page.css', 'live.js', 'icon.svg'])(
  '%s is kept by the browser and asked for again',
  async (name) => {
    const url = `http://127.0.0.1:${admin.port}/page/${name}`;
    const first = await fetch(url);
    const etag = first.headers.get('etag') ?? '';
    expect(first.headers.get('cache-control')).toBe('no-cache');
    expect(first.headers.get('content-type')).toMatch(/^(text\/css|text\/javascript|image\/svg\+xml)/);
    const again = await fetch(url, { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  },
);
