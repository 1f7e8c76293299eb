import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { chartFolder, ciFile, ciNames, objectsOf, release, render } from '../../tools/chart/render.ts';
import { kubectl } from './commands.ts';

const here = ['--namespace', release.namespace];

/** Helm 3; rejects with what it says when it fails. */
async function helm3(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(inject('helm3'), [...args], {
    timeout: 120_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout;
}

test('it is the oldest one that the chart is for', async () => {
  expect(await helm3(['version', '--short'])).toMatch(/^v3\.18\b/);
});

test.each(ciNames)('Helm 3 makes the same objects of the mode %s as Helm 4', async (mode) => {
  const args = ['template', release.name, chartFolder, ...here, '--kube-version', '1.36'];
  expect(objectsOf(await helm3([...args, '--values', ciFile(mode)]))).toEqual(await render(mode));
});

test('Helm 3 tells what is wrong with the values in the same sentences', async () => {
  const wrong = ['--set', 'image.repository=', '--kube-version', '1.36'];
  const args = ['template', release.name, chartFolder, '--values', ciFile('minimal')];
  await expect(helm3([...args, ...wrong])).rejects.toThrow('- image.repository is not set: build the image');
  const nothing = ['--set-json', 'tokens=null', '--kube-version', '1.36'];
  await expect(helm3([...args, ...nothing])).rejects.toThrow(
    '- tokens is null, or there is nothing below it',
  );
});

test('Helm 3 installs, upgrades and uninstalls the production values', async () => {
  const kubeconfig = ['--kubeconfig', inject('kubeconfig')];
  // Helm 3 waits for the address of a load balancer, which nobody gives here.
  const clusterIp = ['--set', 'service.type=ClusterIP', '--set-json', 'service.loadBalancerSourceRanges=[]'];
  const values = ['--values', ciFile('production'), ...clusterIp, '--wait', '--timeout', '60s'];
  await helm3([...kubeconfig, 'install', 'three', chartFolder, ...here, ...values]);
  await helm3([...kubeconfig, 'upgrade', 'three', chartFolder, ...here, ...values, '--set', 'replicas=3']);
  const { stdout } = await kubectl(inject('kubeconfig'), [
    'get',
    'deployment',
    'three-nbwss-bridge',
    '--output=jsonpath={.status.readyReplicas}',
    ...here,
  ]);
  expect(stdout).toBe('3');
  await helm3([...kubeconfig, 'uninstall', 'three', ...here, '--wait', '--timeout', '60s']);
}, 300_000);
