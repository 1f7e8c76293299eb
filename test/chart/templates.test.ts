import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartFolder, render } from '../../tools/chart/render.ts';
import { at } from '../../tools/chart/tree.ts';
import { deployment, fileOf, one } from './objects.ts';

const pod = 'spec.template.spec';
const container = `${pod}.containers.0`;

test('pods are replaced for another configuration, and for nothing else', async () => {
  const annotation = 'spec.template.metadata.annotations.checksum/config';
  const checksum = async (over: object) =>
    at(await deployment('minimal', { ...over }), 'spec.template.metadata.annotations');
  const before = await checksum({});
  expect(before, annotation).toHaveProperty(['checksum/config']);
  expect(await checksum({ config: { log: { level: 'debug' } } })).not.toEqual(before);
  expect(await checksum({ service: { type: 'LoadBalancer' }, commonLabels: { a: 'b' } })).toEqual(before);
});

test('the selector and the labels of the pods leave out what changes with the chart', async () => {
  const object = await deployment('two-primaries-rotation');
  expect(at(object, 'spec.selector.matchLabels')).toEqual({
    'app.kubernetes.io/name': 'nbwss-bridge',
    'app.kubernetes.io/instance': 'nbwss-bridge',
    'app.kubernetes.io/component': 'bridge',
  });
  expect(at(object, 'spec.template.metadata.labels')).toEqual({
    'app.kubernetes.io/name': 'nbwss-bridge',
    'app.kubernetes.io/instance': 'nbwss-bridge',
    'app.kubernetes.io/component': 'bridge',
    'app.kubernetes.io/part-of': 'nbwss-bridge',
    team: 'backup',
    tier: 'edge',
  });
});

test('a roll starts all new replicas before an old one drains', async () => {
  expect(at(await deployment('minimal'), 'spec.strategy.rollingUpdate')).toEqual({
    maxSurge: '100%',
    maxUnavailable: 0,
  });
});

test('the digest of the image wins over its tag', async () => {
  const image = { repository: 'registry.example.com:5000/a/b', tag: '1.2.3' };
  expect(at(await deployment('minimal', { image }), `${container}.image`)).toBe(
    'registry.example.com:5000/a/b:1.2.3',
  );
  const digest = `sha256:${'0'.repeat(64)}`;
  expect(at(await deployment('minimal', { image: { ...image, digest } }), `${container}.image`)).toBe(
    `registry.example.com:5000/a/b@${digest}`,
  );
});

test('ports follow the configuration', async () => {
  const over = { config: { listen: { port: 9443, path: '/other' }, admin: { port: 9191 } } };
  const objects = await render('production', over);
  const ports = at(one(objects, 'Deployment'), `${container}.ports`);
  expect(ports).toMatchObject([{ containerPort: 9443 }, { containerPort: 9191 }]);
  expect(at(one(objects, 'Service', 'nbwss-bridge-admin'), 'spec.ports.0.port')).toBe(9191);
  const probe = one(await render('minimal', over), 'Pod');
  expect(at(probe, 'spec.containers.0.args')).toContain('wss://nbwss-bridge.backup.svc:8443/other');
});

describe('placement', () => {
  test('each spread gets the selector of the pods and their revision, unless it has a selector', async () => {
    const mine = { topologyKey: 'rack', maxSkew: 2, whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} };
    const own = { ...mine, labelSelector: { matchLabels: { a: 'b' } } };
    const object = await deployment('minimal', { topologySpreadConstraints: [mine, own] });
    const selector = at(object, 'spec.selector');
    expect(at(object, `${pod}.topologySpreadConstraints`)).toEqual([
      { ...mine, labelSelector: selector, matchLabelKeys: ['pod-template-hash'] },
      own,
    ]);
  });

  test.each([
    ['soft', 'preferredDuringSchedulingIgnoredDuringExecution'],
    ['hard', 'requiredDuringSchedulingIgnoredDuringExecution'],
  ])('antiAffinity %s keeps replicas apart, beside an affinity of nodes', async (antiAffinity, kind) => {
    const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [] };
    const affinity = at(
      await deployment('minimal', { antiAffinity, affinity: { nodeAffinity } }),
      `${pod}.affinity`,
    );
    expect(affinity).toMatchObject({ nodeAffinity, podAntiAffinity: { [kind]: [expect.anything()] } });
  });

  test('antiAffinity none says nothing', async () => {
    expect(at(await deployment('minimal', { antiAffinity: 'none' }), `${pod}.affinity`)).toBeUndefined();
  });
});

test.each([402_653_184, '384Mi', '0.375Gi', '403M'])(
  'a limit on memory of %s is enough for what may be in flight by default',
  async (memory) => {
    const resources = { limits: { memory }, requests: { memory: '128Mi' } };
    expect(at(await deployment('minimal', { resources }), `${container}.resources.limits.memory`)).toBe(
      memory,
    );
  },
);

test('the grace period may be as short as the drain and the closing of connections', async () => {
  const over = { terminationGracePeriodSeconds: 40 };
  expect(at(await deployment('minimal', over), `${pod}.terminationGracePeriodSeconds`)).toBe(40);
});

test('replicas are left to the autoscaler where there is one', async () => {
  expect(at(await deployment('prometheus-operator'), 'spec')).not.toHaveProperty('replicas');
  expect(at(await deployment('minimal', { replicas: 0 }), 'spec.replicas')).toBe(0);
});

describe('network policy', () => {
  test('lets in NetBackup and the test at the endpoint, and the namespace and Prometheus at the admin port', async () => {
    const policy = one(await render('production'), 'NetworkPolicy');
    expect(at(policy, 'spec.ingress')).toMatchObject([
      {
        ports: [{ port: 'nbwss' }],
        from: [{ ipBlock: {} }, { podSelector: { matchLabels: { 'app.kubernetes.io/component': 'test' } } }],
      },
      { ports: [{ port: 'admin' }], from: [{ podSelector: {} }, { namespaceSelector: {} }] },
    ]);
    expect(at(policy, 'spec.policyTypes')).toEqual(['Ingress', 'Egress']);
    expect(at(policy, 'spec.egress.0.ports')).toMatchObject([{ port: 53 }, { port: 53 }]);
  });

  test('is there unless it is switched off: everybody reaches the endpoint, the namespace alone the admin port, and the bridge everything', async () => {
    const policy = one(await render('minimal'), 'NetworkPolicy');
    expect(at(policy, 'spec.ingress')).toEqual([
      { ports: [{ port: 'nbwss', protocol: 'TCP' }] },
      { ports: [{ port: 'admin', protocol: 'TCP' }], from: [{ podSelector: {} }] },
    ]);
    expect(at(policy, 'spec.policyTypes')).toEqual(['Ingress']);
    const off = await render('minimal', { networkPolicy: { enabled: false } });
    expect(off.map(({ kind }) => kind)).not.toContain('NetworkPolicy');
  });

  test('is about the pods of the bridge, and holds up neither the test nor the Job of the schemas', async () => {
    const objects = await render('production', { schemasJob: { enabled: true } });
    const chosen = at(one(objects, 'NetworkPolicy'), 'spec.podSelector.matchLabels') as object;
    expect(at(one(objects, 'Deployment'), 'spec.template.metadata.labels')).toMatchObject(chosen);
    for (const labels of [
      at(one(objects, 'Pod'), 'metadata.labels'),
      at(one(objects, 'Job'), 'spec.template.metadata.labels'),
    ])
      expect(labels).not.toMatchObject(chosen);
  });
});

test("the dashboard is the file, for Grafana's sidecar", async () => {
  const dashboard = one(await render('prometheus-operator'), 'ConfigMap', 'nbwss-bridge-dashboard');
  const file = readFileSync(join(chartFolder, 'files/dashboard.json'), 'utf8');
  expect(JSON.parse(fileOf(dashboard, 'nbwss-bridge.json'))).toEqual(JSON.parse(file));
  expect(dashboard.metadata['labels']).toMatchObject({ grafana_dashboard: '1' });
});

test('a Prometheus finds the monitor by its labels, and the monitor the pods', async () => {
  const objects = await render('production');
  const selector = at(one(objects, 'ServiceMonitor'), 'spec.selector.matchLabels');
  const admin = one(objects, 'Service', 'nbwss-bridge-admin');
  expect(admin.metadata['labels']).toMatchObject(selector as object);
  expect(one(objects, 'Service', 'nbwss-bridge').metadata['labels']).not.toMatchObject(selector as object);
  expect(at(admin, 'spec.selector')).toEqual(at(one(objects, 'Deployment'), 'spec.selector.matchLabels'));
});

describe('schemas job', () => {
  test('runs before the release with a configuration of its own, and sees the secrets of the registry alone', async () => {
    const objects = await render('production');
    const job = one(objects, 'Job');
    expect(job.metadata['annotations']).toMatchObject({ 'helm.sh/hook': 'pre-install,pre-upgrade' });
    const names = (at(job, `${pod}.volumes`) as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(['config', 'registry-ca', 'registry-password']);
    const own = one(objects, 'ConfigMap', 'nbwss-bridge-schemas');
    expect(own['data']).toEqual(one(objects, 'ConfigMap', 'nbwss-bridge')['data']);
    expect(own.metadata['annotations']).toMatchObject({ 'helm.sh/hook-weight': '-1' });
  });

  test("doesn't use the release's ServiceAccount, which isn't there yet", async () => {
    expect(at(one(await render('production'), 'Job'), pod)).not.toHaveProperty('serviceAccountName');
    const serviceAccount = { create: false, name: 'mine' };
    expect(at(one(await render('production', { serviceAccount }), 'Job'), `${pod}.serviceAccountName`)).toBe(
      'mine',
    );
  });
});

test('large numbers stay whole numbers', async () => {
  const config = one(await render('production'), 'ConfigMap', 'nbwss-bridge');
  const document: unknown = parse(fileOf(config, 'nbwss-bridge.yaml'));
  expect(at(document, 'limits.inFlight.maxBytes')).toBe(67_108_864);
});

test('further objects are mappings or templates', async () => {
  const objects = await render('two-primaries-rotation');
  expect(one(objects, 'ConfigMap', 'nbwss-bridge-contact')['data']).toEqual({ team: 'backup' });
  expect(one(objects, 'Secret')).toBeDefined();
});
