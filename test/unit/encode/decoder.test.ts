import { expect, onTestFinished, test } from 'vitest';
import { createDecoder, decodeFailure, UndecodableError } from '../../../src/encode/decoder.ts';
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
const plain = { type: 'record', name: 'R', fields: [{ name: 'v', type: 'int' }] };
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

const reasonOf = ({ message, name, ...more }: Error) => ({ ...more, name, message });
/** All that was sent, and the password that the header has where it has one. */
const echoOf = ({ method, path, headers: { authorization = '' } }: Asked) =>
  `${method} ${path}\nAuthorization: ${authorization}\n${authorization.startsWith('Basic') ? password : ''}\n`;
const secrets = new RegExp([password, basic, token].join('|'));

test.each([400, 403, 404, 502])(
  'what repeats our request is told of by its status %i, without the password',
  async (status) => {
    const { registry, error } = await given((asked) => ({ status, body: `<html>\n${echoOf(asked)}` }));
    const told = await error();
    expect(told?.message).toMatch(new RegExp(`\\b${status}\\b`));
    expect(JSON.stringify(told)).not.toMatch(secrets);
    expect(registry.asked[0]?.headers['authorization']).toBe(`Basic ${basic}`);
  },
);

test.each<[string, 'basic' | 'bearer', number, (asked: Asked) => unknown]>([
  ["in a gateway's JSON", 'basic', 403, (asked) => ({ message: `no key=value: ${echoOf(asked)}` })],
  ["in a registry's JSON", 'bearer', 403, (asked) => ({ error_code: 40301, message: echoOf(asked) })],
  ["in a registry's own sentence", 'basic', 500, (asked) => ({ error_code: 50001, message: echoOf(asked) })],
  ['behind words of a connection', 'basic', 400, (asked) => `No SSL certificate was sent: ${echoOf(asked)}`],
  ['decoded', 'basic', 403, () => ({ message: `bridge:${password} may not` })],
])('a secret is not told where it comes %s', async (_, type, status, body) => {
  const { error } = await given((asked) => ({ status, body: body(asked) }), type);
  const told = await error();
  expect(told?.message).toMatch(new RegExp(`\\b${status}\\b`));
  expect(JSON.stringify(told)).not.toMatch(secrets);
});

test('an id that the registry does not know is the fault of the record', async () => {
  const body = { error_code: 40403, message: 'Schema 7 not found' };
  const { error } = await given(() => ({ status: 404, body }));
  expect(await error()).toMatchObject({
    name: 'UndecodableError',
    message: 'the schema registry has no schema with the id 7, which it names',
  });
});

test('a registry that refuses us ends the command with the exit code of a refusal', async () => {
  await using registry = await answerAs(() => ({
    status: 401,
    body: { error_code: 40101, message: 'who?' },
  }));
  const decode = createDecoder({ url: registry.url, requestTimeoutMs: patientMs });
  const error: unknown = await decode(bytes).catch((thrown: unknown) => thrown);
  expect(decodeFailure('t[0]@1', registry.url, error)).toMatchObject({
    exitCode: 77,
    message: expect.stringContaining("can't decode t[0]@1 with the schema registry at http"),
  });
});

test('a 404 of something that is no registry is not', async () => {
  const { error } = await given(() => ({ status: 404, body: { status: 404 } }));
  expect((await error())?.name).toBe('UnavailableError');
});

test.each(['PROTOBUF', 'JSON', 'XML'])(
  'a schema of the kind %s is not Avro, and is not compiled',
  async (kind) => {
    const schema = kind === 'JSON' ? '{"type":"object"}' : 'syntax = "proto3"; message M { int32 v = 1; }';
    const { error } = await given(() => ({ status: 200, body: { schemaType: kind, schema } }));
    expect(await error()).toMatchObject({
      name: 'UndecodableError',
      message: `the schema with the id 7 is not Avro, but ${kind}`,
    });
  },
);

test('an answer without end is cut at its bound', async () => {
  const schema = JSON.stringify({ ...plain, doc: 'x'.repeat(4_194_304) });
  const { error } = await given(() => ({ status: 200, body: { schema } }));
  expect((await error())?.message).toContain('the answer is larger than 4194304 bytes');
});

test('a registry that does not answer is given up in its time', async () => {
  await using registry = await answerAs(() => 'silence');
  const { error } = decoderWith({ url: registry.url, requestTimeoutMs: 20 });
  expect((await error())?.message).toContain('no answer in 20 ms');
});

test('references are followed a hundred times at most', async () => {
  let asked = 0;
  const { error } = await given(() => {
    const reference = { name: 'R', subject: `s${++asked}`, version: 1 };
    return { status: 200, body: { schema: JSON.stringify(plain), references: [reference] } };
  });
  expect((await error())?.message).toMatch(/refers to more than 100 others$/);
});

test('schemas are kept, but no more than a bounded number of them', async () => {
  await using registry = await answerAs(() => ({ status: 200, body: { schema: JSON.stringify(plain) } }));
  const decode = createDecoder({ url: registry.url, requestTimeoutMs: patientMs });
  const withId = (id: number) => Buffer.from([0, 0, 0, id >> 8, id & 0xff, 2]);
  for (let id = 0; id < 200; id++) await decode(withId(id));
  await decode(withId(0));
  expect(registry.asked).toHaveLength(200);
  await decode(withId(200));
  await decode(withId(0));
  expect(registry.asked).toHaveLength(202);
});

test('what failed is asked for again', async () => {
  await using registry = await answerAs((_asked, before) =>
    before < 2
      ? { status: 500, body: { error_code: 50001, message: 'later' } }
      : { status: 200, body: { schema: JSON.stringify(plain) } },
  );
  const decode = createDecoder({ url: registry.url, requestTimeoutMs: patientMs });
  await expect(decode(bytes)).rejects.toThrow('50001 later');
  expect(await decode(bytes)).toMatchObject({ v: 1 });
});

test.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('text')],
  ['a header that is cut', Buffer.from([0, 0, 0])],
])('%s is not asked about', async (_, value) => {
  await using registry = await answerAs(() => 'silence');
  const decode = createDecoder({ url: registry.url, requestTimeoutMs: patientMs });
  await expect(decode(value)).rejects.toThrow(UndecodableError);
  expect(registry.asked).toEqual([]);
});

test.each(['{', '{"type":"nonsense"}', '"decoder.Unknown"'])(
  'the schema %s is the fault of the record',
  async (schema) => {
    const { error } = await given(() => ({ status: 200, body: { schema } }));
    expect(await error()).toMatchObject({
      name: 'UndecodableError',
      message: expect.stringMatching(/^the schema with the id 7 can't be used: /),
    });
  },
);

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
