import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isCurrent, productionPackages, updateCommand } from '../../tools/docs/dependencies.ts';

const packages = productionPackages();
const permissive = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

test('docs/dependencies.md is what the lockfile says', () => {
  expect(isCurrent(), `run: ${updateCommand}`).toBe(true);
});

test('every production dependency has a permissive licence', () => {
  expect(packages.filter(({ license }) => !permissive.includes(license))).toEqual([]);
});

test('what is installed is what was locked: each package by its hash, from the registry that npm is configured with', () => {
  expect(packages.length).toBeGreaterThan(20);
  for (const { integrity, resolved } of packages) {
    expect(integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
    expect(resolved).toBeUndefined();
  }
});

test('no dependency brings an install script but one that is known to do nothing, and none is ever run', () => {
  const scripted = packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
  expect(scripted).toEqual(['protobufjs']);
  const npmrc = readFileSync(new URL('../../.npmrc', import.meta.url), 'utf8').split('\n');
  expect(npmrc).toContain('ignore-scripts=true');
});

test('the dependencies of this program are named by exact versions', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
  for (const version of versions) expect(version).toMatch(/^(?:\d+\.\d+\.\d+|file:tools\/[\w-]+)$/);
});

test('the image is built from what is listed and nothing else, on bases that are given by digest', () => {
  const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').split('\n');
  const [first, ...others] = read('.dockerignore').filter((line) => line !== '' && !line.startsWith('#'));
  expect(first).toBe('*');
  expect(others.filter((line) => line.startsWith('!') && /[*?]/.test(line))).toEqual([]);
  const dockerfile = read('Dockerfile');
  const bases = dockerfile.flatMap((line) => /^FROM (?:--platform=\S+ )?(\S+)/.exec(line)?.[1] ?? []);
  const stages = dockerfile.flatMap((line) => /^FROM .* AS (\w+)$/.exec(line)?.[1] ?? []);
  expect(bases.filter((base) => !stages.includes(base))).toEqual(['${BUILD_IMAGE}', '${RUN_IMAGE}']);
});
