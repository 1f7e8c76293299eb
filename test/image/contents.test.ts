import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { MACHINE_MARK } from '../../tools/image/names.ts';
import { filesWith, type ImageFile, imageFiles, readImageFile } from './files.ts';
import { imageConfig, imageHistory } from './inspect.ts';
import { productionPackages } from './packages.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

let files: readonly ImageFile[];
beforeAll(async () => {
  files = await imageFiles();
});

const named = (...names: string[]) =>
  files.filter(({ path }) => names.includes(path.slice(path.lastIndexOf('/') + 1))).map(({ path }) => path);
const below = (folder: string) => files.filter(({ path }) => path.startsWith(`${folder}/`));

describe('what is in it', () => {
  test('the packages that the lock file names for production, and no other', async () => {
    const manifests = below('/app/node_modules')
      .map(({ path }) => path)
      .filter((path) => /node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path));
    const folders = manifests.map((path) => path.slice('/app/'.length, -'/package.json'.length));
    expect(folders.sort()).toEqual((await productionPackages()).map(({ folder }) => folder).sort());
  });

  test('no folder that is empty', () => {
    const parents = new Set(files.map(({ path }) => path.slice(0, path.lastIndexOf('/'))));
    const empty = below('/app').filter(({ path, kind }) => kind === 'directory' && !parents.has(path));
    expect(empty).toEqual([]);
  });

  test('one Node.js, and neither npm nor a shell nor a compiler', () => {
    const executable = files.filter(
      ({ path, kind, mode }) => kind === 'file' && (mode & 0o111) !== 0 && path.endsWith('/node'),
    );
    expect(executable.map(({ path }) => path)).toEqual(['/nodejs/bin/node']);
    expect(named('npm', 'npx', 'npm-cli.js', 'sh', 'bash', 'dash', 'apt-get', 'tsc')).toEqual([]);
  });

  test('no compiled module, so that what one machine has built fits every architecture', () => {
    expect(below('/app').filter(({ path }) => path.endsWith('.node'))).toEqual([]);
  });

  test('beside the packages only the program, its schemas, the licence and the list of its parts', () => {
    const top = new Set(below('/app').map(({ path }) => path.split('/')[2]));
    expect(top).toEqual(
      new Set(['LICENSE', 'dist', 'node_modules', 'package.json', 'sbom.cdx.json', 'schemas']),
    );
    expect(
      below('/app/dist').filter(
        ({ path, kind }) => kind === 'file' && !/\.js(\.map)?$|^\/app\/dist\/admin\/page\//.test(path),
      ),
    ).toEqual([]);
  });

  test('the schemas that the sources have', async () => {
    for (const { path } of below('/app/schemas'))
      expect(await readImageFile(path)).toBe(await readFile(join(root, path.slice('/app/'.length)), 'utf8'));
    expect(below('/app/schemas').length).toBeGreaterThan(1);
  });
});

describe('who may change it', () => {
  test('everything of the program belongs to root, and nobody else may write it', () => {
    const program = below('/app').filter(({ kind }) => kind !== 'link');
    expect(program.filter(({ uid, mode }) => uid !== 0 || (mode & 0o022) !== 0)).toEqual([]);
  });

  test('nothing is writable by everybody but the sticky folders of the base', () => {
    const writable = files.filter(({ kind, mode }) => kind !== 'link' && (mode & 0o002) !== 0);
    expect(writable.filter(({ kind, mode }) => kind !== 'directory' || (mode & 0o1000) === 0)).toEqual([]);
  });

  test("nothing runs with somebody else's rights", () => {
    expect(files.filter(({ kind, mode }) => kind === 'file' && (mode & 0o6000) !== 0)).toEqual([]);
  });
});

describe('what is not in it', () => {
  test("the machine's certificate authorities and its npm registry stay in the base of the build", async () => {
    expect(await filesWith([MACHINE_MARK])).toEqual([]);
    expect(named('.npmrc', 'npmrc', '_cacache', 'machine-ca.pem')).toEqual([]);
    const { Env } = await imageConfig();
    expect(Env.filter((line) => /npm|NODE_EXTRA|machine|proxy/i.test(line))).toEqual([]);
    expect((await imageHistory()).filter((step) => /npm_config|NODE_EXTRA|machine-ca/.test(step))).toEqual(
      [],
    );
  });

  test('no address of another registry than the public one', async () => {
    const { stdout } = await run('npm', ['config', 'get', 'registry'], { cwd: root });
    const { host } = new URL(stdout.trim());
    if (host !== 'registry.npmjs.org') expect(await filesWith([host])).toEqual([]);
    const lock = JSON.parse(await readImageFile('/app/node_modules/.package-lock.json')) as {
      readonly packages: Readonly<Record<string, { readonly resolved?: string }>>;
    };
    expect(Object.values(lock.packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });

  test('neither tests nor sources nor tools', () => {
    const ours = below('/app').filter(({ path }) => !path.startsWith('/app/node_modules/'));
    expect(ours.filter(({ path }) => /\.(ts|tsx|py|sh)$|\/(test|tools|src)\//.test(path))).toEqual([]);
  });
});

describe('the list of its parts', () => {
  test('is valid CycloneDX', async () => {
    const validate = `
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_5).validate_str(sys.argv[1])
sys.exit(None if error is None else str(error))`;
    const env = { ...process.env, PYTHONPATH: inject('checkers').cycloneDx };
    await run('python3', ['-c', validate, await readImageFile('/app/sbom.cdx.json')], { env });
  });

  test('names every package of production with its version and digest, and is about this version', async () => {
    const { metadata, components } = JSON.parse(await readImageFile('/app/sbom.cdx.json')) as Sbom;
    const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Part;
    expect(metadata.component).toMatchObject({ type: 'application', name, version });
    expect(components.map(({ name, version }) => `${name}@${version}`).sort()).toEqual(
      [...new Set((await productionPackages()).map(({ name, version }) => `${name}@${version}`))].sort(),
    );
    expect(components.filter(({ hashes }) => (hashes ?? []).length === 0)).toEqual([]);
  });
});

interface Part {
  readonly name: string;
  readonly version: string;
  readonly hashes?: readonly object[];
}

interface Sbom {
  readonly metadata: { readonly component: Part };
  readonly components: readonly Part[];
}
