/** The values that the chart can't do without: files/values-with-defaults.txt, of which the templates miss those that null took away. */
import { documentedValues } from './documented-values.ts';
import { isTree } from './tree.ts';
import { nullableValues } from './values-schema.ts';

/**
 * Sections and single values by their paths, a section before what is in it. Not those that may be null, and not those that null makes
 * empty: lists, and mappings of any keys.
 */
export function renderValuesWithDefaults(): string {
  const nullable = nullableValues();
  const paths = documentedValues()
    .filter(({ isSection, default: value }) => isSection || !isCollection(value))
    .filter(({ path }) => !nullable.includes(path))
    .map(({ path }) => path);
  return `# Generated from values.yaml by tools/chart/main.ts. Change values.yaml, then run: npm run docs\n${paths.join('\n')}\n`;
}

function isCollection(value: unknown): boolean {
  return Array.isArray(value) || isTree(value);
}
