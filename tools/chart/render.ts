/** The chart as Helm renders it. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { reasonOf } from '../../src/errors.ts';
import type { KubernetesObject } from './kubernetes-types.ts';
import { fetchHelm } from './programs/helm.ts';
import { isTree, type Tree } from './tree.ts';

export const chartFolder = join(import.meta.dirname, '../../helm/nbwss-bridge');
const ciFolder = join(chartFolder, 'ci');

/** The names of the modes in ci/: "minimal". */
export const ciNames: readonly string[] = readdirSync(ciFolder).map((file) =>
  file.replace('-values.yaml', ''),
);

export function ciFile(name: string): string {
  return join(ciFolder, `${name}-values.yaml`);
}

/** The release that every rendering is for. */
export const release = { name: 'nbwss-bridge', namespace: 'backup' };

export interface HelmResult {
  readonly failed: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Helm; never rejects for what Helm says. `input` is the values file "-". */
export async function helm(args: readonly string[], input = ''): Promise<HelmResult> {
  const { helm: program } = await fetchHelm();
  const running = promisify(execFile)(program, args, { timeout: 60_000, maxBuffer: 16 * 1024 * 1024 });
  running.child.stdin?.on('error', () => {}).end(input);
  return await running.then(
    ({ stdout, stderr }) => ({ failed: false, stdout, stderr }),
    (error: unknown) => {
      const { stdout = '', stderr = reasonOf(error) } = error as Partial<HelmResult>;
      return { failed: true, stdout, stderr };
    },
  );
}

/** Options that a mode's rendering takes besides its values. */
const identity = [chartFolder, '--namespace', release.namespace, '--kube-version', '1.36'];

/** `helm template` with the values of a mode, and others over them, for a release of another name where one is given. */
export async function template(mode: string, over: Tree = {}, name = release.name): Promise<HelmResult> {
  return await helm(
    ['template', name, ...identity, '--values', ciFile(mode), '--values', '-'],
    JSON.stringify(over),
  );
}

/** The objects of a rendering. @throws Error with what Helm says, or what isn't YAML in it */
export async function render(
  mode: string,
  over: Tree = {},
  name = release.name,
): Promise<readonly KubernetesObject[]> {
  const { failed, stdout, stderr } = await template(mode, over, name);
  if (failed) throw new Error(stderr);
  return objectsOf(stdout);
}

/** @throws Error for a key that a mapping has twice, on which a post-renderer of Flux's or Kustomize's stops, and for anything else that isn't YAML */
export function objectsOf(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text, { version: '1.1', uniqueKeys: true })
    .map((document): unknown => {
      for (const error of document.errors) throw error;
      return document.toJS();
    })
    .filter((value): value is KubernetesObject => isTree(value));
}

/** The text that `helm install` ends with. @throws Error with what Helm says */
export async function notes(mode: string, over: Tree = {}): Promise<string> {
  const args = [
    'install',
    release.name,
    ...identity.slice(0, 3),
    '--dry-run=client',
    '--values',
    ciFile(mode),
    '--values',
    '-',
  ];
  const { failed, stdout, stderr } = await helm(args, JSON.stringify(over));
  if (failed) throw new Error(stderr);
  return stdout.slice(stdout.indexOf('NOTES:'));
}
