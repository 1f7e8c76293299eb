import { onTestFinished, expect, test } from 'vitest';
import {
  chooseEach,
  chooseSchema,
  pinnedChoice,
  readOnly,
  type SchemaChoice,
  type SchemaChoices,
} from '../../../src/encode/choose.ts';
import { createRegistry } from '../../../src/encode/registry.ts';
import { type AnsweringRegistry, answerAs, type Answered } from '../../helpers/answering-registry.ts';

const missing: Answered = { status: 404, body: { error_code: 40401, message: 'Subject not found.' } };

/** A registry that has versions 1 to 3 of `a-value`, with the ids 11 to 13, and takes nothing. */
async function given(more: Readonly<Record<string, Answered>> = {}) {
  const version = (number: number): Answered => ({
    status: 200,
    body: { subject: 'a-value', id: 10 + number, version: number, schema: `"version ${number}"` },
  });
  const answers: Readonly<Record<string, Answered>> = {
    'GET /subjects/a-value/versions/latest': version(3),
    'GET /subjects/a-value/versions/2': version(2),
    'GET /schemas/ids/12/versions?subject=a-value': {
      status: 200,
      body: [{ subject: 'a-value', version: 2 }],
    },
    'POST /subjects/a-value/versions': {
      status: 422,
      body: { error_code: 42205, message: 'Subject a-value is in read-only mode' },
    },
    ...more,
  };
  const server = await answerAs(({ method, path }) => answers[`${method} ${path}`] ?? missing);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { registry: createRegistry({ url: server.url, requestTimeoutMs: 10_000 }), server };
}

const choose = (choice: SchemaChoice): SchemaChoices['jobs'] => ({ subject: 'a-value', choice });
const written = ({ asked }: AnsweringRegistry) =>
  asked.filter(({ method, path }) => method === 'POST' && path.endsWith('/versions'));

test.each<[string, SchemaChoice, number]>([
  ['registered: the latest', { mode: 'registered' }, 3],
  ['pinned by number', { mode: 'pinned', version: 2 }, 2],
  ['pinned by id', { mode: 'pinned', id: 12 }, 2],
])('%s, and nothing is written to the registry', async (_, choice, version) => {
  const { registry, server } = await given();
  expect(await chooseSchema(registry, choose(choice))).toEqual({
    subject: 'a-value',
    id: 10 + version,
    version,
    schema: `"version ${version}"`,
  });
  expect(server.asked.every(({ method }) => method === 'GET')).toBe(true);
});

test('register: what is there already is not written again, and the latest is used, which may be later', async () => {
  const found: Answered = { status: 200, body: { id: 11, version: 1 } };
  const { registry, server } = await given({ 'POST /subjects/a-value': found });
  const chosen = await chooseSchema(registry, choose({ mode: 'register', schema: '"version 1"' }));
  expect(chosen.version).toBe(3);
  expect(written(server)).toEqual([]);
});

test('register: what is not there is written, once', async () => {
  const unknown: Answered = { status: 404, body: { error_code: 40403, message: 'Schema not found' } };
  const { registry, server } = await given({
    'POST /subjects/a-value': unknown,
    'POST /subjects/a-value/versions': { status: 200, body: { id: 13 } },
  });
  await chooseSchema(registry, choose({ mode: 'register', schema: '"version 3"' }));
  expect(written(server).map(({ body }) => JSON.parse(body) as unknown)).toEqual([{ schema: '"version 3"' }]);
});

test('register: a registry that takes nothing is an error with its reason', async () => {
  const { registry } = await given();
  await expect(chooseSchema(registry, choose({ mode: 'register', schema: '"new"' }))).rejects.toThrow(
    /a-value.*read-only mode/,
  );
});

test.each<[SchemaChoice, string]>([
  [{ mode: 'pinned', version: 9 }, 'version-missing'],
  [{ mode: 'pinned', id: 99 }, 'version-missing'],
])('a pinned version that is not there is named, and may come: %j', async (choice, code) => {
  const { registry } = await given();
  await expect(chooseSchema(registry, choose(choice))).rejects.toMatchObject({
    code,
    retryable: true,
    message: expect.stringMatching(/9 of the subject a-value: check schemas\.pinned/),
  });
});

test('an id that another subject has is not this subject’s', async () => {
  const body = [{ subject: 'b-value', version: 2 }];
  const { registry } = await given({ 'GET /schemas/ids/99/versions?subject=a-value': { status: 200, body } });
  await expect(chooseSchema(registry, choose({ mode: 'pinned', id: 99 }))).rejects.toMatchObject({
    code: 'version-missing',
  });
});

test('a look at what would be used never writes: `register` becomes `registered`', async () => {
  expect(readOnly(choose({ mode: 'register', schema: '"mine"' }))).toEqual(choose({ mode: 'registered' }));
  expect(readOnly(choose({ mode: 'pinned', id: 12 }))).toEqual(choose({ mode: 'pinned', id: 12 }));
  const { registry, server } = await given();
  const choices = {
    jobs: choose({ mode: 'register', schema: '"mine"' }),
    images: choose({ mode: 'registered' }),
    deadLetters: choose({ mode: 'pinned', version: 2 }),
  };
  const looked = await chooseEach(choices, (_, choice) => chooseSchema(registry, readOnly(choice)));
  expect([looked.jobs.version, looked.images.version, looked.deadLetters.version]).toEqual([3, 3, 2]);
  expect(server.asked.every(({ method }) => method === 'GET')).toBe(true);
});

test('pins are read as they are set', () => {
  expect(pinnedChoice('version:3')).toEqual({ mode: 'pinned', version: 3 });
  expect(pinnedChoice('id:17')).toEqual({ mode: 'pinned', id: 17 });
});
