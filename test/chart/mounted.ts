/** What a rendered pod has in its files, written below a folder in place of /etc/nbwss-bridge. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { KubernetesObject } from '../../tools/chart/kubernetes-types.ts';
import { at, type Tree } from '../../tools/chart/tree.ts';
import { fileOf } from './objects.ts';

const root = '/etc/nbwss-bridge';

interface Mount {
  readonly path: string;
  readonly volume: Tree | undefined;
}

/** The files, and whole directories, at the mount paths of a pod's first container. */
export function mountedFiles(pod: unknown): string[] {
  return mountsOf(pod).flatMap(filesOf);
}

/**
 * Writes what a pod mounts: of a ConfigMap in the rendering its files, of anything else what `contents` has for the file's path.
 * A whole directory has the files of `directory`.
 * @returns what puts the folder into a text in place of /etc/nbwss-bridge
 */
export function mountAt(
  folder: string,
  { objects, pod }: { readonly objects: readonly KubernetesObject[]; readonly pod: unknown },
  contents: (file: string) => string,
  directory: readonly string[] = ['primary1.example.com'],
): (text: string) => string {
  const here = (text: string): string => text.replaceAll(root, folder);
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(here(file)), { recursive: true });
    writeFileSync(here(file), text, { mode: 0o440 });
  };
  for (const mount of mountsOf(pod).filter(({ path }) => path.startsWith(`${root}/`))) {
    const map = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === at(mount.volume, 'configMap.name'),
    );
    if (map !== undefined) {
      for (const name of Object.keys(map['data'] as Tree))
        write(join(mount.path, name), here(fileOf(map, name)));
    } else {
      const files = filesOf(mount).flatMap((file) =>
        file === mount.path ? directory.map((name) => join(file, name)) : [file],
      );
      for (const file of files) write(file, contents(file));
    }
  }
  return here;
}

/** The bridge's own variables of a container, none where it has no variables; their paths as `here` has them. */
export function envOf(variables: unknown, here: (text: string) => string): Record<string, string> {
  const given = (variables ?? []) as readonly { readonly name: string; readonly value?: string }[];
  const ours = given.filter(({ name }) => name.startsWith('NBWSS_'));
  return Object.fromEntries(ours.map(({ name, value = '' }) => [name, here(value)]));
}

function mountsOf(pod: unknown): Mount[] {
  const mounts = at(pod, 'containers.0.volumeMounts') as { name: string; mountPath: string }[];
  const volumes = at(pod, 'volumes') as Tree[];
  return mounts.map(({ name, mountPath }) => ({
    path: mountPath,
    volume: volumes.find((each) => each['name'] === name),
  }));
}

function filesOf({ path, volume }: Mount): string[] {
  const items = at(volume, 'secret.items') ?? at(volume, 'configMap.items');
  return items === undefined ? [path] : (items as { path: string }[]).map((item) => `${path}/${item.path}`);
}
