/** What a broker of Amazon MSK would get of us is what AWS's Java client sends: same key, region, clock and expiry, same request, same signature. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { generateAuthTokenFromCredentialsProvider } from 'aws-msk-iam-sasl-signer-js';
import { createMskTokenSource } from '../../src/kafka/msk-token.ts';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { readToken, signatureOf, type SignedRequest } from '../helpers/signed-request.ts';
import { prepareJavaSigner } from './msk/signer.ts';

const secretKey = 'wJalr/XUtn+FEMI=';
const key = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: secretKey };

let javaToken: Awaited<ReturnType<typeof prepareJavaSigner>>;

beforeAll(async () => {
  const directory = await temporaryDirectory(join(tmpdir(), 'nbwss-msk-'));
  javaToken = await prepareJavaSigner(directory.path);
  return () => directory[Symbol.asyncDispose]();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** Sets our clock to that of a request. */
function setClock({ parameters }: SignedRequest): number {
  const date = (parameters['X-Amz-Date'] ?? '').replace(
    /^(....)(..)(..)T(..)(..)(..)Z$/,
    '$1-$2-$3T$4:$5:$6Z',
  );
  const now = Date.parse(date);
  vi.useFakeTimers({ toFake: ['Date'], now });
  return now;
}

/** By design: the name of the signer, which nobody signs; and Java, which rounds the time it has left down. */
const designed = ['User-Agent', 'X-Amz-Expires', 'X-Amz-Signature'];

function without(names: readonly string[], { parameters }: SignedRequest): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !names.includes(name)));
}

test.each([
  ['a key', 'eu-central-1', {}],
  ['a session', 'us-east-1', { AWS_SESSION_TOKEN: 'IQoJb3/+==a b' }],
])('the tokens of both signers are equal in all that is signed: %s', async (_, region, session) => {
  const java = readToken(await javaToken({ ...key, ...session, AWS_REGION: region }));
  expect(signatureOf(java, secretKey)).toBe(java.parameters['X-Amz-Signature']);
  const now = setClock(java);

  // For the expiry that Java has: the signer takes the end of the credentials for it.
  const expiration = new Date(now + Number(java.parameters['X-Amz-Expires']) * 1000);
  const { AWS_SESSION_TOKEN: sessionToken } = session as { AWS_SESSION_TOKEN?: string };
  const credentials = {
    accessKeyId: key.AWS_ACCESS_KEY_ID,
    secretAccessKey: secretKey,
    expiration,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
  const { token } = await generateAuthTokenFromCredentialsProvider({
    region,
    awsCredentialsProvider: () => Promise.resolve(credentials),
  });
  const same = readToken(token);
  expect(same.canonicalRequest).toBe(java.canonicalRequest);
  expect(without(['User-Agent'], same)).toEqual(without(['User-Agent'], java));

  // And what the bridge sends differs from that in the expiry alone, and so in the signature.
  for (const [name, value] of Object.entries({ ...key, ...session, AWS_EC2_METADATA_DISABLED: 'true' }))
    vi.stubEnv(name, value);
  const ours = readToken(await createMskTokenSource({ region }, 20_000)());
  expect(without(designed, ours)).toEqual(without(designed, java));
  expect(ours.parameters['X-Amz-Expires']).toBe('900');
  expect(signatureOf(ours, secretKey)).toBe(ours.parameters['X-Amz-Signature']);
});
