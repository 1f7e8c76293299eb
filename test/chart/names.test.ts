import { describe, expect, test } from 'vitest';
import { ciNames, render, template } from '../../tools/chart/render.ts';
import { one } from './objects.ts';

const MAX_SERVICE_NAME = 63;
const MAX_NAME = 47;

const deploymentOf = async (release: string, over: object = {}): Promise<string> =>
  one(await render('minimal', { ...over }, release), 'Deployment').metadata.name;

describe('the name of the objects', () => {
  test.each([
    ['backup', 'backup-nbwss-bridge'],
    ['my-nbwss-bridge', 'my-nbwss-bridge'],
    ['n'.repeat(MAX_NAME - 13), `${'n'.repeat(MAX_NAME - 13)}-nbwss-bridge`],
  ])('of the release %s is %s', async (release, name) => {
    expect(await deploymentOf(release)).toBe(name);
  });

  test('leaves room for every suffix', async () => {
    const name = 'n'.repeat(MAX_NAME);
    for (const mode of ciNames) {
      for (const { kind, metadata } of await render(mode, { fullnameOverride: name }))
        expect(metadata.name.length, `${kind} ${metadata.name}`).toBeLessThanOrEqual(MAX_SERVICE_NAME);
    }
  });

  test('of two long releases that differ at their end differs too, and is the same each time', async () => {
    const long = `a-release-of-a-length-that-helm-allows-still-${'n'.repeat(7)}`;
    const names = [await deploymentOf(`${long}1`), await deploymentOf(`${long}2`)];
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^a-release-of-a-length-[-a-z0-9]+-[0-9a-f]{8}$/);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(MAX_NAME);
    expect(await deploymentOf(`${long}1`)).toBe(names[0]);
  });

  test('may make a Service of a release that no Service may be called by', async () => {
    expect(await deploymentOf('3rd.release', { fullnameOverride: 'third' })).toBe('third');
  });
});

test.each([
  ['with a dot', { fullnameOverride: 'a.b' }, "at '/fullnameOverride': 'a.b' does not match pattern"],
  ['too long', { fullnameOverride: 'n'.repeat(48) }, "at '/fullnameOverride': maxLength: got 48, want 47"],
  ['with a dot', { nameOverride: 'a.b' }, "at '/nameOverride': 'a.b' does not match pattern"],
  ['too long', { nameOverride: 'n'.repeat(48) }, "at '/nameOverride': maxLength: got 48, want 47"],
  ['of a volume that is missing', { extraVolumes: [{ emptyDir: {} }] }, "missing property 'name'"],
])('a name %s is refused by its place, never changed', async (_, over, sentence) => {
  const { failed, stderr } = await template('minimal', over);
  expect(failed).toBe(true);
  expect(stderr).toContain(sentence);
});

test('objects of one kind have names of their own', async () => {
  const names = (await render('production')).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  expect(new Set(names).size).toBe(names.length);
});
