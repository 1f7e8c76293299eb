import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { ExitCode } from '../../../src/errors.ts';
import type { OauthSettings } from '../../../src/outbound/token-request.ts';
import { createTokenSource, refusalHoldMs } from '../../../src/outbound/token-source.ts';
import { tracesIn } from '../../helpers/secret-traces.ts';

/** A token endpoint that answers as told, and a source of tokens with a clock of its own. */
async function given(
  answer: (response: ServerResponse, count: number) => void,
  timeoutMs = 2_000,
  { clientAssertionFile, ...settings }: OauthSettings = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'nbwss-token-'));
  const clientSecretFile = join(directory, 'secret');
  await writeFile(clientSecretFile, 'secret');
  const asked: { readonly authorization: string | undefined; readonly form: URLSearchParams }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push({ authorization: request.headers.authorization, form: new URLSearchParams(body) });
      answer(response, asked.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await rm(directory, { recursive: true });
  });
  const clock = { now: 1_000_000 };
  const tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const source = createTokenSource(
    'kafka.sasl.oauth',
    {
      ...settings,
      tokenUrl,
      clientId: 'b:c',
      ...(clientAssertionFile === undefined
        ? { clientSecretFile }
        : { clientAssertionFile: clientSecretFile }),
    },
    timeoutMs,
    () => clock.now,
  );
  return { source, asked, clock, clientSecretFile };
}

const token = (seconds?: number) => (response: ServerResponse, count: number) =>
  void response.end(JSON.stringify({ access_token: `t${count}`, expires_in: seconds }));

test('one request serves all that ask at once, and the token serves until a minute before its end', async () => {
  const { source, asked, clock } = await given(token(3600));
  expect(await Promise.all([source(), source(), source()])).toEqual(['t1', 't1', 't1']);
  clock.now += 3_539_000;
  expect(await source()).toBe('t1');
  clock.now += 1_000;
  expect(await source()).toBe('t2');
  // RFC 6749, 2.3.1: encoded as in a form, and then for HTTP Basic.
  expect(asked.map(({ authorization }) => authorization)).toEqual(
    Array.from({ length: 2 }, () => `Basic ${btoa('b%3Ac:secret')}`),
  );
});

test.each([
  [100, 79_000],
  [40, 19_000],
  [undefined, 39_000],
])('a token of %s s serves for %i ms', async (seconds, ms) => {
  const { source, clock } = await given(token(seconds));
  await source();
  clock.now += ms;
  expect(await source()).toBe('t1');
  clock.now += 1_000;
  expect(await source()).toBe('t2');
});

test('a token that is too short-lived to be kept is asked for each time', async () => {
  const { source } = await given(token(15));
  expect([await source(), await source()]).toEqual(['t1', 't2']);
});

test('a refusal names the secret file and is not repeated; with another secret the next call succeeds', async () => {
  const { source, asked, clientSecretFile } = await given((response, count) =>
    asked.at(-1)?.authorization === `Basic ${btoa('b%3Ac:new')}`
      ? token(60)(response, count)
      : void response.writeHead(401).end('{"error":"invalid_client","error_description":"it is secret"}'),
  );
  const refused = source();
  await expect(refused).rejects.toMatchObject({ code: 'token-refused', exitCode: ExitCode.denied });
  await expect(refused).rejects.toThrow(
    new RegExp(
      `401 invalid_client: it is \\*\\*\\*\\): .*${clientSecretFile} \\(kafka.sasl.oauth.clientSecretFile\\)$`,
    ),
  );
  expect(asked).toHaveLength(1);
  await writeFile(clientSecretFile, 'new\n');
  expect(await source()).toBe('t2');
});

test('who is refused is not asked for again for a minute, whoever wants a token, and is told the same', async () => {
  const { source, asked, clock } = await given(
    (response) => void response.writeHead(401).end('{"error":"invalid_client"}'),
  );
  const told = await Promise.allSettled([source(), source()]);
  clock.now += refusalHoldMs - 1;
  told.push(...(await Promise.allSettled([source()])));
  expect(new Set(told.map((each) => each.status === 'rejected' && each.reason)).size).toBe(1);
  expect(asked).toHaveLength(1);
  clock.now += 1;
  await expect(source()).rejects.toMatchObject({ code: 'token-refused' });
  expect(asked).toHaveLength(2);
});

test.each<[number, object, string, number, number]>([
  [400, { error: 'invalid_request', error_description: 'scope is missing' }, 'token-refused', 77, 1],
  [400, { error: 'unauthorized_client' }, 'token-refused', 77, 1],
  [400, { error: 'temporarily_unavailable' }, 'token-endpoint', 69, 2],
  [400, { message: 'Bad Request' }, 'token-endpoint', 69, 1],
  [401, {}, 'token-refused', 77, 1],
  [403, { error: 'access_denied' }, 'token-refused', 77, 1],
  [403, {}, 'token-endpoint', 69, 1],
  [404, {}, 'token-endpoint', 69, 1],
  [429, { error: 'access_denied' }, 'token-endpoint', 69, 1],
  [500, { error: 'server_error' }, 'token-endpoint', 69, 2],
])('%i %j is %s, exit %i, and asked %i time(s)', async (status, body, code, exitCode, times) => {
  const { source, asked } = await given(
    (response) => void response.writeHead(status).end(JSON.stringify(body)),
  );
  await expect(source()).rejects.toMatchObject({ code, exitCode });
  expect(asked).toHaveLength(times);
});

test('what the endpoint says is shown in its own alphabet, on one line, shortened, and without the secret', async () => {
  const secret = 'vQ8~+/= пароль';
  const encoded = new URLSearchParams({ _: secret }).toString().slice(2);
  const basic = btoa(`b%3Ac:${encoded}`);
  const said = {
    error: 'AADSTS7000215',
    error_description: `Неверный секрет\r\n\u202e ${secret} ${basic} ${basic.slice(4, 20)} ${encoded} ${'x'.repeat(999)}`,
  };
  const { source, clientSecretFile } = await given(
    (response) => void response.writeHead(400).end(JSON.stringify(said)),
  );
  await writeFile(clientSecretFile, secret);
  const message = await source().catch((error: unknown) => (error as Error).message);
  expect(message).toContain(
    String.raw`(400 AADSTS7000215: Неверный секрет\u000d\n\u202e *** *** *** *** xxx`,
  );
  expect(message).toMatch(/x{100}…\): check/);
  expect(tracesIn(message, { 'the client secret': secret })).toEqual([]);
});

test.each<[number, Record<string, string>, string, string]>([
  [403, { 'content-type': 'text/plain' }, 'RBAC: access denied', '403 and no token (RBAC: access denied)'],
  [401, {}, '{"errorSummary":"Invalid value"}', '(401 Invalid value)'],
  [400, {}, '{"error":{"message":"no such project"}}', '400 and no token (no such project)'],
  [503, {}, 'upstream connect error', '503 and no token (upstream connect error)'],
  [401, { 'www-authenticate': 'Bearer error="invalid_client"' }, '', '(401 invalid_client)'],
  [302, { location: 'https://x/?state=1' }, '', '302 and no token (it redirects to https://x/, and'],
])('what stands before the endpoint is heard, too: %i %j %s', async (status, headers, body, words) => {
  const { source } = await given((response) => void response.writeHead(status, headers).end(body));
  await expect(source()).rejects.toThrow(words);
});

const shown = (method: 'basic' | 'basic-raw' | 'form') => async () => {
  const { source, asked } = await given(token(60), 2_000, { clientSecretMethod: method });
  await source();
  return { authorization: asked[0]?.authorization, ...Object.fromEntries(asked[0]?.form ?? []) };
};

test('the secret is sent as the setting says', async () => {
  const grant = { grant_type: 'client_credentials' };
  expect(await shown('basic')()).toEqual({ authorization: `Basic ${btoa('b%3Ac:secret')}`, ...grant });
  expect(await shown('basic-raw')()).toEqual({ authorization: `Basic ${btoa('b:c:secret')}`, ...grant });
  expect(await shown('form')()).toEqual({ ...grant, client_id: 'b:c', client_secret: 'secret' });
});

test('scope, audience and further parameters are in the form', async () => {
  const { source, asked } = await given(token(60), 2_000, {
    scope: 'a b',
    audience: 'https://kafka',
    parameters: { resource: 'ü&=' },
  });
  await source();
  expect(asked[0]?.form.toString()).toBe(
    'grant_type=client_credentials&scope=a+b&audience=https%3A%2F%2Fkafka&resource=%C3%BC%26%3D',
  );
});

test('an assertion is read for each token, and a refusal names its file', async () => {
  const { source, asked, clientSecretFile } = await given(
    (response, count) =>
      count === 1
        ? token(15)(response, count)
        : void response
            .writeHead(401)
            .end('{"error":"invalid_client","error_description":"second.assertion"}'),
    2_000,
    { clientAssertionFile: 'the secret file' },
  );
  await writeFile(clientSecretFile, 'first.assertion');
  expect(await source()).toBe('t1');
  await writeFile(clientSecretFile, 'second.assertion');
  await expect(source()).rejects.toThrow(
    `401 invalid_client: ***): check kafka.sasl.oauth.clientId, scope, audience, and the assertion in ${clientSecretFile} (kafka.sasl.oauth.clientAssertionFile)`,
  );
  const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  expect(asked.map(({ authorization, form }) => ({ authorization, ...Object.fromEntries(form) }))).toEqual(
    ['first.assertion', 'second.assertion'].map((assertion) => ({
      grant_type: 'client_credentials',
      client_id: 'b:c',
      client_assertion_type: assertionType,
      client_assertion: assertion,
    })),
  );
});

test('a file that can not be read asks nobody, and counts as soon as it can', async () => {
  const { source, asked, clientSecretFile } = await given(token(60));
  await rm(clientSecretFile);
  await expect(source()).rejects.toMatchObject({ code: 'secret-file', exitCode: ExitCode.config });
  expect(asked).toHaveLength(0);
  await writeFile(clientSecretFile, 'secret');
  expect(await source()).toBe('t1');
});

test('an endpoint that is out of order is asked once more', async () => {
  const { source } = await given((response, count) =>
    count === 1 ? void response.writeHead(503).end('busy') : token(60)(response, count),
  );
  expect(await source()).toBe('t2');
});

const outOfOrder: Readonly<Record<string, readonly [(response: ServerResponse) => void, RegExp]>> = {
  'says nothing': [() => {}, /gives no answer: timeout/],
  'hangs up': [(response) => void response.destroy(), /gives no answer/],
  'gives no token': [(response) => void response.end('{}'), /200 and no token/],
  'gives more than a token': [
    (response) => void response.end(JSON.stringify({ access_token: 'a\u0001host=b' })),
    /200 and no token/,
  ],
  'sends us elsewhere': [
    (response) => void response.writeHead(302, { location: 'http://x' }).end(),
    /302 and no token/,
  ],
};

test.each(Object.entries(outOfOrder))(
  'an endpoint that %s is an error within the bounds, after one more attempt',
  async (_, [answer, reason]) => {
    const { source, asked } = await given(answer, 200);
    const failed = source();
    await expect(failed).rejects.toThrow(reason);
    await expect(failed).rejects.toMatchObject({ code: 'token-endpoint' });
    expect(asked).toHaveLength(2);
  },
);
