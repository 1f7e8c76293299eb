import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTokenSource } from '../../../src/kafka/token.ts';

/** A token endpoint that answers as told, and a source of tokens with a clock of its own. */
async function given(answer: (response: ServerResponse, count: number) => void, timeoutMs = 2_000) {
  const directory = await mkdtemp(join(tmpdir(), 'nbwss-token-'));
  const clientSecretFile = join(directory, 'secret');
  await writeFile(clientSecretFile, 'secret');
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(String(request.headers.authorization));
    answer(response, asked.length);
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
    { tokenUrl, clientId: 'b:c', clientSecretFile },
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
  expect(asked).toEqual(Array.from({ length: 2 }, () => `Basic ${btoa('b%3Ac:secret')}`));
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
    asked.at(-1) === `Basic ${btoa('b%3Ac:new')}`
      ? token(60)(response, count)
      : void response.writeHead(401).end('{"error":"invalid_client","error_description":"secret secret"}'),
  );
  const refused = source();
  await expect(refused).rejects.toMatchObject({ code: 'token-endpoint' });
  await expect(refused).rejects.toThrow(
    new RegExp(`401 invalid_client.*${clientSecretFile} \\(kafka.sasl.oauth.clientSecretFile\\)$`),
  );
  expect(asked).toHaveLength(1);
  await writeFile(clientSecretFile, 'new\n');
  expect(await source()).toBe('t2');
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
