/** Calls of the registry and the token endpoint where the environment names a proxy. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createRegistryCall } from '../../../src/encode/registry-call.ts';
import { createTokenSource } from '../../../src/outbound/token-source.ts';
import { createTestPki, type TestPki } from '../../../tools/certificates.ts';
import { freePort } from '../../../tools/dev-stack/ports.ts';
import { answerAs } from '../../helpers/answering-registry.ts';
import { startForwardProxy } from '../../helpers/forward-proxy.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

const variables = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'];
const boundMs = 10_000;

beforeEach(() => {
  for (const name of variables) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
});
afterEach(() => void vi.unstubAllEnvs());

/** What a call of the registry answers, or why it doesn't. */
async function told(url: string, caFile?: string): Promise<string> {
  const tls = caFile === undefined ? {} : { caFile };
  const call = createRegistryCall({ url, requestTimeoutMs: boundMs, tls });
  return await call('GET', '/subjects').then(
    ({ status, body }) => `${status} ${JSON.stringify(body)}`,
    (error: Error) => error.message,
  );
}

/** A server with TLS that is known as `registry.test`. */
async function startTlsServer(pki: TestPki): Promise<number> {
  const server = createServer({ cert: pki.cert, key: pki.key }, (_request, response) => {
    response.end(JSON.stringify({ access_token: 'a-token', expires_in: 3600 }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

test.each(['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'])(
  'a registry without TLS is asked through the proxy of %s, which leaves no connection',
  async (variable) => {
    await using registry = await answerAs(() => ({ status: 200, body: { it: 'answers' } }));
    await using proxy = await startForwardProxy({ to: Number(new URL(registry.url).port) });
    vi.stubEnv(variable, `http://us%40er:pass%25word@${proxy.address}`);
    expect(await told('http://registry.invalid:8081/apis')).toBe('200 {"it":"answers"}');
    expect(proxy.asked).toEqual(['GET http://registry.invalid:8081/apis/subjects us@er:pass%word']);
    expect(registry.asked).toMatchObject([
      { path: '/apis/subjects', headers: { host: 'registry.invalid:8081' } },
    ]);
    await expect.poll(() => proxy.open).toBe(0);
  },
);

test.each(['HTTPS_PROXY', 'https_proxy'])(
  'a registry with TLS is asked in a tunnel, by its own name and certificate: %s',
  async (variable) => {
    const pki = await createTestPki({ hosts: ['registry.test'] });
    using files = temporaryDirectory({ 'ca.crt': pki.ca });
    await using proxy = await startForwardProxy({ to: await startTlsServer(pki) });
    vi.stubEnv(variable, `http://${proxy.address}`);
    expect(await told('https://registry.test', join(files.path, 'ca.crt'))).toMatch(/^200 /);
    expect(proxy.asked).toEqual(['CONNECT registry.test:443']);
    expect(await told('https://another.test:8443', join(files.path, 'ca.crt'))).toMatch(
      /the certificate of another\.test:8443 is for another name/,
    );
    await expect.poll(() => proxy.open).toBe(0);
  },
);

test('a token endpoint is asked in a tunnel too', async () => {
  const pki = await createTestPki({ hosts: ['login.test'] });
  using files = temporaryDirectory({ 'ca.crt': pki.ca, secret: 'secret' });
  await using proxy = await startForwardProxy({ to: await startTlsServer(pki) });
  vi.stubEnv('HTTPS_PROXY', `http://${proxy.address}`);
  const source = createTokenSource(
    'kafka.sasl.oauth',
    {
      tokenUrl: 'https://login.test/token',
      clientId: 'bridge',
      clientSecretFile: join(files.path, 'secret'),
      caFile: join(files.path, 'ca.crt'),
    },
    boundMs,
  );
  expect(await source()).toBe('a-token');
  expect(proxy.asked).toEqual(['CONNECT login.test:443']);
});

test.each(['registry.invalid', '.invalid', 'other.test,registry.invalid:8081', '*'])(
  'a host of NO_PROXY is asked directly: %s',
  async (noProxy) => {
    await using proxy = await startForwardProxy({});
    vi.stubEnv('HTTP_PROXY', `http://${proxy.address}`);
    vi.stubEnv('NO_PROXY', noProxy);
    expect(await told('http://registry.invalid:8081')).toMatch(
      /getaddrinfo E\w+ registry\.invalid: check registry\.url/,
    );
    expect(proxy.asked).toEqual([]);
  },
);

test.each([
  ['http://registry.invalid:8081', 'HTTP_PROXY', 'answers: '],
  ['https://registry.invalid', 'HTTPS_PROXY', 'refuses a tunnel to registry.invalid:443: '],
])(
  "a refusal is said to be the proxy's, with its reason and without the password: %s",
  async (url, variable, how) => {
    for (const [refuse, advice] of [
      [
        '407 Proxy Authentication Required',
        `put its user and password into ${variable} (http://user:password@host:port), or check them`,
      ],
      ['502 Bad Gateway', 'see its log, or name the host in NO_PROXY where it can be reached directly'],
    ] as const) {
      await using proxy = await startForwardProxy({ refuse });
      vi.stubEnv(variable, `http://user:hidden-word@${proxy.address}`);
      const message = await told(url);
      expect(message).toContain(
        `: the proxy http://${proxy.address} (${variable}) ${how}${refuse}: ${advice}`,
      );
      expect(message).not.toMatch(/hidden-word|check registry\.url/);
    }
  },
);

test('what a registry answers behind a proxy is said to be its own', async () => {
  await using registry = await answerAs(() => ({
    status: 503,
    body: { error_code: 50301, message: 'busy' },
  }));
  await using proxy = await startForwardProxy({ to: Number(new URL(registry.url).port) });
  vi.stubEnv('HTTP_PROXY', `http://${proxy.address}`);
  expect(await told('http://registry.invalid')).toMatch(/the schema registry answers .* 503: 50301 busy/);
});

test('a proxy that is away is said so, and nothing is said of the registry', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  vi.stubEnv('HTTPS_PROXY', `http://user:hidden-word@${address}`);
  const message = await told('https://registry.invalid');
  expect(message).toMatch(
    new RegExp(
      `: the proxy http://${address} \\(HTTPS_PROXY\\) can't be reached: connect ECONNREFUSED ${address}: check HTTPS_PROXY`,
    ),
  );
  expect(message).not.toMatch(/hidden-word|check registry\.url/);
});

test('a proxy that speaks TLS must show a certificate that is trusted', async () => {
  const pki = await createTestPki();
  await using proxy = await startForwardProxy({ tls: pki });
  vi.stubEnv('HTTPS_PROXY', `https://${proxy.address}`);
  expect(await told('https://registry.invalid')).toMatch(
    /: TLS with the proxy https:\S+ \(HTTPS_PROXY\) failed: /,
  );
});

test.each(['socks5://127.0.0.1:1080', 'http://hidden-word:%zz@127.0.0.1', 'http://[hidden-word'])(
  'a variable that names no proxy is said, without its value: %s',
  async (value) => {
    vi.stubEnv('HTTPS_PROXY', value);
    const message = await told('https://registry.invalid');
    expect(message).toMatch(/: HTTPS_PROXY (?:names no proxy that can be used|holds a user or password)/);
    expect(message).not.toMatch(/hidden-word|socks/);
  },
);

test("a proxy's own words are shown without the password that they repeat", async () => {
  const basic = Buffer.from('user:pass%word').toString('base64');
  await using proxy = await startForwardProxy({ refuse: `407 no\u0007 pass%word ${basic}` });
  vi.stubEnv('HTTPS_PROXY', `http://user:pass%25word@${proxy.address}`);
  const message = await told('https://registry.invalid/apis');
  expect(message).toContain(String.raw`407 no\u0007 *** ***: put its user and password into HTTPS_PROXY`);
});
