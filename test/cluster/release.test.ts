import { expect, inject, test } from 'vitest';
import { chartFolder, ciFile, release } from '../../tools/chart/render.ts';
import { at, type Tree } from '../../tools/chart/tree.ts';
import { helmIn, kubectl } from './commands.ts';

const kubeconfig = inject('kubeconfig');
const here = ['--namespace', release.namespace];
const values = ['--values', ciFile('production'), '--wait', '--timeout', '60s'];

/** The parts are one release's life, in its order. */
test('the production values are installed, upgraded, rolled back and uninstalled, each until it is so', async () => {
  await helmIn(kubeconfig, ['install', release.name, chartFolder, ...here, ...values]);
  const installed = await deployment();
  expect(at(installed, 'status')).toMatchObject({ readyReplicas: 2, updatedReplicas: 2 });
  expect(await zonesOfPods()).toEqual(['node-a', 'node-b']);

  const debug = ['--set', 'config.log.level=debug', '--set', 'replicas=4'];
  await helmIn(kubeconfig, ['upgrade', release.name, chartFolder, ...here, ...values, ...debug]);
  expect(at(await deployment(), 'status')).toMatchObject({ readyReplicas: 4, updatedReplicas: 4 });
  expect(await configuration()).toContain('level: debug');

  await helmIn(kubeconfig, ['rollback', release.name, '1', ...here, '--wait', '--timeout', '60s']);
  const rolledBack = await deployment();
  expect(at(rolledBack, 'spec.template')).toEqual(at(installed, 'spec.template'));
  expect(at(rolledBack, 'status')).toMatchObject({ readyReplicas: 2 });
  expect(await configuration()).not.toContain('level: debug');

  await helmIn(kubeconfig, ['uninstall', release.name, ...here, '--wait', '--timeout', '60s']);
  const { stdout } = await kubectl(kubeconfig, [
    'get',
    'deployments,pods,services,configmaps,networkpolicies,poddisruptionbudgets,prometheusrules,servicemonitors,jobs',
    '--selector',
    `app.kubernetes.io/instance=${release.name}`,
    '--output',
    'name',
    ...here,
  ]);
  expect(stdout).toBe('');
}, 300_000);

test('the topics of Strimzi outlive the release', async () => {
  const strimzi = ['--values', ciFile('strimzi'), '--wait', '--timeout', '60s'];
  await helmIn(kubeconfig, ['install', 'kept', chartFolder, ...here, ...strimzi]);
  await helmIn(kubeconfig, ['uninstall', 'kept', ...here, '--wait', '--timeout', '60s']);
  const { stdout } = await kubectl(kubeconfig, [
    'get',
    'kafkatopics,kafkausers',
    '--output',
    'name',
    ...here,
  ]);
  expect(stdout.trim().split('\n').sort()).toEqual(
    ['dead-letters', 'images', 'jobs', 'replays'].map(
      (name) => `kafkatopic.kafka.strimzi.io/kept-nbwss-bridge-${name}`,
    ),
  );
}, 120_000);

async function deployment(): Promise<Tree> {
  const { stdout } = await kubectl(kubeconfig, [
    'get',
    'deployment',
    release.name,
    '--output',
    'json',
    ...here,
  ]);
  return JSON.parse(stdout) as Tree;
}

async function configuration(): Promise<string> {
  const path = '--output=jsonpath={.data.nbwss-bridge\\.yaml}';
  const { stdout } = await kubectl(kubeconfig, ['get', 'configmap', release.name, path, ...here]);
  return stdout;
}

/** The nodes that the bridge's pods are on. */
async function zonesOfPods(): Promise<readonly string[]> {
  const selector = 'app.kubernetes.io/component=bridge';
  const names = '--output=jsonpath={.items[*].spec.nodeName}';
  const { stdout } = await kubectl(kubeconfig, ['get', 'pods', '--selector', selector, names, ...here]);
  return stdout.split(' ').sort();
}
