/** Looking into a rendering. */
import type { KubernetesObject } from '../../tools/chart/kubernetes-types.ts';
import { render } from '../../tools/chart/render.ts';
import { at, type Tree } from '../../tools/chart/tree.ts';

/** The one object of a kind (with that name). @throws Error when there is none, or more than one */
export function one(objects: readonly KubernetesObject[], kind: string, name?: string): KubernetesObject {
  const found = objects.filter(
    (each) => each.kind === kind && (name === undefined || each.metadata.name === name),
  );
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`${found.length} objects of kind ${kind} ${name ?? ''}`);
  return first;
}

/** The bridge's Deployment of a mode. */
export async function deployment(mode: string, over: Tree = {}): Promise<KubernetesObject> {
  return one(await render(mode, over), 'Deployment');
}

export interface PodSpec {
  /** "Deployment nbwss-bridge" */
  readonly of: string;
  readonly spec: Tree;
}

/** The specification of every pod that these objects make. */
export function podSpecs(objects: readonly KubernetesObject[]): readonly PodSpec[] {
  return objects.flatMap((object) => {
    const spec = object.kind === 'Pod' ? object['spec'] : at(object, 'spec.template.spec');
    return spec === undefined ? [] : [{ of: `${object.kind} ${object.metadata.name}`, spec: spec as Tree }];
  });
}

/** A file of a ConfigMap. */
export function fileOf(configMap: KubernetesObject, name: string): string {
  return (configMap['data'] as Record<string, string>)[name] ?? '';
}
