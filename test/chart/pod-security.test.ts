import { describe, expect, test } from 'vitest';
import { ciNames, render } from '../../tools/chart/render.ts';
import { at, isTree, type Tree } from '../../tools/chart/tree.ts';
import { elsewhere } from './contradictions/contradiction.ts';
import { one, type PodSpec, podSpecs } from './objects.ts';

/** The volumes that the profile "restricted" allows (Pod Security Standards, "Volume Types"). */
const allowedVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** The controls of the profiles "baseline" and "restricted", by their names there. */
const controls: Readonly<Record<string, (pod: Tree, container: Tree) => boolean>> = {
  'Host Namespaces': (pod) => ['hostNetwork', 'hostPID', 'hostIPC'].every((name) => pod[name] !== true),
  'Privileged Containers': (_, container) => at(container, 'securityContext.privileged') !== true,
  Capabilities: (_, container) =>
    JSON.stringify(at(container, 'securityContext.capabilities')) === '{"drop":["ALL"]}',
  'Host Ports': (_, { ports = [] }) => (ports as Tree[]).every(({ hostPort }) => hostPort === undefined),
  'Volume Types': ({ volumes = [] }) =>
    (volumes as Tree[]).every((volume) =>
      Object.keys(volume).every((key) => key === 'name' || allowedVolumes.includes(key)),
    ),
  'Privilege Escalation': (_, container) =>
    at(container, 'securityContext.allowPrivilegeEscalation') === false,
  'Running as Non-root': (pod) => at(pod, 'securityContext.runAsNonRoot') === true,
  'Running as Non-root user': (pod) => at(pod, 'securityContext.runAsUser') !== 0,
  Seccomp: (pod) => at(pod, 'securityContext.seccompProfile.type') === 'RuntimeDefault',
  Sysctls: (pod) => at(pod, 'securityContext.sysctls') === undefined,
  'Windows HostProcess': (pod) => at(pod, 'securityContext.windowsOptions') === undefined,
  'AppArmor and SELinux': (pod, container) =>
    [pod, container].every(
      (each) =>
        at(each, 'securityContext.appArmorProfile') === undefined &&
        at(each, 'securityContext.seLinuxOptions') === undefined,
    ),
};

/** What this chart promises beyond the profile. */
const promises: Readonly<Record<string, (pod: Tree, container: Tree) => boolean>> = {
  'a root file system that nobody writes': (_, container) =>
    at(container, 'securityContext.readOnlyRootFilesystem') === true,
  'user and group 65532': (pod) =>
    at(pod, 'securityContext.runAsUser') === 65532 && at(pod, 'securityContext.runAsGroup') === 65532,
  "no token of Kubernetes'": (pod) => pod['automountServiceAccountToken'] === false,
  'no variables of other Services': (pod) => pod['enableServiceLinks'] === false,
  'requests, a limit on memory and none on CPU': (_, { resources }) =>
    at(resources, 'requests.cpu') !== undefined &&
    at(resources, 'limits.memory') !== undefined &&
    at(resources, 'limits.cpu') === undefined,
  'directories mounted read-only, never a subPath': (_, { volumeMounts = [] }) =>
    (volumeMounts as Tree[]).every(({ readOnly, subPath }) => readOnly === true && subPath === undefined),
};

function brokenBy({ of, spec }: PodSpec): string[] {
  const containers = [spec['containers'], spec['initContainers'] ?? []].flat().filter(isTree);
  return containers.flatMap((container) =>
    Object.entries({ ...controls, ...promises }).flatMap(([name, holds]) =>
      holds(spec, container) ? [] : [`${of}: ${name}`],
    ),
  );
}

test.each(ciNames)('every pod of the mode %s is within Pod Security "restricted", and more', async (mode) => {
  const pods = podSpecs(await render(mode));
  expect(pods.length).toBeGreaterThan(0);
  expect(pods.flatMap(brokenBy)).toEqual([]);
});

describe('the audit finds', () => {
  test.each([
    ['Host Namespaces', { hostNetwork: true }, {}],
    ['Volume Types', { volumes: [{ name: 'x', hostPath: { path: '/' } }] }, {}],
    ['Running as Non-root', { securityContext: { runAsNonRoot: false } }, {}],
    ['Seccomp', { securityContext: { seccompProfile: { type: 'Unconfined' } } }, {}],
    ['Host Ports', {}, { ports: [{ containerPort: 1, hostPort: 1 }] }],
    ['Capabilities', {}, { securityContext: { capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } } }],
    ['Privileged Containers', {}, { securityContext: { privileged: true } }],
  ])('%s', (name, pod, container) => {
    const containers = [{ name: 'x', ...container }];
    expect(brokenBy({ of: 'Pod x', spec: { containers, ...pod } })).toContain(`Pod x: ${name}`);
  });
});

test('without a Secret of the chart any group will do', async () => {
  const objects = await render('minimal', {
    ...elsewhere,
    security: { fsGroup: null },
    tls: { existingSecret: '' },
    tokens: { existingSecret: '' },
    test: { enabled: false },
    config: {
      listen: { tls: { certFile: '/agent/tls.crt', keyFile: '/agent/tls.key' } },
      credentials: { tokenDirectory: '/agent/tokens' },
    },
  });
  expect(at(one(objects, 'Deployment'), 'spec.template.spec.securityContext')).not.toHaveProperty('fsGroup');
});

test('the user is left to the cluster where the values say null (OpenShift)', async () => {
  const security = { runAsUser: null, runAsGroup: null, fsGroup: null };
  for (const { spec } of podSpecs(await render('production', { security }))) {
    expect(spec['securityContext']).toEqual({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  }
});
