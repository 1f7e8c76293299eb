/** What a broker gets with OAUTHBEARER, seen on the wire, and how often the authorization server is asked for it. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ExitCode } from '../../../src/errors.ts';
import { checkKafka } from '../../../src/kafka/check.ts';
import { connectCluster } from '../../../src/kafka/cluster.ts';
import type { SaslSettings } from '../../../src/kafka/sasl.ts';
import { exitCodeOf } from '../../../src/verdict.ts';
import { readToken } from '../../helpers/signed-request.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';
import {
  type Answering,
  apiKeys,
  metadataAnswer,
  saslAnswer,
  type ScriptedBroker,
  scriptedBroker,
} from './scripted-broker.ts';
import { array, int16, int32, int64, readerOf, text } from './wire.ts';

/** Far above what a test takes, in ms. */
const boundMs = 20_000;
const saslAuthenticationFailed = 58;

const handshake = Buffer.concat([int16(0), array(['OAUTHBEARER'], (name) => [text(name)])]);
const welcomes: Answering = (asked) =>
  asked.apiKey === apiKeys.saslHandshake ? handshake : (saslAnswer(asked) ?? metadataAnswer());
const refuses: Answering = ({ apiKey }) =>
  apiKey === apiKeys.saslHandshake
    ? handshake
    : Buffer.concat([int16(saslAuthenticationFailed), text('no such token'), int32(0), int64(0n)]);
/** As RFC 7628, 3.2.2: a challenge with the reason, and the verdict in answer to what comes next. */
const challenges: Answering = (asked) => {
  if (asked.apiKey === apiKeys.saslHandshake) return handshake;
  const message = readerOf(asked.body).bytes().toString();
  if (message === '\x01') return refuses(asked);
  const challenge = Buffer.from(JSON.stringify({ status: 'invalid_token', seen: message.slice(16, 39) }));
  return Buffer.concat([int16(0), text(null), int32(challenge.length), challenge, int64(0n)]);
};

async function givenBroker(answer: Answering): Promise<ScriptedBroker> {
  const broker = await scriptedBroker(answer);
  onTestFinished(() => broker[Symbol.asyncDispose]());
  return broker;
}

function givenFile(content: string): string {
  const directory = temporaryDirectory({ secret: content });
  onTestFinished(() => directory[Symbol.dispose]());
  return join(directory.path, 'secret');
}

const optionsFor = (brokers: readonly string[], oauth: SaslSettings['oauth']) => ({
  brokers,
  clientId: 'test',
  connectTimeoutMs: boundMs,
  requestTimeoutMs: boundMs,
  sasl: { mechanism: 'oauthbearer' as const, oauth },
});

async function connect(brokers: readonly string[], oauth: SaslSettings['oauth']): Promise<void> {
  const cluster = await connectCluster(optionsFor(brokers, oauth), pino({ level: 'silent' }));
  await cluster[Symbol.asyncDispose]();
}

/** The messages of SASL that brokers got. */
function messagesTo(broker: ScriptedBroker): string[] {
  return broker.asked
    .filter(({ apiKey }) => apiKey === apiKeys.saslAuthenticate)
    .map(({ body }) => readerOf(body).bytes().toString());
}

test('the token of a file goes out with the extensions, and the file is read for each authentication', async () => {
  const broker = await givenBroker(welcomes);
  const tokenFile = givenFile('first\n');
  const extensions = { logicalCluster: 'lkc-1', identityPoolId: 'pool-1' };
  await connect([broker.bootstrap], { tokenFile, extensions });
  writeFileSync(tokenFile, 'second');
  await connect([broker.bootstrap], { tokenFile });
  expect(messagesTo(broker)).toEqual([
    'n,,\x01auth=Bearer first\x01logicalCluster=lkc-1\x01identityPoolId=pool-1\x01\x01',
    'n,,\x01auth=Bearer second\x01\x01',
  ]);
});

test("Amazon MSK's token goes out as OAUTHBEARER", async () => {
  const broker = await givenBroker(welcomes);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret key');
  onTestFinished(() => void vi.unstubAllEnvs());
  const sasl = { mechanism: 'aws-msk-iam', oauth: {}, awsMskIam: { region: 'eu-central-1' } } as const;
  const options = { ...optionsFor([broker.bootstrap], {}), sasl };
  const cluster = await connectCluster(options, pino({ level: 'silent' }));
  await cluster[Symbol.asyncDispose]();
  const [message = ''] = messagesTo(broker);
  const [before, after] = ['n,,\x01auth=Bearer ', '\x01\x01'];
  expect([message.startsWith(before), message.endsWith(after)]).toEqual([true, true]);
  const token = message.slice(before.length, -after.length);
  expect(readToken(token).parameters).toMatchObject({ Action: 'kafka-cluster:Connect' });
});

const jwt = (claims: object) =>
  ['{"alg":"none"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

test.each([
  ['an opaque token', 'opaque', /has to accept the token in .* \(kafka\.sasl\.oauth\.tokenFile; its issuer/],
  ['a token that is valid', jwt({ exp: 99_999_999_999 }), /has to accept the token in/],
  [
    'one that is over',
    jwt({ exp: 1_700_000_000 }),
    /expired at 2023-11-14T22:13:20\.000Z: see that what renews it runs$/,
  ],
  ['one whose end is no time', jwt({ exp: 'soon' }), /has to accept the token in/],
])('a broker that refuses the token of a file: %s', async (_, token, advice) => {
  const broker = await givenBroker(refuses);
  const refused = connect([broker.bootstrap], { tokenFile: givenFile(token) });
  await expect(refused).rejects.toMatchObject({ code: 'kafka-authentication', exitCode: ExitCode.denied });
  await expect(refused).rejects.toThrow(advice);
  await expect(refused).rejects.toThrow(/no such token/);
});

test("a broker's challenge is shown with its verdict, and without the token", async () => {
  const broker = await givenBroker(challenges);
  const refused = connect([broker.bootstrap], { tokenFile: givenFile('an-opaque-token-of-ours') });
  await expect(refused).rejects.toThrow(
    /no such token \(\{"status":"invalid_token","seen":"\*\*\*"\}\): the broker/,
  );
});

test.each(['two words', 'ключ'])(
  'a file that holds no token is named, and no broker gets it: %s',
  async (content) => {
    const broker = await givenBroker(welcomes);
    const tokenFile = givenFile(content);
    const failed = connect([broker.bootstrap], { tokenFile });
    await expect(failed).rejects.toMatchObject({ code: 'secret-file', exitCode: ExitCode.config });
    await expect(failed).rejects.toThrow(`kafka.sasl.oauth.tokenFile: the file ${tokenFile} can't be used`);
    expect(messagesTo(broker)).toEqual([]);
  },
);

async function refusingEndpoint(): Promise<{ readonly tokenUrl: string; readonly asked: () => number }> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.writeHead(401).end('{"error":"invalid_client","error_description":"no such client"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return { tokenUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked: () => asked };
}

test('a refused client is asked for once, however many brokers there are: exit 77, and the reason', async () => {
  const { tokenUrl, asked } = await refusingEndpoint();
  const brokers = [await givenBroker(welcomes), await givenBroker(welcomes), await givenBroker(welcomes)];
  const oauth = { tokenUrl, clientId: 'bridge', clientSecretFile: givenFile('secret') };
  const bootstrap = brokers.map((broker) => broker.bootstrap);
  await expect(connect(bootstrap, oauth)).rejects.toMatchObject({
    code: 'token-refused',
    exitCode: ExitCode.denied,
    message: expect.stringMatching(/refuses us \(401 invalid_client: no such client\)/),
  });
  const topics = { topics: ['jobs'], deadLetters: 'jobs' };
  const verdicts = await checkKafka(
    { ...optionsFor(bootstrap, oauth), ...topics },
    pino({ level: 'silent' }),
  );
  expect(verdicts.map(({ what }) => what)).toEqual(Array.from({ length: 3 }, () => 'kafka.sasl.oauth'));
  expect(exitCodeOf(verdicts)).toBe(ExitCode.denied);
  expect(asked()).toBe(1);
});
