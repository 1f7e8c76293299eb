/** What is there without asking, and what only is when a value asks for it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { KubernetesObject } from '../../tools/chart/kubernetes-types.ts';
import { chartFolder, ciFile, ciNames, helm, objectsOf, release, render } from '../../tools/chart/render.ts';
import { at, type Tree } from '../../tools/chart/tree.ts';
import { deployment, fileOf, one, podSpecs } from './objects.ts';

let minimal: readonly KubernetesObject[];
beforeAll(async () => {
  minimal = await render('minimal');
});

test('nothing is made but what every cluster has, and what is needed', () => {
  expect(minimal.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`).sort()).toEqual([
    'apps/v1 Deployment',
    'networking.k8s.io/v1 NetworkPolicy',
    'policy/v1 PodDisruptionBudget',
    'v1 ConfigMap',
    'v1 Pod',
    'v1 Service',
    'v1 ServiceAccount',
  ]);
});

test('what the cluster happens to have changes nothing: objects of CRDs are asked for by values', async () => {
  const apis = ['monitoring.coreos.com/v1', 'cert-manager.io/v1', 'gateway.networking.k8s.io/v1'];
  const args = ['template', release.name, chartFolder, '--namespace', release.namespace];
  const has = apis.flatMap((api) => ['--api-versions', api]);
  const { stdout } = await helm([...args, '--kube-version', '1.36', ...has, '--values', ciFile('minimal')]);
  expect(objectsOf(stdout)).toEqual(minimal);
  const templates = readdirSync(join(chartFolder, 'templates'), { recursive: true, withFileTypes: true });
  for (const { name, parentPath } of templates.filter((entry) => entry.isFile()))
    expect(readFileSync(join(parentPath, name), 'utf8'), name).not.toMatch(/Capabilities|lookup/);
});

test('two replicas, of which one may be evicted, also while none is ready', () => {
  expect(at(one(minimal, 'Deployment'), 'spec.replicas')).toBe(2);
  expect(at(one(minimal, 'PodDisruptionBudget'), 'spec')).toMatchObject({
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: at(one(minimal, 'Deployment'), 'spec.selector'),
  });
});

test('45 s from SIGTERM to SIGKILL', () => {
  expect(at(one(minimal, 'Deployment'), 'spec.template.spec.terminationGracePeriodSeconds')).toBe(45);
});

test('probes ask the admin port: whether the process lives, and whether it is ready', () => {
  const container = at(one(minimal, 'Deployment'), 'spec.template.spec.containers.0');
  const asked = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((name) =>
    at(container, `${name}.httpGet`),
  );
  expect(asked).toEqual([
    { path: '/livez', port: 'admin' },
    { path: '/livez', port: 'admin' },
    { path: '/readyz', port: 'admin' },
  ]);
});

test('TLS ends in the bridge, which the Service leads to and no route', () => {
  expect(at(one(minimal, 'Service'), 'spec')).toMatchObject({
    type: 'ClusterIP',
    ports: [{ name: 'nbwss', port: 8443, targetPort: 'nbwss', protocol: 'TCP' }],
    selector: at(one(minimal, 'Deployment'), 'spec.selector.matchLabels'),
  });
});

test.each(['LoadBalancer', 'NodePort'])(
  'a Service of type %s keeps the address of the primary',
  async (type) => {
    const service = one(await render('minimal', { service: { type, nodePort: 30443 } }), 'Service');
    expect(at(service, 'spec')).toMatchObject({
      type,
      externalTrafficPolicy: 'Local',
      ports: [{ nodePort: 30443 }],
    });
  },
);

test.each(ciNames)(
  'no pod of the mode %s has a token of Kubernetes, or a secret in its environment',
  async (mode) => {
    const objects = await render(mode);
    expect(one(objects, 'ServiceAccount')['automountServiceAccountToken']).toBe(false);
    for (const { of, spec } of podSpecs(objects)) {
      const environment = (at(spec, 'containers.0.env') ?? []) as Tree[];
      expect(
        environment.filter((variable) => 'valueFrom' in variable),
        of,
      ).toEqual([]);
    }
  },
);

test('the chart makes no Secret: values refer to those that are there', async () => {
  for (const mode of ciNames.filter((name) => name !== 'two-primaries-rotation'))
    expect((await render(mode)).filter(({ kind }) => kind === 'Secret')).toEqual([]);
});

test('Secrets are in no checksum: they are read again, without a restart', async () => {
  for (const mode of ['mtls', 'production'])
    expect(Object.keys(at(await deployment(mode), 'spec.template.metadata.annotations') as object)).toEqual([
      'checksum/config',
    ]);
  const other = { tokens: { existingSecret: 'other' }, tls: { existingSecret: 'another' } };
  const [before, after] = [await deployment('minimal'), await deployment('minimal', other)].map((object) =>
    at(object, 'spec.template.metadata'),
  );
  expect(after).toEqual(before);
});

test('every pod runs the same image', async () => {
  const images = podSpecs(await render('production')).map(({ spec }) => at(spec, 'containers.0.image'));
  expect(images).toHaveLength(3);
  expect(new Set(images).size).toBe(1);
});

test('what the process alone decides is said in config, and nowhere else', async () => {
  const admin = { hostNames: ['bridge.example.com'], allowDrain: true };
  const config = parseDocument(await render('minimal', { config: { admin } }));
  expect(config).toMatchObject({ admin: { ...admin, host: '0.0.0.0' } });
  const schema = JSON.parse(readFileSync(join(chartFolder, 'values.schema.json'), 'utf8')) as Tree;
  const places = JSON.stringify({ ...(schema['properties'] as Tree), config: null });
  for (const name of ['hostNames', 'allowDrain']) expect(places).not.toContain(`"${name}"`);
});

function parseDocument(objects: readonly KubernetesObject[]): unknown {
  return objectsOf(fileOf(one(objects, 'ConfigMap', 'nbwss-bridge'), 'nbwss-bridge.yaml'))[0];
}
