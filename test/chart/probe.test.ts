import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { notes, render } from '../../tools/chart/render.ts';
import { at, type Tree } from '../../tools/chart/tree.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { one } from './objects.ts';

const probeOf = async (mode: string, over: Tree = {}) =>
  one(await render(mode, over), 'Pod', 'nbwss-bridge-test');
const argsOf = async (mode: string, over: Tree = {}) =>
  at(await probeOf(mode, over), 'spec.containers.0.args') as string[];

test('the test speaks as the identity probe, and sees no other token', async () => {
  const probe = await probeOf('cert-manager');
  expect(probe.metadata['annotations']).toMatchObject({ 'helm.sh/hook': 'test' });
  expect(at(probe, 'spec.volumes.0.secret')).toMatchObject({
    secretName: 'nbwss-bridge-tokens',
    items: [{ key: 'probe', path: 'probe' }],
  });
  expect(at(probe, 'spec.containers.0.args')).toEqual([
    'probe',
    '--url',
    'wss://nbwss-bridge.backup.svc:8443/nbwss',
    '--ca-file',
    '/etc/nbwss-bridge/probe-ca/ca.crt',
    '--token-file',
    '/etc/nbwss-bridge/secrets/nbwss-bridge-tokens/probe',
  ]);
});

test('the token may be in another Secret, where the tokens of the bridge are hashes', async () => {
  const probe = await probeOf('minimal', {
    test: { token: { existingSecret: 'probe-token', key: 'plain' } },
  });
  expect(at(probe, 'spec.volumes.0.secret')).toMatchObject({
    secretName: 'probe-token',
    items: [{ key: 'plain', path: 'plain' }],
  });
  expect(at(probe, 'spec.containers.0.args')).toContain('/etc/nbwss-bridge/secrets/probe-token/plain');
});

test('without that token the Pod starts nevertheless, and its one line names the Secret and the key', async () => {
  const probe = await probeOf('minimal');
  expect(at(probe, 'spec.volumes.0.secret.optional')).toBe(true);
  using place = temporaryDirectory();
  const args = at(probe, 'spec.containers.0.args') as string[];
  const mounted = (arg: string): string => arg.replace('/etc/nbwss-bridge', place.path);
  mkdirSync(mounted('/etc/nbwss-bridge/secrets/nbwss-bridge-tokens'), { recursive: true });
  const { exitCode, stderr } = await nbwssBridge(args.map(mounted));
  expect(exitCode).not.toBe(0);
  expect(stderr).toMatch(/^nbwss-bridge: can't read the token.*\/nbwss-bridge-tokens\/probe.*\n$/);
});

test('a token of which the bridge has only the hash is told apart', async () => {
  using place = temporaryDirectory();
  const args = await argsOf('minimal');
  const folder = join(place.path, 'secrets/nbwss-bridge-tokens');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'probe'), `sha256:${'0'.repeat(64)}\n`);
  const { stderr } = await nbwssBridge(args.map((arg) => arg.replace('/etc/nbwss-bridge', place.path)));
  expect(stderr).toContain('holds the hash of a token');
});

test('where primaries show a certificate the test shows its own, and needs none where they may leave it', async () => {
  const probe = await probeOf('mtls');
  expect((at(probe, 'spec.containers.0.args') as string[]).join(' ')).toContain(
    '--cert-file /etc/nbwss-bridge/probe-client/tls.crt --key-file /etc/nbwss-bridge/probe-client/tls.key',
  );
  expect(at(probe, 'spec.volumes')).toContainEqual(
    expect.objectContaining({
      name: 'probe-client',
      secret: expect.objectContaining({ secretName: 'nbwss-bridge-probe' }),
    }),
  );
  const optional = { listen: { tls: { clientCertificate: 'optional', clientNameIsPrimary: false } } };
  expect(
    await argsOf('mtls', { config: optional, test: { clientCertificate: { existingSecret: '' } } }),
  ).not.toContain('--cert-file');
});

test('where the endpoint expects the PROXY protocol the test puts it before its connection, unless it goes through the balancer', async () => {
  expect(await argsOf('proxy-protocol', { test: { url: '' } })).toContain('--proxy-protocol');
  expect(await argsOf('proxy-protocol')).not.toContain('--proxy-protocol');
  expect(await argsOf('minimal')).not.toContain('--proxy-protocol');
});

test('the notes say where the token of the test comes from, and how to make one', async () => {
  const text = await notes('minimal');
  expect(text).toContain('takes the token of the key `probe` in the Secret nbwss-bridge-tokens');
  expect(text).toContain('`nbwss-bridge token generate`');
  const other = await notes('minimal', { test: { token: { existingSecret: 'probe-token', key: 'plain' } } });
  expect(other).toContain('takes the token of the key `plain` in the Secret probe-token');
});
