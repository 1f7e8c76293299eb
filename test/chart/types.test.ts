import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type KubernetesTypes, loadKubernetesTypes } from '../../tools/chart/kubernetes-types.ts';
import { fetchApiTypes } from '../../tools/chart/programs/api-types.ts';
import { ciNames, objectsOf, render } from '../../tools/chart/render.ts';

let types: KubernetesTypes;

beforeAll(async () => {
  types = loadKubernetesTypes(await fetchApiTypes(), [join(import.meta.dirname, 'crds/strimzi.yaml')]);
}, 600_000);

test.each(ciNames)(
  "every object of the mode %s has the fields of Kubernetes' types, and no other",
  async (mode) => {
    const problems = (await render(mode)).flatMap((object) =>
      types.problemsOf(object).map((problem) => `${object.kind} ${object.metadata.name}: ${problem}`),
    );
    expect(problems).toEqual([]);
  },
);

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
