import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestPki } from '../../tools/certificates.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { giveToUser, HARDENING } from './hardening.ts';
import { imageConfig } from './inspect.ts';
import { evaluate, runImage } from './run-image.ts';

const root = join(import.meta.dirname, '../..');
const binds = (folder: string) => [`${folder}:/etc/nbwss-bridge:ro`];

test('--version says the version of the package', async () => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(await runImage(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

test('commands in place of serve need no entry point of their own', async () => {
  const { exitCode, stdout } = await runImage(['schemas', 'list', '--help']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Usage: nbwss-bridge schemas list');
});

test('check-config takes a mounted configuration with its files', async () => {
  using directory = temporaryDirectory({
    'nbwss-bridge.yaml': await readFile(join(root, 'examples/nbwss-bridge.yaml'), 'utf8'),
  });
  const pki = await createTestPki();
  await pki.writeTo(join(directory.path, 'tls'));
  await mkdir(join(directory.path, 'tokens'));
  await writeFile(join(directory.path, 'tokens/primary1'), `${'t'.repeat(43)}\n`);
  await giveToUser(directory.path);
  const { exitCode, stderr } = await runImage(
    ['check-config', '--config', '/etc/nbwss-bridge/nbwss-bridge.yaml'],
    {
      binds: binds(directory.path),
    },
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});

test('without a configuration it exits with 78 and names what is missing', async () => {
  const { exitCode, stderr } = await runImage([]);
  expect(exitCode).toBe(78);
  expect(stderr).toContain('NBWSS_LISTEN_TLS_CERT_FILE');
});

test('a stack trace names the lines of the TypeScript sources', async () => {
  const { Entrypoint } = await imageConfig();
  const flags = Entrypoint.slice(1, -1);
  const stack = await evaluate(
    `import { endpointUrl } from '/app/dist/simulator/options.js';
     try { endpointUrl('nowhere'); } catch (error) { console.log(error.stack); }`,
    { flags },
  );
  const [, line] = /endpointUrl \(\/app\/src\/simulator\/options\.ts:(\d+):\d+\)/.exec(stack) ?? [];
  const source = (await readFile(join(root, 'src/simulator/options.ts'), 'utf8')).split('\n');
  expect(source[Number(line) - 1]).toContain('throw new UsageError');
});

test("the heap's bound follows the container's memory limit", async () => {
  const { Entrypoint } = await imageConfig();
  const limit = await evaluate(
    `import { getHeapStatistics } from 'node:v8'; console.log(getHeapStatistics().heap_size_limit);`,
    { flags: Entrypoint.slice(1, -1) },
  );
  expect(Number(limit) / HARDENING.Memory).toBeGreaterThan(0.4);
  expect(Number(limit) / HARDENING.Memory).toBeLessThan(0.8);
});
