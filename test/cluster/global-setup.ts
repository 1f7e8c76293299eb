/** Vitest's global set-up: one control plane for the whole run, with the CRDs and the namespace, its kubeconfig by `inject`. */
import type { TestProject } from 'vitest/node';
import { fetchApiTypes } from '../../tools/chart/programs/api-types.ts';
import { release } from '../../tools/chart/render.ts';
import { startControlPlane } from '../../tools/cluster/control-plane.ts';
import { fetchHelm3 } from '../../tools/cluster/helm3.ts';
import { kubectl } from './commands.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    kubeconfig: string;
    /** The program. */
    helm3: string;
  }
}

const progress = (line: string) => void process.stderr.write(`${line}\n`);

/** Starts it; the function that it resolves to stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { crds } = await fetchApiTypes(progress);
  project.provide('helm3', await fetchHelm3(progress));
  const cluster = await startControlPlane(progress);
  const { kubeconfig } = cluster;
  const files = crds.flatMap((file) => ['--filename', file]);
  await kubectl(kubeconfig, ['apply', '--server-side', ...files]);
  await kubectl(kubeconfig, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  await kubectl(
    kubeconfig,
    ['apply', '--filename', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: surroundings }),
  );
  project.provide('kubeconfig', kubeconfig);
  return async () => {
    await cluster[Symbol.asyncDispose]();
  };
}

const restricted = Object.fromEntries(
  ['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
);

/** What the values refer to: a namespace that enforces the profile, a priority class, two nodes in two zones. */
const surroundings = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: release.namespace, labels: restricted } },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'backup-critical' },
    value: 1000,
  },
  ...['a', 'b'].map((zone) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `node-${zone}`,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: {
        'kubernetes.io/os': 'linux',
        'kubernetes.io/hostname': `node-${zone}`,
        'topology.kubernetes.io/zone': zone,
      },
    },
  })),
];
