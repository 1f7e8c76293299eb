/** The rules by which kwok plays nodes and pods, from its module. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Nodes that are ready, pods that run at once, pods of Jobs that complete, pods that go when they are deleted. */
const files = [
  'node/fast/node-initialize.yaml',
  'node/heartbeat/node-heartbeat.yaml',
  'pod/fast/pod-ready.yaml',
  'pod/fast/pod-complete.yaml',
  'pod/fast/pod-delete.yaml',
];

/** One YAML text of all of them. @param folder of kwok's module */
export async function stagesFrom(folder: string): Promise<string> {
  const texts = await Promise.all(
    files.map((file) => readFile(join(folder, 'kustomize/stage', file), 'utf8')),
  );
  return texts.join('\n---\n');
}
