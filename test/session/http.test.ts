import { describe, expect, test } from 'vitest';

import { exchange, upgradeHeaders, upgradeRequest } from '../helpers/exchange.ts';
import { connectRequest, expectService, frame } from '../helpers/peer.ts';
import { startTerminator, type Terminator, tokens } from '../helpers/terminator.ts';

/** Sends one request and reads until the bridge closes. */
async function request(terminator: Terminator, lines: readonly string[], body = ''): Promise<string> {
  const bytes = `${[...lines, 'Host: localhost'].join('\r\n')}\r\n\r\n${body}`;
  return (await exchange(terminator, bytes)).text;
}

describe('a request that is no upgrade', () => {
  test.each([
    ['GET', '/nbwss'],
    ['GET', '/nbwss?x=1'],
    ['POST', '/nbwss'],
    ['HEAD', '/nbwss'],
  ])('gets 426 at once, with neither version nor body: %s %s', async (method, path) => {
    await using terminator = await startTerminator();
    const response = await request(terminator, [`${method} ${path} HTTP/1.1`]);
    const [head = '', body] = response.split('\r\n\r\n');
    const [status, ...headers] = head.split('\r\n');
    expect(status).toBe('HTTP/1.1 426 Upgrade Required');
    expect(headers).toContain('upgrade: websocket');
    expect(new Set(headers.map((header) => header.split(':')[0]?.toLowerCase()))).toEqual(
      new Set(['connection', 'content-length', 'date', 'upgrade']),
    );
    expect(body).toBe('');
  });

  test.each(['/', '/nbwss/', '/NBWSS', '/nbwssx', '/metrics', '/%6ebwss'])(
    'gets 404 for %s',
    async (path) => {
      await using terminator = await startTerminator();
      expect(await request(terminator, [`GET ${path} HTTP/1.1`])).toMatch(/^HTTP\/1\.1 404 /);
    },
  );

  test('gets its answer before its body is read', async () => {
    await using terminator = await startTerminator();
    const lines = ['POST /nbwss HTTP/1.1', 'Content-Length: 1000000000'];
    expect(await request(terminator, lines, 'token=')).toMatch(/^HTTP\/1\.1 426 /);
  });

  test('does not hold its connection for another one', async () => {
    await using terminator = await startTerminator();
    const response = await request(
      terminator,
      ['GET /nbwss HTTP/1.1', 'Connection: keep-alive'],
      'GET /nbwss HTTP/1.1\r\nHost: localhost\r\n\r\n',
    );
    expect(response.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test.each(['HTTP/1.0', 'HTTP/1.0\r\nConnection: keep-alive'])(
    'gets its answer and the end of its connection also with %j',
    async (version) => {
      await using terminator = await startTerminator();
      expect(await request(terminator, [`GET /nbwss ${version}`])).toMatch(/^HTTP\/1\.1 426 /);
    },
  );

  test.each(['100-continue', 'tea'])('is not asked for more when it expects %s', async (expectation) => {
    await using terminator = await startTerminator();
    const lines = ['POST /nbwss HTTP/1.1', 'Content-Length: 5', `Expect: ${expectation}`];
    const response = await request(terminator, lines);
    expect(response.match(/^HTTP\/.*/gm)).toEqual(['HTTP/1.1 426 Upgrade Required']);
  });

  test('is only for the path itself, and not for a URL with it', async () => {
    await using terminator = await startTerminator();
    for (const target of ['https://localhost/nbwss', '//nbwss', '/nbwss#x', '/./nbwss'])
      expect(await request(terminator, [`GET ${target} HTTP/1.1`])).toMatch(/^HTTP\/1\.1 404 /);
  });

  const post = 'POST /nbwss HTTP/1.1\r\nHost: localhost\r\n';
  const get = 'GET /nbwss HTTP/1.1\r\nHost: localhost\r\n';
  test.each([
    ['no HTTP', 'hello\r\n\r\n', 'HPE_INVALID_METHOD'],
    ['CONNECT to a proxy', 'CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n', null],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'HPE_PAUSED_H2_UPGRADE'],
    ['another version', 'GET /nbwss HTTP/1.2\r\nHost: localhost\r\n\r\n', 'HPE_INVALID_VERSION'],
    ['headers of 9 KiB', `${get}X: ${'x'.repeat(9 * 1024)}\r\n\r\n`, 'HPE_HEADER_OVERFLOW'],
    ['3,000 headers', `${get}${'a:\r\n'.repeat(3000)}\r\n`, 'HPE_HEADER_OVERFLOW'],
    ['a target of 9 KiB', `GET /${'x'.repeat(9 * 1024)} HTTP/1.1\r\n\r\n`, 'HPE_HEADER_OVERFLOW'],
    [
      'a length and chunks',
      `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      'HPE_INVALID_TRANSFER_ENCODING',
    ],
    [
      'chunks and a length',
      `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
      'HPE_INVALID_CONTENT_LENGTH',
    ],
    [
      'two lengths',
      `${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
      'HPE_UNEXPECTED_CONTENT_LENGTH',
    ],
    ['a length with a sign', `${post}Content-Length: +5\r\n\r\nhello`, 'HPE_INVALID_CONTENT_LENGTH'],
    [
      'chunks in chunks',
      `${post}Transfer-Encoding: chunked, chunked\r\n\r\n`,
      'HPE_INVALID_TRANSFER_ENCODING',
    ],
    ['a space before the colon', `${get}Content-Length : 5\r\n\r\nhello`, 'HPE_INVALID_HEADER_TOKEN'],
    ['a header on two lines', `${get}X: a\r\n b\r\n\r\n`, 'HPE_INVALID_HEADER_TOKEN'],
    ['a line that ends with CR', `${get}X: a\rY: b\r\n\r\n`, 'HPE_LF_EXPECTED'],
    ['a line that ends with LF', 'GET /nbwss HTTP/1.1\nHost: localhost\n\n', 'HPE_INVALID_VERSION'],
    ['a NUL in a header', `${get}X: a\0b\r\n\r\n`, 'HPE_INVALID_HEADER_TOKEN'],
  ])('is cut off without a word for %s', async (_what, bytes, code) => {
    await using terminator = await startTerminator();
    expect((await exchange(terminator, bytes)).text).toBe('');
    if (code !== null) expect(terminator.told('handshakeFailed')).toEqual([[code, expect.any(String)]]);
    await expectService(terminator);
  });

  test('gets no second answer for what stands where its body would, however its length is given', async () => {
    await using terminator = await startTerminator();
    const smuggled = `${get}\r\n`;
    for (const headers of [
      'Transfer-Encoding: xchunked\r\n',
      'Transfer-Encoding: identity\r\n',
      'Content-Length: 0\r\n',
      '',
    ]) {
      const { text } = await exchange(terminator, `${post}${headers}\r\n${smuggled}`);
      expect(text.match(/^HTTP\/.*/gm)).toEqual(['HTTP/1.1 426 Upgrade Required']);
    }
    expect(terminator.told('opened')).toEqual([]);
  });
});

describe('behind the answer to another request, an upgrade', () => {
  const connect = frame(1, Buffer.from(JSON.stringify(connectRequest({ token: tokens.primary1 }))));

  test.each([
    ['GET /nbwss HTTP/1.1', 426],
    ['GET /other HTTP/1.1', 404],
    ['POST /nbwss HTTP/1.1\r\nContent-Length: 0\r\nExpect: 100-continue', 426],
  ])('with a right token opens nothing: %s', async (line, status) => {
    await using terminator = await startTerminator();
    const first = `${line}\r\nHost: localhost\r\n\r\n`;
    const { text } = await exchange(terminator, first + upgradeRequest + connect.toString('latin1'));
    expect(text.match(/^HTTP\/1\.1 \d+/gm)).toEqual([`HTTP/1.1 ${status}`]);
    expect(terminator.told('opened')).toEqual([]);
    expect(terminator.told('authenticated')).toEqual([]);
    await expectService(terminator);
  });
});

describe('an upgrade', () => {
  test.each([
    ['another path', ['GET /other HTTP/1.1', ...upgradeHeaders], 404],
    ['another method', ['POST /nbwss HTTP/1.1', ...upgradeHeaders], 405],
    ['another protocol', ['GET /nbwss HTTP/1.1', 'Connection: Upgrade', 'Upgrade: h2c'], 400],
    ['no key', ['GET /nbwss HTTP/1.1', ...upgradeHeaders.slice(0, 3)], 400],
    ['another version', ['GET /nbwss HTTP/1.1', ...upgradeHeaders.with(2, 'Sec-WebSocket-Version: 99')], 400],
    ['HTTP/1.0', ['GET /nbwss HTTP/1.0', ...upgradeHeaders], 505],
    ['a second Host', ['GET /nbwss HTTP/1.1', 'Host: example.com', ...upgradeHeaders], 400],
    ['a body', ['GET /nbwss HTTP/1.1', 'Content-Length: 5', ...upgradeHeaders], 400],
    ['a body in chunks', ['GET /nbwss HTTP/1.1', 'Transfer-Encoding: chunked', ...upgradeHeaders], 400],
  ])('is refused and the connection closed at once for %s', async (_what, lines, status) => {
    await using terminator = await startTerminator();
    const response = await request(terminator, lines);
    expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(response).not.toMatch(/^(server|x-powered-by|via):/im);
    expect(terminator.told('opened')).toEqual([]);
    await expectService(terminator);
  });

  test('may have a query behind the path', async () => {
    await using terminator = await startTerminator();
    await expectService({ ...terminator, url: `${terminator.url}?from=netbackup` });
  });

  test('without a Host is refused', async () => {
    await using terminator = await startTerminator();
    const { text } = await exchange(
      terminator,
      `GET /nbwss HTTP/1.1\r\n${upgradeHeaders.join('\r\n')}\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('with a list of Origins, an upgrade', () => {
  const allowedOrigins = ['https://console.example.com', 'https://other.example.com:8443'];

  test.each([
    'https://evil.example',
    'https://console.example.com.evil.example',
    'http://console.example.com',
    'https://console.example.com:8443',
    'https://console.example.com, https://other.example.com:8443',
    'null',
    '',
  ])('from %j gets 403, and is told of', async (origin) => {
    await using terminator = await startTerminator({ allowedOrigins });
    const lines = ['GET /nbwss HTTP/1.1', ...upgradeHeaders, `Origin: ${origin}`];
    expect(await request(terminator, lines)).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(terminator.told('originRefused')).toEqual([
      [origin, expect.stringMatching(/^127\.0\.0\.1:[1-9]\d*$/)],
    ]);
    expect(terminator.told('opened')).toEqual([]);
  });

  test('with a second Origin behind one of them gets 403', async () => {
    await using terminator = await startTerminator({ allowedOrigins });
    const origins = ['Origin: https://console.example.com', 'Origin: https://evil.example'];
    const lines = ['GET /nbwss HTTP/1.1', ...upgradeHeaders, ...origins];
    expect(await request(terminator, lines)).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('from one of them is let in, and so is one without an Origin', async () => {
    await using terminator = await startTerminator({ allowedOrigins });
    for (const origin of allowedOrigins) await expectService(terminator, { origin });
    await expectService(terminator);
    expect(terminator.told('originRefused')).toEqual([]);
  });

  test('to another path gets 404, whatever its Origin is', async () => {
    await using terminator = await startTerminator({ allowedOrigins });
    const lines = ['GET /other HTTP/1.1', ...upgradeHeaders, 'Origin: https://evil.example'];
    expect(await request(terminator, lines)).toMatch(/^HTTP\/1\.1 404 /);
  });
});

test('without a list, every Origin is let in', async () => {
  await using terminator = await startTerminator();
  await expectService(terminator, { origin: 'https://anywhere.example' });
});
