/** Kubernetes' own types, and those of CRDs, as schemas that objects are held against: a field that no type has is a problem. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { ApiTypes } from './programs/api-types.ts';
import { at, isTree, type Tree } from './tree.ts';
import { problemsOf, type Schema } from './schema-problems.ts';

/** A Kubernetes object as it is rendered. */
export interface KubernetesObject extends Tree {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Tree & { readonly name: string };
}

export interface KubernetesTypes {
  /** What is wrong with the object, each as "spec.replicas: expected integer"; "no such type" for a kind that nobody has. */
  problemsOf(object: KubernetesObject): readonly string[];
}

/** Of CRDs every version, also one that is served no longer: values may name it for a cluster that isn't new. */
export function loadKubernetesTypes({ swagger, crds, olderCrds }: ApiTypes): KubernetesTypes {
  const { definitions } = JSON.parse(readFileSync(swagger, 'utf8')) as {
    definitions: Record<string, Schema>;
  };
  const types = new Map<string, Schema>();
  for (const definition of Object.values(definitions)) {
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? [])
      types.set(keyOf(group === '' ? version : `${group}/${version}`, kind), definition);
  }
  const metadata: Schema = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };
  for (const file of [...crds, ...olderCrds]) {
    for (const [key, schema] of customTypes(readFileSync(file, 'utf8'))) {
      types.set(key, { ...schema, properties: { ...schema.properties, metadata } });
    }
  }
  return {
    problemsOf(object) {
      const type = types.get(keyOf(object.apiVersion, object.kind));
      return type === undefined
        ? [`${object.apiVersion} ${object.kind}: no such type`]
        : problemsOf(object, type, (name) => definitions[name]);
    },
  };
}

function* customTypes(text: string): Generator<[string, Schema]> {
  for (const document of parseAllDocuments(text)) {
    const crd: unknown = document.toJS();
    if (at(crd, 'kind') !== 'CustomResourceDefinition') continue;
    for (const version of at(crd, 'spec.versions') as Tree[]) {
      const schema = at(version, 'schema.openAPIV3Schema');
      const key = keyOf(
        `${String(at(crd, 'spec.group'))}/${String(version['name'])}`,
        String(at(crd, 'spec.names.kind')),
      );
      if (isTree(schema)) yield [key, schema];
    }
  }
}

function keyOf(apiVersion: string, kind: string): string {
  return `${apiVersion} ${kind}`;
}
