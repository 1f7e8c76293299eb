/** Which version is written with when the latest can't be: a restart goes on with what a bridge that runs would have kept. */
import { onTestFinished, expect, test } from 'vitest';
import type { SchemaChoice } from '../../../src/encode/choose.ts';
import { createRegistry } from '../../../src/encode/registry.ts';
import { chooseWritable } from '../../../src/encode/writable.ts';
import { type Answered, answerAs } from '../../helpers/answering-registry.ts';
import { schemas } from '../../helpers/schemas.ts';

const { subject, schema: ours } = schemas.jobs;

/** Our schema with a field more. */
function plus(field: object): string {
  const parsed = JSON.parse(ours) as { fields: object[] };
  return JSON.stringify({ ...parsed, fields: [...parsed.fields, field] });
}
const good = plus({ name: 'site', type: ['null', 'string'], default: null });
const unusableDefault = plus({ name: 'size', type: ['null', 'long'], default: 'none' });
const unfillable = plus({ name: 'photo', type: 'bytes', default: '' });
const noSchema = '{"type":"enum","name":"E","symbols":["A"]}';

/** A registry with these versions of the subject, and what was asked of it. */
async function given(...versions: readonly string[]) {
  const found = (number: number): Answered => ({
    status: 200,
    body: { subject, id: 10 + number, version: number, schema: versions[number - 1] },
  });
  const server = await answerAs(({ path }): Answered => {
    const [, version] = /\/versions(?:\/(.+))?$/.exec(path) ?? [];
    if (version === undefined) return { status: 200, body: versions.map((_, at) => at + 1) };
    return found(version === 'latest' ? versions.length : Number(version));
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const registry = createRegistry({ url: server.url, requestTimeoutMs: 10_000 });
  const choose = (choice: SchemaChoice = { mode: 'registered' }) =>
    chooseWritable(registry, 'jobs', { subject, choice });
  return { choose, asked: server.asked };
}

test('the latest, where it can be written with, and no other is asked for', async () => {
  const { choose, asked } = await given(unfillable, good);
  expect(await choose()).toMatchObject({ schema: { version: 2 }, refused: null });
  expect(asked).toHaveLength(1);
});

test.each([
  ['has a default that can not be written', unusableDefault],
  ['has a field that nothing can fill', unfillable],
  ['is no record', noSchema],
])('where the latest %s: the newest that can be written with as it is', async (_, latest) => {
  const { choose } = await given(ours, good, unfillable, latest);
  const { schema, refused } = await choose();
  expect(schema).toMatchObject({ version: 2, schema: good });
  expect(schema.dropsDefaults).toBeUndefined();
  expect(refused).toMatchObject({ schema: { version: 4 }, error: { code: 'schema', exitCode: 78 } });
});

test('only where no version can be written with as it is are the defaults left out that can not be written', async () => {
  const { choose } = await given(unfillable, unusableDefault);
  expect(await choose()).toMatchObject({
    schema: { version: 2, dropsDefaults: true },
    refused: {
      schema: { version: 2 },
      error: { message: expect.stringContaining('"none" is no null or long that can be written') },
    },
  });
});

test('where nothing helps, the reason is that of the latest', async () => {
  const { choose } = await given(noSchema, unfillable);
  await expect(choose()).rejects.toThrow(/version 2 .*"photo" is of the type bytes/);
  await expect(choose()).rejects.toMatchObject({ isFinal: false });
});

test('a pinned version never falls back, and no waiting helps it', async () => {
  const { choose } = await given(good, unusableDefault);
  for (const choice of [{ mode: 'pinned', version: 2 }] as const)
    await expect(choose(choice)).rejects.toMatchObject({
      isFinal: true,
      exitCode: 78,
      message: expect.stringMatching(/"size".*It is pinned \(schemas\.pinned\): pin another one\.$/),
    });
});

test('of many versions the newest 50 before the latest are looked at', async () => {
  const { choose, asked } = await given(good, ...Array.from({ length: 60 }, () => noSchema));
  await expect(choose()).rejects.toThrow(/version 61/);
  expect(asked).toHaveLength(1 + 1 + 50);
});
