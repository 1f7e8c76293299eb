import { expect, inject, onTestFinished, test } from 'vitest';
import { createDecoder, type Decode } from '../../src/encode/decoder.ts';
import { freePort } from '../../tools/dev-stack/ports.ts';
import { answerAs } from '../helpers/answering-registry.ts';
import { openSilence } from '../helpers/doors.ts';
import { freshSubject, taken } from '../helpers/subjects.ts';
import { encodeWith } from '../helpers/schema-evolution.ts';
import type { RecordSchema } from '../../tools/schemas/versions.ts';

const registryUrl = inject('registryUrl');
const patientMs = 20_000;
const record = (name: string, ...fields: readonly object[]) =>
  ({ type: 'record', name, namespace: 'decoder', fields }) as unknown as RecordSchema;

/** A value in wire format. @param schema complete, without references */
function wire(id: number, schema: RecordSchema, value: unknown): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, encodeWith(schema, value)]);
}

async function registered(schema: RecordSchema): Promise<number> {
  return await taken(await freshSubject('BACKWARD'), schema);
}

async function registeredWith(schema: object, references: readonly object[]) {
  const { name } = await freshSubject('BACKWARD');
  const response = await fetch(`${registryUrl}/subjects/${name}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema), references }),
  });
  return { subject: name, id: ((await response.json()) as { id: number }).id };
}

/** Without the difference between records, maps and plain objects. */
async function decoded(decode: Decode, value: Buffer): Promise<unknown> {
  return JSON.parse(JSON.stringify(await decode(value))) as unknown;
}

const decoder = (more: object = {}) =>
  createDecoder({ url: registryUrl, requestTimeoutMs: patientMs, ...more });

test('types of other subjects are fetched, through one another and once each', async () => {
  const leaf = record('Leaf', { name: 'v', type: 'int' });
  const one = await registeredWith(leaf, []);
  const toLeaf = { name: 'decoder.Leaf', subject: one.subject, version: 1 };
  const middle = record('Middle', { name: 'leaf', type: 'decoder.Leaf' });
  const two = await registeredWith(middle, [toLeaf]);
  const top = record(
    'Top',
    { name: 'middle', type: 'decoder.Middle' },
    { name: 'leaf', type: ['null', 'decoder.Leaf'] },
  );
  const { id } = await registeredWith(top, [
    toLeaf,
    { name: 'decoder.Middle', subject: two.subject, version: 1 },
  ]);
  const whole = record(
    'Top',
    { name: 'middle', type: record('Middle', { name: 'leaf', type: leaf }) },
    { name: 'leaf', type: ['null', 'decoder.Leaf'] },
  );
  const value = { middle: { leaf: { v: 1 } }, leaf: { v: 2 } };
  expect(await decoded(decoder(), wire(id, whole, value))).toEqual(value);
});

test('names of maps are given back, whatever they are', async () => {
  const text = { type: 'map', values: 'string' };
  const schema = record(
    'Maps',
    { name: 'extra', type: text, default: {} },
    { name: 'perhaps', type: ['null', text], default: null },
    { name: 'nested', type: { type: 'map', values: { type: 'array', items: text } } },
    { name: 'raw', type: 'bytes' },
  );
  const names = ['__proto__', 'constructor', '', '1', 'a b', 'länge'];
  const map = JSON.parse(
    `{${names.map((name, at) => `${JSON.stringify(name)}:"${at}"`).join(',')}}`,
  ) as object;
  const nested = JSON.parse(`{"__proto__":[{"__proto__":"x"},{}],"b":[]}`) as object;
  const value = { extra: map, perhaps: map, nested, raw: Buffer.from('raw') };
  const bytes = wire(await registered(schema), schema, value);
  const { extra, perhaps, nested: within, raw } = await decoder()(bytes);
  for (const each of [extra, perhaps])
    expect(new Map(Object.entries(each as object))).toEqual(new Map(Object.entries(map)));
  expect(JSON.stringify(within)).toBe(JSON.stringify(nested));
  expect(raw).toEqual(Buffer.from('raw'));
});

test('a map beside a record in a union is read as what it is', async () => {
  const part = { type: 'record', name: 'Part', fields: [{ name: 'a', type: 'string' }] };
  const type = ['null', part, { type: 'map', values: 'string' }];
  const schema = record('Union', { name: 'x', type });
  const id = await registered(schema);
  for (const [sent, read] of [
    [{ map: { a: '1' } }, { map: { a: '1' } }],
    [{ 'decoder.Part': { a: '1' } }, { 'decoder.Part': { a: '1' } }],
    [null, null],
  ])
    expect(await decoded(decoder(), wire(id, schema, { x: sent }))).toEqual({ x: read });
});

test('an address that does not answer, hangs or lacks the schema is passed over for the next', async () => {
  const schema = record('Plain', { name: 'v', type: 'int' });
  const bytes = wire(await registered(schema), schema, { v: 7 });
  const silence = await openSilence();
  onTestFinished(() => silence[Symbol.asyncDispose]());
  const lacking = await answerAs(() => ({ status: 404, body: { error_code: 40403, message: 'not found' } }));
  onTestFinished(() => lacking[Symbol.asyncDispose]());
  const addresses = [
    `http://127.0.0.1:${await freePort()}`,
    `http://127.0.0.1:${silence.port}`,
    lacking.url,
    registryUrl,
  ];
  const [url, ...fallbackUrls] = addresses;
  const decode = createDecoder({ url: url as string, fallbackUrls, requestTimeoutMs: 2_000 });
  expect(await decoded(decode, bytes)).toEqual({ v: 7 });
  expect(await decoded(decode, bytes)).toEqual({ v: 7 });
  expect(lacking.asked).toHaveLength(1);
});

test('no address that answers: the error of the last one, within the time for each', async () => {
  const silence = await openSilence();
  onTestFinished(() => silence[Symbol.asyncDispose]());
  const url = `http://127.0.0.1:${silence.port}`;
  const decode = createDecoder({ url, fallbackUrls: [`${url}/second`], requestTimeoutMs: 100 });
  await expect(decode(Buffer.from([0, 0, 0, 0, 1, 2]))).rejects.toThrow(
    `the schema registry doesn't answer GET ${url}/second/schemas/ids/1: timeout: no answer in 100 ms`,
  );
});
