/** Puts swagger.json, that of the oldest Kubernetes below `oldest`, and the CRDs into the folder that the argument names. */
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fetchGo } from './go.ts';
import { CRD_MODULES, fetchModule, KUBERNETES, OLDEST_KUBERNETES } from './modules.ts';

const [into = '.'] = process.argv.slice(2);
const go = await fetchGo();
const targets = new Map([
  [KUBERNETES, into],
  [OLDEST_KUBERNETES, join(into, 'oldest')],
  ...CRD_MODULES.map((module) => [module, join(into, 'crds')] as const),
]);
for (const [module, target] of targets) {
  const folder = await fetchModule(go, module);
  await mkdir(target, { recursive: true });
  for (const file of module.files) await copyFile(join(folder, file), join(target, basename(file)));
}
