/**
 * Writes what is derived in the chart: values.schema.json, the files that the templates read, and the tables of README.md. With --check it writes
 * nothing and exits with 1 when a file isn't what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { renderConfigDefaults, renderRemovedSettings } from './config-defaults.ts';
import { renderReadme } from './readme.ts';
import { renderValuesSchema } from './values-schema.ts';
import { renderValuesWithDefaults } from './values-with-defaults.ts';

export const updateCommand = 'npm run docs';

const chart = new URL('../../helm/nbwss-bridge/', import.meta.url);

const derived: readonly (readonly [file: string, render: () => string])[] = [
  ['values.schema.json', renderValuesSchema],
  ['files/config-defaults.yaml', renderConfigDefaults],
  ['files/removed-settings.yaml', renderRemovedSettings],
  ['files/values-with-defaults.txt', renderValuesWithDefaults],
  ['README.md', () => renderReadme(readFileSync(new URL('README.md', chart), 'utf8'))],
];

/** The derived files of the chart that aren't what they should be. */
export function staleFiles(): readonly string[] {
  return derived.filter(([file, render]) => read(file) !== render()).map(([file]) => file);
}

function read(file: string): string | null {
  try {
    return readFileSync(new URL(file, chart), 'utf8');
  } catch {
    return null;
  }
}

if (import.meta.main) {
  if (!process.argv.includes('--check')) {
    for (const [file, render] of derived) writeFileSync(new URL(file, chart), render());
  } else if (staleFiles().length > 0) {
    process.stderr.write(
      `helm/nbwss-bridge: ${staleFiles().join(', ')}: not what values.yaml and src/config say. Run: ${updateCommand}\n`,
    );
    process.exitCode = 1;
  }
}
