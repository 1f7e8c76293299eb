/** Puts swagger.json and the CRDs into the folder that the argument names. */
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fetchGo } from './go.ts';
import { CRD_MODULES, fetchModule, KUBERNETES } from './modules.ts';

const [into = '.'] = process.argv.slice(2);
const go = await fetchGo();
await mkdir(join(into, 'crds'));
for (const module of [KUBERNETES, ...CRD_MODULES]) {
  const folder = await fetchModule(go, module);
  const target = module === KUBERNETES ? into : join(into, 'crds');
  for (const file of module.files) await copyFile(join(folder, file), join(target, basename(file)));
}
