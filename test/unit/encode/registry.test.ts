import { expect, test } from 'vitest';
import { createRegistry } from '../../../src/encode/registry.ts';
import { ExitCode } from '../../../src/errors.ts';
import { type Answered, answerAs, type AnsweringRegistry } from '../../helpers/answering-registry.ts';

const at = ({ url }: AnsweringRegistry) => createRegistry({ url, requestTimeoutMs: 10_000 });
const asked = (registry: AnsweringRegistry) => registry.asked.map(({ path }) => decodeURIComponent(path));
const missing: Answered = { status: 404, body: { error_code: 40401, message: 'Subject not found.' } };

/** Has these subjects, each with the subjects that it refers to. */
const registryOf = (subjects: Readonly<Record<string, readonly string[]>>) =>
  answerAs(({ path }) => {
    const subject = decodeURIComponent(path.split('/')[2] ?? '');
    const refersTo = subjects[subject];
    if (refersTo === undefined) return missing;
    const references = refersTo.map((each) => ({ name: each, subject: each, version: 1 }));
    return { status: 200, body: { subject, id: 1, version: 1, schema: `of ${subject}`, references } };
  });

test('what a subject in a context refers to is looked for in that context', async () => {
  await using registry = await registryOf({
    ':.team:a-value': ['site'],
    ':.team:site': ['city'],
    ':.team:city': [],
    site: ['another'],
  });
  expect((await at(registry).latest(':.team:a-value')).references).toEqual([
    'of :.team:city',
    'of :.team:site',
  ]);
  expect(asked(registry)).toEqual([
    '/subjects/:.team:a-value/versions/latest',
    '/subjects/:.team:site/versions/1',
    '/subjects/:.team:city/versions/1',
  ]);
});

test('what a context lacks is looked for by its bare name', async () => {
  await using registry = await registryOf({ ':.team:a-value': ['site'], site: [] });
  expect((await at(registry).latest(':.team:a-value')).references).toEqual(['of site']);
  expect(asked(registry).slice(1)).toEqual(['/subjects/:.team:site/versions/1', '/subjects/site/versions/1']);
});

test.each([
  ['in another context', ':.team:a-value', ':.shared:site'],
  ['in the default context', 'a-value', 'site'],
])('a reference that says where it is, is asked for there alone: %s', async (_, subject, site) => {
  await using registry = await registryOf({ [subject]: [site] });
  await expect(at(registry).latest(subject)).rejects.toMatchObject({ code: 'registry-unexpected' });
  expect(asked(registry).slice(1)).toEqual([`/subjects/${site}/versions/1`]);
});

test.each([true, false])(
  'a registry that answers a path it lacks with plain text compares with the latest: %s',
  async (isCompatible) => {
    await using registry = await answerAs(({ path }) => {
      if (path.startsWith('/config/'))
        return { status: 200, body: { compatibilityLevel: 'FULL_TRANSITIVE' } };
      if (path.endsWith('/latest')) return { status: 200, body: { is_compatible: isCompatible } };
      return { status: 404, body: '404: Not Found' };
    });
    expect(await at(registry).accepts('a-value', '"string"')).toBe(isCompatible);
    expect(asked(registry).at(-1)).toBe('/compatibility/subjects/a-value/versions/latest');
  },
);

test('a registry that lacks the comparison altogether is an error, and no consent', async () => {
  await using registry = await answerAs(({ path }) =>
    path.startsWith('/config/')
      ? { status: 200, body: { compatibilityLevel: 'FULL_TRANSITIVE' } }
      : { status: 404, body: '404: Not Found' },
  );
  await expect(at(registry).accepts('a-value', '"string"')).rejects.toMatchObject({
    code: 'registry-unexpected',
  });
});

const version = (id: number): Answered => ({ status: 200, body: { id, version: 1, schema: '"string"' } });

test.each([2 ** 31, 2 ** 32 + 1, -1, 1.5])(
  'an id that the wire format has no place for is no answer: %d',
  async (id) => {
    await using registry = await answerAs(() => version(id));
    await expect(at(registry).latest('a-value')).rejects.toMatchObject({
      code: 'registry-unexpected',
      exitCode: ExitCode.unavailable,
      message: expect.stringContaining('the version latest of a-value'),
    });
  },
);

test.each([0, 1, 2 ** 31 - 1])('an id that the wire format has a place for is taken: %d', async (id) => {
  await using registry = await answerAs(() => version(id));
  expect(await at(registry).latest('a-value')).toMatchObject({ id });
});
