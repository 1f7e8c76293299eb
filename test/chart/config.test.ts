import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { settings } from '../../src/config/settings.ts';
import type { KubernetesObject } from '../../tools/chart/kubernetes-types.ts';
import { ciNames, render } from '../../tools/chart/render.ts';
import { at, type Tree } from '../../tools/chart/tree.ts';
import { createTestPki, type TestPki } from '../../tools/certificates.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { fileOf, one } from './objects.ts';

const root = '/etc/nbwss-bridge/';
const pki = await createTestPki();

test.each(ciNames)(
  'the bridge takes the configuration of the mode %s, with the files where they are mounted',
  async (mode) => {
    using place = temporaryDirectory();
    const objects = await render(mode);
    const config = mountAt(place.path, objects, pki);
    const { exitCode, stderr } = await nbwssBridge(['check-config', '--config', config, '--json']);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  },
);

test.each(ciNames)(
  'every path in the configuration of the mode %s is a file that a volume brings',
  async (mode) => {
    const objects = await render(mode);
    const document = documentOf(objects);
    const brought = mountedFiles(objects);
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

/** The files and whole directories at the mount paths of the bridge's container. */
function mountedFiles(objects: readonly KubernetesObject[]): string[] {
  const pod = at(one(objects, 'Deployment'), 'spec.template.spec');
  const mounts = at(pod, 'containers.0.volumeMounts') as { name: string; mountPath: string }[];
  const volumes = at(pod, 'volumes') as Tree[];
  return mounts.flatMap(({ name, mountPath }) => {
    const volume = volumes.find((each) => each['name'] === name);
    const items = (at(volume, 'secret.items') ?? at(volume, 'configMap.items')) as
      { path: string }[] | undefined;
    return items === undefined ? [mountPath] : items.map(({ path }) => `${mountPath}/${path}`);
  });
}

/** Writes the configuration and what it names below a folder in place of /etc/nbwss-bridge. @returns the configuration's file */
function mountAt(folder: string, objects: readonly KubernetesObject[], { cert, key, ca }: TestPki): string {
  const contents: Readonly<Record<string, string>> = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca };
  for (const file of mountedFiles(objects).filter((each) => each.startsWith(root))) {
    const name = file.slice(root.length);
    const target = join(folder, name === 'tokens' ? 'tokens/primary1.example.com' : name);
    if (name === 'config') continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(
      target,
      contents[name.split('/')[1] ?? ''] ?? 'a-secret-of-forty-characters-or-even-more\n',
    );
  }
  const document = stringify(documentOf(objects)).replaceAll(root, `${folder}/`);
  const config = join(folder, 'nbwss-bridge.yaml');
  writeFileSync(config, document);
  return config;
}
