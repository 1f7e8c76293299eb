import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nbwssBridge } from '../helpers/command.ts';
import { token, writeConfigFile } from '../helpers/config-file.ts';

const limits = { maxConnections: 80, maxSessionsPerPrimary: 15, unauthenticated: { maxConnections: 50 } };

test('check-config warns of connections that are too few for all primaries, with exit 0', async () => {
  const { file, directory } = await writeConfigFile({ limits });
  const one = await nbwssBridge(['check-config', '--config', file]);
  expect(one).toMatchObject({ exitCode: 0, stderr: '' });
  expect(one.stdout).not.toMatch(/^warning {2}limits/m);
  await writeFile(join(directory, 'tokens/primary2'), `another-${token}\n`);
  const two = await nbwssBridge(['check-config', '--config', file]);
  expect(two).toMatchObject({ exitCode: 0, stderr: '' });
  expect(two.stdout).not.toMatch(/^warning {2}limits/m);
  await writeFile(join(directory, 'tokens/probe'), `the-probe-${token}\n`);
  const three = await nbwssBridge(['check-config', '--config', file]);
  expect(three).toMatchObject({ exitCode: 0, stderr: '' });
  expect(three.stdout).toMatch(/^warning {2}limits\.maxConnections: 80 are too few .* Raise it to 82,/m);
});

test('check-config refuses connections of which one primary alone could take all: exit 78', async () => {
  const { file } = await writeConfigFile({ limits: { ...limits, maxConnections: 64 } });
  const { exitCode, stderr } = await nbwssBridge(['check-config', '--config', file]);
  expect(exitCode).toBe(78);
  expect(stderr).toContain('limits.maxConnections: must hold limits.maxSessionsPerPrimary');
});
