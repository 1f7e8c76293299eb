import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Documents that make promises and name the tests which hold them. */
const documents = [
  'SECURITY.md',
  'docs/threat-model.md',
  'docs/delivery.md',
  'docs/credentials.md',
  'docs/architecture.md',
];

test.each(documents)('every file that %s names is there', (document) => {
  const paths = [...read(document).matchAll(/`((?:test|src|tools|docs|schemas)\/[\w./*-]+)`/g)].map(
    ([, path = '']) => path,
  );
  expect(paths.filter((path) => globSync(path, { cwd: root }).length === 0)).toEqual([]);
});

test.each(documents)('every link of %s leads to a file', (document) => {
  const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) => target);
  expect(links.filter((target) => !existsSync(join(root, dirname(document), target)))).toEqual([]);
});

/** In the table of controls each test is named as `file`: "words of its name". */
const namedTests = [...read('docs/threat-model.md').matchAll(/`(test\/[\w./-]+\.test\.ts)`: "([^"]+)"/g)].map(
  ([, file = '', name = '']) => ({ file, name }),
);

test('the threat model names a test for its controls', () => {
  expect(namedTests.length).toBeGreaterThan(40);
  // Less would be found in any file.
  for (const { name } of namedTests) expect(name.length).toBeGreaterThan(10);
});

test.each(namedTests)('$file has the test "$name"', ({ file, name }) => {
  const source = read(file);
  expect(source.replaceAll("\\'", "'").includes(name)).toBe(true);
});
