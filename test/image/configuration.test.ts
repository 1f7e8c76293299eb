import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { imageConfig } from './inspect.ts';

const root = join(import.meta.dirname, '../..');

test('it runs as a user that is a number, so that Kubernetes can tell that it is not root', async () => {
  expect((await imageConfig()).User).toBe('65532:65532');
});

test('Node.js is the first process, without a shell between it and its signals, and SIGTERM is what stops it', async () => {
  const { Entrypoint, Cmd, StopSignal, WorkingDir } = await imageConfig();
  expect(Entrypoint[0]).toBe('/nodejs/bin/node');
  expect(Entrypoint.at(-1)).toBe('dist/main.js');
  expect(Cmd).toEqual(['serve']);
  // Docker tells the name, podman the number.
  expect(['SIGTERM', '15']).toContain(StopSignal);
  expect(WorkingDir).toBe('/app');
});

test('its health is that of /livez, asked without a shell', async () => {
  const { Healthcheck } = await imageConfig();
  expect(Healthcheck.Test.slice(0, 2)).toEqual(['CMD', '/nodejs/bin/node']);
  expect(Healthcheck.Test.at(-1)).toContain('/livez');
  expect(Healthcheck.Timeout).toBeLessThan(Healthcheck.Interval);
});

test('it exposes the endpoint and the admin port', async () => {
  expect(Object.keys((await imageConfig()).ExposedPorts).sort()).toEqual(['8443/tcp', '9090/tcp']);
});

test("labels in OCI's names tell what it is, its version and its commit", async () => {
  const { Labels } = await imageConfig();
  const { version, license, name } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  expect(Labels).toMatchObject({
    'org.opencontainers.image.title': name,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': license,
    'org.opencontainers.image.revision': expect.stringMatching(/^([0-9a-f]{40}|unknown)$/) as string,
    'org.opencontainers.image.description': expect.stringContaining('Kafka') as string,
  });
});

test('hadolint finds nothing in the Dockerfile', async () => {
  const { stdout } = await promisify(execFile)(inject('checkers').hadolint, [
    '--no-color',
    join(root, 'Dockerfile'),
  ]);
  expect(stdout).toBe('');
});
