import { stringify } from 'yaml';
import { removedSettings } from '../../src/config/removed.ts';
import { sections, settings } from '../../src/config/settings.ts';
import type { Tree } from './tree.ts';

/** The service's defaults as the chart reads them, every section there: files/config-defaults.yaml. */
export function renderConfigDefaults(): string {
  const tree: Tree = {};
  for (const { path } of sections) put(tree, path, {});
  for (const setting of settings) if (setting.default !== undefined) put(tree, setting.path, setting.default);
  return `# Generated from src/config by tools/chart/main.ts. Change the schema, then run: npm run docs\n${stringify(tree)}`;
}

/** What became of settings that are gone, by their paths: files/removed-settings.yaml. */
export function renderRemovedSettings(): string {
  const sentences = Object.fromEntries(removedSettings.map(({ path, sentence }) => [path, sentence]));
  return `# Generated from src/config/removed.ts by tools/chart/main.ts. Change that, then run: npm run docs\n${stringify(sentences, { lineWidth: 0 })}`;
}

function put(tree: Tree, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop();
  let at = tree;
  for (const key of keys) at = (at[key] ??= {}) as Tree;
  if (last !== undefined) at[last] = value;
}
