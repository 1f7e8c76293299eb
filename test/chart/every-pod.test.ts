/** What the values give to a pod, each of the three gets: the bridge's, the Job's, and that of `helm test`. */
import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../tools/chart/kubernetes-types.ts';
import { render } from '../../tools/chart/render.ts';
import { at, type Tree } from '../../tools/chart/tree.ts';
import { one, podSpecs } from './objects.ts';

const volumes = [{ name: 'agent', emptyDir: {} }];
const mounts = [{ name: 'agent', mountPath: '/agent', readOnly: true }];
const labels = { tier: 'edge' };
const annotations = { note: 'mine' };
const hostAliases = [{ ip: '10.0.0.5', hostnames: ['kafka-0.example.com'] }];
const dnsConfig = { nameservers: ['10.0.0.53'], options: [{ name: 'ndots', value: '1' }] };

const all = {
  schemasJob: { enabled: true },
  extraVolumes: volumes,
  extraVolumeMounts: mounts,
  extraEnv: [{ name: 'TZ', value: 'UTC' }],
  podLabels: labels,
  podAnnotations: annotations,
  hostAliases,
  dnsPolicy: 'None',
  dnsConfig,
};

test('volumes, mounts and variables', async () => {
  for (const { of, spec } of await pods()) {
    expect(spec['volumes'], of).toEqual(expect.arrayContaining(volumes));
    expect(at(spec, 'containers.0.volumeMounts'), of).toEqual(expect.arrayContaining(mounts));
    expect(at(spec, 'containers.0.env'), of).toContainEqual(all.extraEnv[0]);
  }
});

test('names and how they are found', async () => {
  for (const { of, spec } of await pods())
    expect(spec, of).toMatchObject({ hostAliases, dnsPolicy: 'None', dnsConfig });
  for (const { spec } of podSpecs(await render('production')))
    for (const name of ['hostAliases', 'dnsPolicy', 'dnsConfig']) expect(spec).not.toHaveProperty(name);
});

test('labels and annotations, beside those by which the chart and Helm tell the pods apart', async () => {
  const objects = await render('minimal', all);
  const job = at(one(objects, 'Job'), 'spec.template.metadata') as Tree;
  const probe = one(objects, 'Pod').metadata;
  const bridge = at(one(objects, 'Deployment'), 'spec.template.metadata') as Tree;
  for (const metadata of [bridge, job, probe]) expect(metadata).toMatchObject({ labels, annotations });
  const selector = at(one(objects, 'Deployment'), 'spec.selector.matchLabels');
  expect(bridge['labels']).toMatchObject(selector as object);
  for (const metadata of [job, probe]) expect(metadata['labels']).not.toMatchObject(selector as object);
  expect(job['annotations']).toEqual(annotations);
  expect(probe['annotations']).toMatchObject({ 'helm.sh/hook': 'test' });
});

test('without any the pods have no annotations but those of the chart', async () => {
  const objects = await render('minimal', { schemasJob: { enabled: true } });
  expect(at(one(objects, 'Job'), 'spec.template.metadata')).not.toHaveProperty('annotations');
});

async function pods() {
  const objects: readonly KubernetesObject[] = await render('minimal', all);
  const found = podSpecs(objects);
  expect(found.map(({ of }) => of).sort()).toEqual([
    'Deployment nbwss-bridge',
    'Job nbwss-bridge-schemas',
    'Pod nbwss-bridge-test',
  ]);
  return found;
}
