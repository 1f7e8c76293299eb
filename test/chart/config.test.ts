import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { settings } from '../../src/config/settings.ts';
import type { KubernetesObject } from '../../tools/chart/kubernetes-types.ts';
import { chartFolder, ciNames, render } from '../../tools/chart/render.ts';
import { at, type Tree } from '../../tools/chart/tree.ts';
import { createTestPki } from '../../tools/certificates.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { envOf, mountAt, mountedFiles } from './mounted.ts';
import { fileOf, one } from './objects.ts';

const { cert, key, ca } = await createTestPki();
const contents: Readonly<Record<string, string>> = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca };
const contentOf = (file: string): string =>
  contents[basename(file)] ?? 'a-secret-of-forty-characters-or-even-more\n';

test.each(ciNames)(
  'the bridge takes the configuration of the mode %s, with the files where they are mounted',
  async (mode) => {
    using place = temporaryDirectory();
    const objects = await render(mode);
    const pod = at(one(objects, 'Deployment'), 'spec.template.spec');
    const here = mountAt(place.path, { objects, pod }, contentOf);
    expect(at(pod, 'containers.0.args')).toEqual(['serve']);
    const env = envOf(at(pod, 'containers.0.env'), here);
    const { exitCode, stderr } = await nbwssBridge(['check-config', '--json'], { env });
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  },
);

/** As the Dockerfile sets it. */
const ofImage = { NBWSS_ADMIN_HOST: '0.0.0.0' };

test.each([
  ['0.0.0.0', {}],
  ['::', { admin: { host: '::' }, listen: { host: '::' } }],
])(
  'the pod binds the admin port to %s where the configuration says so, whatever the image says',
  async (host, config) => {
    using place = temporaryDirectory();
    const objects = await render('minimal', { config });
    const pod = at(one(objects, 'Deployment'), 'spec.template.spec');
    const here = mountAt(place.path, { objects, pod }, contentOf);
    const env = { ...ofImage, ...envOf(at(pod, 'containers.0.env'), here) };
    const { stdout, stderr } = await nbwssBridge(['check-config', '--print'], { env });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ admin: { host } });
  },
);

test('an image sets no other variable of the bridge', () => {
  const dockerfile = readFileSync(join(chartFolder, '../../Dockerfile'), 'utf8');
  expect(dockerfile.match(/NBWSS_\w+=\S+/g)).toEqual(
    Object.entries(ofImage).map(([name, value]) => `${name}=${value}`),
  );
});

test('a Service of IPv6 is taken where the endpoint binds to every address', async () => {
  const service = { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] };
  const objects = await render('minimal', { service, config: { listen: { host: '::' } } });
  expect(at(one(objects, 'Service'), 'spec')).toMatchObject(service);
});

test.each(ciNames)(
  'every path in the configuration of the mode %s is a file that a volume brings',
  async (mode) => {
    const objects = await render(mode);
    const document = documentOf(objects);
    const brought = mountedFiles(at(one(objects, 'Deployment'), 'spec.template.spec'));
    for (const { path } of settings.filter(({ path }) => /(File|Directory)$/.test(path))) {
      const file = at(document, path);
      if (file !== undefined) expect(brought, path).toContain(file);
    }
  },
);

test('a path may lead to what the user mounts', async () => {
  const objects = await render('minimal', {
    tls: { existingSecret: '' },
    extraVolumes: [{ name: 'agent', emptyDir: {} }],
    extraVolumeMounts: [{ name: 'agent', mountPath: '/agent', readOnly: true }],
    config: { listen: { tls: { certFile: '/agent/tls.crt', keyFile: '/agent/tls.key' } } },
  });
  expect(at(documentOf(objects), 'listen.tls')).toEqual({
    certFile: '/agent/tls.crt',
    keyFile: '/agent/tls.key',
  });
});

test("keys of a Secret may have any name, the bridge's files have always the same", async () => {
  const objects = await render('mtls');
  const volumes = at(one(objects, 'Deployment'), 'spec.template.spec.volumes') as Tree[];
  expect(volumes.find(({ name }) => name === 'registry-client')).toMatchObject({
    secret: {
      items: [
        { key: 'client.pem', path: 'tls.crt' },
        { key: 'client.key', path: 'tls.key' },
      ],
    },
  });
});

function documentOf(objects: readonly KubernetesObject[]): unknown {
  return parse(fileOf(one(objects, 'ConfigMap', 'nbwss-bridge'), 'nbwss-bridge.yaml'));
}
