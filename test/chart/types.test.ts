import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type KubernetesTypes, loadKubernetesTypes } from '../../tools/chart/kubernetes-types.ts';
import { fetchApiTypes } from '../../tools/chart/programs/api-types.ts';
import { OLDEST_KUBERNETES } from '../../tools/chart/programs/modules.ts';
import { chartFolder, ciNames, objectsOf, render } from '../../tools/chart/render.ts';
import type { Tree } from '../../tools/chart/tree.ts';

let types: KubernetesTypes;
let oldestTypes: KubernetesTypes;

beforeAll(async () => {
  const files = await fetchApiTypes();
  types = loadKubernetesTypes(files);
  oldestTypes = loadKubernetesTypes({ ...files, swagger: files.oldestSwagger });
}, 600_000);

test('the oldest Kubernetes whose types are asked is the oldest that the chart installs on', () => {
  const { kubeVersion } = parse(readFileSync(join(chartFolder, 'Chart.yaml'), 'utf8')) as Tree;
  const [, minor] = /^v(\d+\.\d+)\./.exec(OLDEST_KUBERNETES.version) ?? [];
  expect(kubeVersion).toMatch(new RegExp(`^>=${minor}\\.0`));
});

test.each(ciNames)(
  "every object of the mode %s has the fields of Kubernetes' types, of the newest release and the oldest, and no other",
  async (mode) => {
    for (const object of await render(mode)) {
      const name = `${object.kind} ${object.metadata.name}`;
      expect(types.problemsOf(object), name).toEqual([]);
      expect(oldestTypes.problemsOf(object), `${name}, oldest`).toEqual([]);
    }
  },
);

test.each([
  ['strimzi', 'KafkaTopic', { strimzi: { apiVersion: 'kafka.strimzi.io/v1beta2' } }],
  ['strimzi-scram', 'KafkaUser', { strimzi: { apiVersion: 'kafka.strimzi.io/v1beta2' } }],
  [
    'gateway-tlsroute',
    'TLSRoute',
    { gateway: { tlsRoute: { apiVersion: 'gateway.networking.k8s.io/v1alpha3' } } },
  ],
  [
    'gateway-tlsroute',
    'TLSRoute',
    { gateway: { tlsRoute: { apiVersion: 'gateway.networking.k8s.io/v1alpha2' } } },
  ],
  [
    'gateway-httproute',
    'BackendTLSPolicy',
    { gateway: { backendTlsPolicy: { apiVersion: 'gateway.networking.k8s.io/v1alpha3' } } },
  ],
])('an older version of the mode %s, of %s, has the same fields', async (mode, kind, older) => {
  const objects = (await render(mode, older)).filter((object) => object.kind === kind);
  expect(objects).not.toEqual([]);
  expect(JSON.stringify(older)).toContain(objects[0]?.apiVersion);
  expect(objects.flatMap((object) => types.problemsOf(object))).toEqual([]);
});

test.each([
  ['a topic', 'kind: KafkaTopic', 'spec: {partitons: 1}', 'spec.partitons: no such field'],
  [
    'a user',
    'kind: KafkaUser',
    'spec: {authentication: {type: tsl}}',
    'spec.authentication.type: expected one of',
  ],
])('of Strimzi %s with a mistake is found', (_, kind, spec, problem) => {
  const [object] = objectsOf(`{apiVersion: kafka.strimzi.io/v1, ${kind}, metadata: {name: a}, ${spec}}`);
  expect(object && types.problemsOf(object).join()).toContain(problem);
});

test('the modes together render every template', async () => {
  const kinds = new Set(
    (await Promise.all(ciNames.map((mode) => render(mode)))).flat().map(({ kind }) => kind),
  );
  expect([...kinds].sort()).toMatchInlineSnapshot(`
    [
      "BackendTLSPolicy",
      "Certificate",
      "ConfigMap",
      "Deployment",
      "HTTPRoute",
      "HorizontalPodAutoscaler",
      "Ingress",
      "Job",
      "KafkaTopic",
      "KafkaUser",
      "NetworkPolicy",
      "Pod",
      "PodDisruptionBudget",
      "PodMonitor",
      "PrometheusRule",
      "Secret",
      "Service",
      "ServiceAccount",
      "ServiceMonitor",
      "TLSRoute",
    ]
  `);
});

test.each([
  ['a misspelt field', 'replica: 2', 'spec.replica: no such field'],
  ['a text for a number', 'replicas: "2"', 'spec.replicas: expected integer, is "2"'],
  ['a missing field', 'replicas: 2', 'spec.selector: is missing'],
])('%s is found', (_, spec, problem) => {
  const [object] = objectsOf(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {${spec}}}`);
  expect(object && types.problemsOf(object)).toContain(problem);
});

test('a kind that nobody has is found', () => {
  const [object] = objectsOf('{apiVersion: apps/v1, kind: Deploiment, metadata: {name: a}}');
  expect(object && types.problemsOf(object)).toEqual(['apps/v1 Deploiment: no such type']);
});
