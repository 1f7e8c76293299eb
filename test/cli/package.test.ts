import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
/** A build takes 3 s on an idle machine. */
const buildBoundMs = 120_000;

const run = (program: string, ...args: string[]) =>
  promisify(execFile)(program, args, { cwd: root, timeout: buildBoundMs });

beforeAll(() => run('npm', 'run', 'build'), buildBoundMs);

test('the built program runs from another folder, and finds its version', async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'nbwss-package-'));
  try {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [join(root, 'dist/main.js'), '--version'],
      { cwd: elsewhere },
    );
    expect({ stdout, stderr }).toEqual({ stdout: '0.1.0\n', stderr: '' });
  } finally {
    await rm(elsewhere, { recursive: true });
  }
});

test('the built program starts with the flags of the sources', async () => {
  const firstLineOf = async (file: string) => (await readFile(join(root, file), 'utf8')).split('\n', 1)[0];
  expect(await firstLineOf('dist/main.js')).toBe(await firstLineOf('src/main.ts'));
});

test('an older Node.js is told which one is needed: exit 69', async () => {
  const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '24.10.0' } })`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(older)}`, 'dist/main.js', '--version'];
  const failure: unknown = await run(process.execPath, ...args).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: 69,
    stdout: '',
    stderr: expect.stringMatching(/^nbwss-bridge: needs Node\.js 24\.11 or later; this is v\S+: \S+\n$/),
  });
});

test('the package holds the program, the schemas and the documentation, and nothing of the tests and tools', async () => {
  const { stdout } = await run('npm', 'pack', '--dry-run', '--json', '--ignore-scripts');
  const packed = JSON.parse(stdout) as { files: { path: string }[] }[];
  const paths = packed.flatMap(({ files }) => files.map(({ path }) => path));
  expect(paths).toEqual(
    expect.arrayContaining([
      'package.json',
      'dist/main.js',
      'dist/cli/serve.js',
      'dist/admin/page/page.css',
      'dist/admin/page/live.js',
      'dist/admin/page/icon.svg',
      'schemas/netbackup-job.avsc',
      'schemas/netbackup-image.avsc',
      'schemas/dead-letter.avsc',
    ]),
  );
  const unwanted = paths.filter(
    (path) => !/^(?:dist|schemas|docs|examples)\/|^(?:package\.json|README|LICENSE|CHANGELOG)/.test(path),
  );
  expect(unwanted).toEqual([]);
  expect(paths.filter((path) => /\.ts$|\.test\./.test(path))).toEqual([]);
});
