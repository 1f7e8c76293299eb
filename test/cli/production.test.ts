import { execFile } from 'node:child_process';
import { cp, mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../tools/dev-stack/temporary-directory.ts';
import { writeConfigFile } from '../helpers/config-file.ts';

const root = join(import.meta.dirname, '../..');
/** A build and an install take some seconds each on an idle machine. */
const boundMs = 120_000;

const run = (cwd: string, program: string, ...args: string[]) =>
  promisify(execFile)(program, args, { cwd, timeout: boundMs });

test(
  'a production install without install scripts runs the program and checks a configuration',
  async () => {
    await using copy = await temporaryDirectory(join(tmpdir(), 'nbwss-production-'));
    for (const file of ['package.json', 'package-lock.json', '.npmrc', 'schemas'])
      await cp(join(root, file), join(copy.path, file), { recursive: true });
    await mkdir(join(copy.path, 'tools'));
    await cp(join(root, 'tools/node-runtime'), join(copy.path, 'tools/node-runtime'), { recursive: true });
    await run(
      root,
      join(root, 'node_modules/.bin/tsc'),
      '-p',
      'tsconfig.build.json',
      '--outDir',
      join(copy.path, 'dist'),
    );
    await run(copy.path, 'npm', 'ci', '--omit=dev', '--ignore-scripts');

    const installed = await readdir(join(copy.path, 'node_modules'));
    expect(installed).toContain('kafkajs');
    for (const development of ['typescript', 'vitest', 'testcontainers', 'ssh2', 'node-runtime'])
      expect(installed).not.toContain(development);

    const bridge = (...args: string[]) =>
      run(copy.path, process.execPath, join(copy.path, 'dist/main.js'), ...args);
    expect(await bridge('--version')).toEqual({
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
    const { file } = await writeConfigFile();
    const checked = await bridge('check-config', '--connect', '--config', file).catch(
      (error: unknown) => error,
    );
    // Topics and subjects are missing: everything up to there has run.
    expect(checked).toMatchObject({ code: 78, stdout: expect.stringContaining('has no topic') });
    expect(await bridge('check-config', '--config', file)).toMatchObject({
      stdout: expect.stringContaining('the configuration is valid'),
    });
  },
  2 * boundMs,
);
