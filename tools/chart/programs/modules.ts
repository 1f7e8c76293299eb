/** Go modules from which the tests take files: the API types of Kubernetes, and the CRDs of what the chart's optional objects are for. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { reasonOf, UnavailableError } from '../../../src/errors.ts';

export interface GoModule {
  readonly name: string;
  readonly version: string;
  /** As go.sum has it. */
  readonly sum: string;
  /** The files that are taken. */
  readonly files: readonly string[];
}

export const KUBERNETES: GoModule = {
  name: 'k8s.io/kubernetes',
  version: 'v1.36.3',
  sum: 'h1:qDQdoMiluAE2Eab6Fa52YV+WjiGz9mZFFoagEA6cI+o=',
  files: ['api/openapi-spec/swagger.json'],
};

/** The oldest release that the chart installs on (`kubeVersion` in its Chart.yaml). */
export const OLDEST_KUBERNETES: GoModule = {
  ...KUBERNETES,
  version: 'v1.30.14',
  sum: 'h1:MrlKXh9uhLIJpyxOeXhcndzRVSvwiV9iJ8NgH8nqPsg=',
};

const gatewayKinds = ['tlsroutes', 'httproutes', 'backendtlspolicies'];
const monitoringKinds = ['servicemonitors', 'podmonitors', 'prometheusrules'];

export const CRD_MODULES: readonly GoModule[] = [
  {
    name: 'sigs.k8s.io/gateway-api',
    version: 'v1.6.3',
    sum: 'h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=',
    files: gatewayKinds.map((kind) => `config/crd/standard/gateway.networking.k8s.io_${kind}.yaml`),
  },
  {
    name: 'github.com/cert-manager/cert-manager',
    version: 'v1.21.2',
    sum: 'h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=',
    files: ['deploy/crds/cert-manager.io_certificates.yaml'],
  },
  {
    name: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.85.0',
    sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
    files: monitoringKinds.map(
      (kind) => `example/prometheus-operator-crd/monitoring.coreos.com_${kind}.yaml`,
    ),
  },
];

/** The folder of the module in Go's own cache. @throws UnavailableError when it can't be fetched or isn't what it was */
export async function fetchModule(go: string, { name, version, sum }: GoModule): Promise<string> {
  const { stdout } = await promisify(execFile)(go, ['mod', 'download', '-json', `${name}@${version}`], {
    env: { ...process.env, GOFLAGS: '-mod=mod' },
  }).catch((error: unknown) => {
    throw new UnavailableError(`fetching ${name} ${version}: ${reasonOf(error)}`, 'go-module', error);
  });
  const { Dir: folder, Sum: found } = JSON.parse(stdout) as { readonly Dir: string; readonly Sum: string };
  if (found !== sum)
    throw new UnavailableError(`${name} ${version} is not what it was: ${found}, expected ${sum}`, 'go-sum');
  return folder;
}
