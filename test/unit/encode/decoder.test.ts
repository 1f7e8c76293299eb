import { expect, onTestFinished, test } from 'vitest';
import { createDecoder } from '../../../src/encode/decoder.ts';
import type { RegistryOptions } from '../../../src/encode/registry-call.ts';
import { freePort } from '../../../tools/dev-stack/ports.ts';
import { type Answered, answerAs, type Asked } from '../../helpers/answering-registry.ts';
import { jobsText, requestOf } from '../../helpers/messages.ts';
import { encoderWith, recordsOf, schemas } from '../../helpers/schemas.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

const password = 's3cret-password';
const basic = Buffer.from(`bridge:${password}`).toString('base64');
const token = 'a-t0ken-of-ours';
const patientMs = 20_000;
/** A value that names the id 7. */
const bytes = Buffer.from([0, 0, 0, 0, 7, 2]);

/** A decoder that says who asks, and what becomes of the value at a registry that answers so. */
async function given(answer: (asked: Asked) => Answered, type: 'basic' | 'bearer' = 'basic') {
  const files = temporaryDirectory({ password, token });
  onTestFinished(() => files[Symbol.dispose]());
  const registry = await answerAs(answer);
  onTestFinished(() => registry[Symbol.asyncDispose]());
  const auth = {
    type,
    username: 'bridge',
    passwordFile: `${files.path}/password`,
    tokenFile: `${files.path}/token`,
  };
  return { registry, ...decoderWith({ url: registry.url, requestTimeoutMs: patientMs, auth }) };
}

function decoderWith(options: RegistryOptions) {
  const decode = createDecoder(options);
  return { error: () => decode(bytes).then(() => undefined, reasonOf) };
}

const reasonOf = ({ message, ...more }: Error) => ({ ...more, message });
const echoOf = ({ method, path, headers }: Asked) =>
  `${method} ${path}\nAuthorization: ${headers['authorization']}\n${password}\n`;
const secrets = new RegExp([password, basic, token].join('|'));

test.each([400, 403, 404, 502])(
  'what repeats our request is told of by its status %i, without the password',
  async (status) => {
    const { registry, error } = await given((asked) => ({ status, body: `<html>\n${echoOf(asked)}` }));
    const told = await error();
    expect(told).toMatchObject({ status, message: expect.stringContaining(`status ${status}`) });
    expect(JSON.stringify(told)).not.toMatch(secrets);
    expect(registry.asked[0]?.headers['authorization']).toBe(`Basic ${basic}`);
  },
);

test.each<[string, 'basic' | 'bearer', number, (asked: Asked) => unknown]>([
  ["in a gateway's JSON", 'basic', 403, (asked) => ({ message: `no key=value: ${echoOf(asked)}` })],
  ["in a registry's JSON", 'bearer', 403, (asked) => ({ error_code: 40301, message: echoOf(asked) })],
  ['behind words of a connection', 'basic', 400, (asked) => `No SSL certificate was sent: ${echoOf(asked)}`],
  ['decoded', 'basic', 403, () => ({ message: `bridge:${password} may not` })],
])('a secret is not told where it comes %s', async (_, type, status, body) => {
  const { error } = await given((asked) => ({ status, body: body(asked) }), type);
  const told = await error();
  expect(told).toMatchObject({ status, message: expect.stringContaining(`status ${status}`) });
  expect(JSON.stringify(told)).not.toMatch(secrets);
});

test("a registry's own sentence is told", async () => {
  const { error } = await given(() => ({
    status: 404,
    body: { error_code: 40403, message: 'Schema 7 not found' },
  }));
  expect(await error()).toMatchObject({ status: 404, message: 'nbwss-bridge - Schema 7 not found' });
});

test('nobody who listens is told by the words of the connection', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const told = await decoderWith({ url, requestTimeoutMs: patientMs }).error();
  expect(told?.message).toContain(`connect ECONNREFUSED ${url.slice('http://'.length)}`);
});

test.each([
  ['team', '?subject=%3A.team%3A'],
  [undefined, ''],
])('an id is asked for in its context: %s', async (context, query) => {
  await using registry = await answerAs(() => ({
    status: 200,
    body: { schema: '{"type":"record","name":"R","fields":[{"name":"v","type":"int"}]}' },
  }));
  const decode = createDecoder({ url: registry.url, requestTimeoutMs: patientMs }, context);
  expect(await decode(bytes)).toMatchObject({ v: 1 });
  expect(registry.asked.map(({ path }) => path)).toEqual([`/schemas/ids/7${query}`]);
});

test('what was written with a default that is a later branch of its union is read', async () => {
  const late = { type: ['string', 'null'], default: null };
  const part = { type: 'record', name: 'Part', fields: [{ name: 'of', ...late }] };
  const parsed = JSON.parse(schemas.jobs.schema) as { fields: object[] };
  const fields = [...parsed.fields, { name: 'site', ...late }, { name: 'part', type: part }];
  const jobs = { ...schemas.jobs, id: 77, version: 2, schema: JSON.stringify({ ...parsed, fields }) };
  await using registry = await answerAs(() => ({ status: 200, body: { schema: jobs.schema } }));
  const decode = createDecoder({ url: registry.url, requestTimeoutMs: patientMs });
  for (const [site, of] of [
    ['"berlin"', 'null'],
    ['null', '"tape"'],
  ]) {
    const sent = jobsText(`{"clientName":"a","jobId":1,"site":${site},"part":{"of":${of}}}`);
    const [record] = recordsOf(requestOf(sent), encoderWith({ schemas: { jobs } }));
    const read = JSON.stringify(await decode(record?.value ?? bytes));
    expect(read).toContain(`"site":${site},"part":{"of":${of}}`);
  }
});
