import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
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

const workflows = readdirSync(new URL('../../.github/workflows/', import.meta.url)).map((file) => {
  const text = readFileSync(new URL(`../../.github/workflows/${file}`, import.meta.url), 'utf8');
  const { permissions, jobs } = parse(text) as Workflow;
  return { file, text, permissions, jobs };
});

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, { readonly permissions?: Readonly<Record<string, string>> }>>;
}

test.each(workflows)(
  '$file: every action is pinned by its commit, and names its version beside it',
  ({ text }) => {
    const uses = text.split('\n').filter((line) => /^\s*(?:- )?uses:/.test(line));
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  },
);

test('an action that is used in several places is the same commit everywhere', () => {
  const texts = workflows.map(({ text }) => text).join('\n');
  const pinned = new Set(texts.match(/uses: \S+@[0-9a-f]{40} # v\S+/g));
  const actions = new Set([...pinned].map((line) => line.split('@', 1)[0]));
  expect(pinned.size).toBe(actions.size);
});

test('each job of a workflow states its rights, and only those that publish or sign may write', () => {
  const rights = workflows.flatMap(({ file, permissions, jobs }) => {
    expect(permissions, `${file}: what a job doesn't state it doesn't have`).toEqual({});
    return Object.entries(jobs).map(([name, job]) => [`${file} ${name}`, job.permissions]);
  });
  expect(Object.fromEntries(rights)).toEqual({
    'ci.yml check': { contents: 'read' },
    'release.yml check': { contents: 'read' },
    'release.yml image': { contents: 'read', packages: 'write' },
    'release.yml sign': { packages: 'write', 'id-token': 'write' },
  });
});

test('no checkout keeps the token where a later step could read it', () => {
  for (const { text } of workflows) {
    const kept = text.split(/^ *- /m).filter((step) => step.startsWith('uses: actions/checkout@'));
    for (const step of kept) expect(step).toContain('persist-credentials: false');
  }
});
