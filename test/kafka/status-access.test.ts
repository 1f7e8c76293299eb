/** Who may look at the status, and who may close sessions. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { statusSchema } from '../../src/admin/status.ts';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import { readStatus } from '../helpers/status.ts';

let bridge: TestBridge;
let adminUrl: string;

beforeAll(async () => {
  bridge = await startTestBridge({
    primaries: ['primary1', 'primary2', 'probe'],
    settings: { admin: { port: 0, allowDrain: true, hostNames: ['bridge.example'] } },
  });
  ({ adminUrl } = bridge.bridge);
});
afterAll(() => bridge[Symbol.asyncDispose]());

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request down to its headers, some of which `fetch` sets itself. */
async function ask(path: string, { method = 'GET', headers = {} }: Asked = {}, url = adminUrl) {
  const { hostname, port } = new URL(url);
  const asked = request({ hostname, port, path, method, headers, agent: false }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

describe('Host', () => {
  const guarded = ['/', '/status', '/status/events'];

  test.each(guarded)('%s is not for a page that was led here: 421 under a foreign name', async (path) => {
    const { status, body } = await ask(path, { method: 'HEAD', headers: { host: 'attacker.example' } });
    expect({ status, body }).toEqual({ status: 421, body: '' });
    const told = await ask(path, { headers: { host: 'attacker.example:9090' } });
    expect(told.body).toContain('admin.hostNames');
  });

  test('nor does a drain go through under one', async () => {
    const headers = { host: 'attacker.example' };
    expect(await ask('/drain?primary=primary1', { method: 'POST', headers })).toMatchObject({ status: 421 });
  });

  test.each([
    '127.0.0.1',
    '[::1]:9090',
    '10.1.2.3:9090',
    'localhost:1',
    'nbwss-bridge',
    'a.localhost',
    'Bridge.Example:80',
  ])('%s may ask', async (host) => {
    for (const path of guarded)
      expect(await ask(path, { method: 'HEAD', headers: { host } })).toMatchObject({ status: 200 });
  });

  test('health and metrics are given under any name: probes and scrapers have theirs', async () => {
    for (const path of ['/livez', '/readyz', '/metrics'])
      expect(await ask(path, { headers: { host: 'pod.example' } })).toMatchObject({ status: 200 });
  });
});

describe('POST /drain', () => {
  const drain = (query: string, headers: Asked['headers'] = {}) =>
    ask(`/drain${query}`, { method: 'POST', headers });

  test('closes the sessions of the primary with 1001, and only those; an audit line says who asked', async () => {
    await using one = await bridge.connect('primary1');
    await using two = await bridge.connect('primary1');
    await using other = await bridge.connect('primary2');
    const { status, body } = await drain('?primary=primary1');
    expect({ status, body: JSON.parse(body) as unknown }).toEqual({
      status: 200,
      body: { primary: 'primary1', closed: 2 },
    });
    const closed = { code: 1001, reason: 'fail-back: connect again' };
    expect(await Promise.all([one.closed, two.closed])).toEqual([closed, closed]);
    expect(other.open).toBe(true);
    const lines = (await bridge.bridge.log()).filter((line) => line['event.action'] === 'sessions-closed');
    expect(lines).toEqual([
      expect.objectContaining({
        'event.kind': 'audit',
        'nbwss.primary': 'primary1',
        'nbwss.sessions': 2,
        'client.address': '127.0.0.1',
      }),
    ]);
    await vi.waitFor(async () => {
      const { primaries } = await readStatus(adminUrl);
      expect(primaries.map(({ sessions }) => sessions)).toEqual([0, 1]);
    });
    await using again = await bridge.connect('primary1');
    expect(again.open).toBe(true);
  });

  test('a primary without a session: none was closed', async () => {
    expect(JSON.parse((await drain('?primary=primary2')).body)).toEqual({ primary: 'primary2', closed: 0 });
  });

  test.each([
    ['?primary=nobody', 404],
    ['?primary=probe', 404],
    ['?primary=', 400],
    ['', 400],
  ])('%s is %i', async (query, status) => {
    expect(await drain(query)).toMatchObject({ status });
  });

  test.each([
    { origin: 'http://attacker.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'none' },
  ])('a browser, by %j, is refused: no page of any site can ask for it', async (headers) => {
    await using primary = await bridge.connect('primary1');
    expect(await drain('?primary=primary1', headers)).toMatchObject({ status: 403 });
    expect(primary.open).toBe(true);
  });

  test.each(['GET', 'HEAD', 'OPTIONS'])('%s is 405', async (method) => {
    const { status, headers } = await ask('/drain?primary=primary1', { method });
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'POST' });
  });
});

test('unless it is enabled, a drain is refused, and the setting named', async () => {
  await using other = await startTestBridge();
  await using primary = await other.connect();
  const asked = await ask('/drain?primary=primary1', { method: 'POST' }, other.bridge.adminUrl);
  expect(asked).toMatchObject({ status: 403, body: expect.stringContaining('admin.allowDrain') });
  expect(primary.open).toBe(true);
});

describe('/status/events', () => {
  /** A stream that is open, and what it has brought so far. */
  async function listenTo(path: string) {
    const stop = new AbortController();
    const response = await fetch(`${adminUrl}${path}`, { signal: stop.signal });
    let received = '';
    const ended = (async () => {
      for await (const chunk of response.body ?? []) received += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    return {
      response,
      ended,
      received: () => received,
      async [Symbol.asyncDispose]() {
        stop.abort();
        await ended;
      },
    };
  }

  test('brings a status of the documented shape, again and again', async () => {
    await using stream = await listenTo('/status/events');
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    const events = () => [...stream.received().matchAll(/^event: status\ndata: (.*)\n\n/gm)];
    await vi.waitFor(() => expect(events().length).toBeGreaterThanOrEqual(2), 15_000);
    for (const [, data = ''] of events()) statusSchema.parse(JSON.parse(data));
  });

  test('no address holds more than six of them: the next is told to come back', async () => {
    await using open = new AsyncDisposableStack();
    for (let count = 0; count < 6; count++) {
      const { response } = open.use(await listenTo('/status/events'));
      expect(response.status).toBe(200);
    }
    const { status, headers } = await ask('/status/events');
    expect({ status, after: headers['retry-after'] }).toEqual({ status: 503, after: '10' });
    await open.disposeAsync();
    await vi.waitFor(async () => {
      await using free = await listenTo('/status/events');
      expect(free.response.status).toBe(200);
    });
  });

  test('ends with the bridge, and holds up nothing', async () => {
    await using other = await startTestBridge();
    const response = await fetch(`${other.bridge.adminUrl}/status/events`);
    expect(await other.bridge.stop()).toBe('exit code 0');
    await response.text().catch(() => '');
  });
});

test('the page shows every primary, and may load nothing but its own style and script', async () => {
  const { status, headers, body } = await ask('/');
  expect(status).toBe(200);
  expect(headers['content-type']).toMatch(/^text\/html/);
  expect(headers['content-security-policy']).toMatch(/^default-src 'none';/);
  expect(body).not.toMatch(/(?:src|href)="https?:/);
  const { configHash, primaries } = await readStatus(adminUrl);
  for (const shown of [configHash, ...primaries.map(({ name }) => name)]) expect(body).toContain(shown);
});
