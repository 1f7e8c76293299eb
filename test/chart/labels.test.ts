import { describe, expect, test } from 'vitest';
import { ciNames, objectsOf, render } from '../../tools/chart/render.ts';
import { at } from '../../tools/chart/tree.ts';
import { deployment, one } from './objects.ts';

/** Labels and annotations in every place that takes some, of the same keys wherever they could meet. */
const everywhere = {
  commonLabels: { team: 'common', tier: 'common' },
  podLabels: { team: 'pods' },
  podAnnotations: { note: 'pods' },
  deploymentAnnotations: { note: 'deployment' },
  service: { labels: { team: 'service' }, annotations: { note: 'service' } },
  serviceAccount: { annotations: { note: 'account' } },
  strimzi: { topics: { config: { 'max.message.bytes': 2_097_152 } } },
  metrics: {
    serviceMonitor: { labels: { team: 'monitor' } },
    podMonitor: { labels: { team: 'monitor' } },
    prometheusRule: { labels: { team: 'rules' }, alertLabels: { team: 'alerts' } },
    dashboard: { labels: { team: 'dashboard' }, annotations: { note: 'dashboard' } },
  },
};

/** What every object of the mode carries when nothing is asked for. */
const own = ['app.kubernetes.io/managed-by', 'app.kubernetes.io/part-of', 'helm.sh/chart'];

test.each(ciNames)(
  'no mapping of the mode %s has a key twice, however many values name it, and the labels of the chart stay',
  async (mode) => {
    const objects = await render(mode, everywhere);
    for (const { kind, metadata } of objects.filter((object) => at(object, 'metadata.labels') !== undefined))
      for (const label of own) expect(metadata, `${kind} ${metadata.name}`).toHaveProperty(['labels', label]);
  },
);

test('a rendering with a key twice is found', () => {
  expect(() => objectsOf('kind: Pod\nmetadata:\n  labels: {a: b}\n  labels: {a: c}\n')).toThrow(
    'Map keys must be unique',
  );
});

describe('of a label that several values name', () => {
  const labelsOf = async (mode: string, kind: string, name?: string) =>
    at(one(await render(mode, everywhere), kind, name), 'metadata.labels');

  test("the object's own counts, and without one that of all objects", async () => {
    expect(await labelsOf('minimal', 'Service')).toMatchObject({ team: 'service', tier: 'common' });
    expect(await labelsOf('minimal', 'ConfigMap')).toMatchObject({ team: 'common', tier: 'common' });
    expect(await labelsOf('production', 'ServiceMonitor')).toMatchObject({ team: 'monitor', tier: 'common' });
    expect(await labelsOf('prometheus-operator', 'ConfigMap', 'nbwss-bridge-dashboard')).toMatchObject({
      team: 'dashboard',
      grafana_dashboard: '1',
    });
    expect(at(await deployment('minimal', everywhere), 'spec.template.metadata.labels')).toMatchObject({
      team: 'pods',
      tier: 'common',
    });
  });

  test('what the objects are part of is for the platform to say', async () => {
    const label = 'app.kubernetes.io/part-of';
    const over = { commonLabels: { [label]: 'backup-platform' } };
    const object = await deployment('minimal', over);
    expect(object.metadata['labels']).toMatchObject({ [label]: 'backup-platform' });
    expect(at(object, 'spec.template.metadata.labels')).toMatchObject({ [label]: 'backup-platform' });
  });

  test('an empty one counts as any other', async () => {
    const over = { commonLabels: { team: 'common' }, service: { labels: { team: '' } } };
    expect(at(one(await render('minimal', over), 'Service'), 'metadata.labels.team')).toBe('');
  });
});

test('a label that looks like a number is a text', async () => {
  const objects = await render('minimal', { fullnameOverride: 'bridge' }, '1234');
  const label = 'app.kubernetes.io/instance';
  expect(at(one(objects, 'Service'), 'spec.selector')).toMatchObject({ [label]: '1234' });
  expect(one(objects, 'Service').metadata['labels']).toMatchObject({ [label]: '1234' });
});

test('annotations of the Deployment are not those of its pods', async () => {
  const object = await deployment('minimal', everywhere);
  expect(object.metadata['annotations']).toEqual({ note: 'deployment' });
  expect(at(object, 'spec.template.metadata.annotations')).toEqual({
    note: 'pods',
    'checksum/config': expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});
