import { stringify } from 'yaml';
import { sections, settings } from '../../src/config/settings.ts';
import type { Tree } from './tree.ts';

/** The service's defaults as the chart reads them, every section there: files/config-defaults.yaml. */
export function renderConfigDefaults(): string {
  const tree: Tree = {};
  for (const { path } of sections) put(tree, path, {});
  for (const setting of settings) if (setting.default !== undefined) put(tree, setting.path, setting.default);
  return `# Generated from src/config by tools/chart/main.ts. Change the schema, then run: npm run docs\n${stringify(tree)}`;
}

function put(tree: Tree, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop();
  let at = tree;
  for (const key of keys) at = (at[key] ??= {}) as Tree;
  if (last !== undefined) at[last] = value;
}
