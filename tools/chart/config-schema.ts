/** The bridge's own schema as the chart's `config`: in the dialect that Helm reads, and without what the chart fills in. */
import { z } from 'zod';
import { groups } from '../../src/config/groups.ts';
import { removedSettings } from '../../src/config/removed.ts';
import { at, isTree, type Tree } from './tree.ts';

/** What stands in the rendered document because of a mount: docs of values.yaml, `config`. */
const filledIn: readonly string[] = [
  'listen',
  'listen.tls',
  'listen.tls.certFile',
  'listen.tls.keyFile',
  'credentials',
  'credentials.tokenDirectory',
];

/** Go's regular expressions repeat at most so often. */
const MAX_REPEAT = 1_000;

export function configSchema(): Tree {
  const schema = forHelm(z.toJSONSchema(groups, { io: 'input' }), '');
  delete schema['$schema'];
  takeRemoved(schema);
  return schema;
}

/** Settings that are gone pass with any value: a sentence of the templates refuses them, which says more than that there is no such property. */
function takeRemoved(schema: Tree): void {
  for (const { path, sentence } of removedSettings) {
    const place = `properties.${path.replaceAll('.', '.properties.')}`.split('.');
    const name = place.pop() ?? '';
    (at(schema, place.join('.')) as Tree)[name] = { deprecated: true, description: `Is gone: ${sentence}.` };
  }
}

/** Keywords that have a schema. */
const schemaKeywords: readonly string[] = ['items', 'propertyNames', 'additionalProperties'];

function forHelm(schema: Tree, path: string): Tree {
  const result: Tree = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'properties')
      result[keyword] = mapEntries(value, (name, each) => forHelm(each, join(path, name)));
    else if (schemaKeywords.includes(keyword) && isTree(value)) result[keyword] = forHelm(value, path);
    else if (keyword === 'pattern') Object.assign(result, goPattern(String(value)));
    else if (keyword === 'required') {
      const required = (value as readonly string[]).filter((name) => !filledIn.includes(join(path, name)));
      if (required.length > 0) result[keyword] = required;
    } else if (keyword !== 'default' || !isTree(value)) result[keyword] = value;
  }
  return result;
}

/**
 * The pattern as Go's RE2 reads it: a look-ahead is left out, and a repetition beyond RE2's bound is unbounded. The bridge itself
 * applies the whole rule when it starts.
 */
export function goPattern(pattern: string): { readonly pattern: string } {
  const withoutLookAhead = pattern.replaceAll(/\(\?[!=][^)]*\)/g, '');
  return {
    pattern: withoutLookAhead.replaceAll(/\{(\d+),(\d+)\}/g, (bounded, least: string, most: string) =>
      Number(most) > MAX_REPEAT ? `{${least},}` : bounded,
    ),
  };
}

function mapEntries(value: unknown, change: (name: string, each: Tree) => Tree): Tree {
  return Object.fromEntries(
    Object.entries(value as Record<string, Tree>).map(([name, each]) => [name, change(name, each)]),
  );
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
