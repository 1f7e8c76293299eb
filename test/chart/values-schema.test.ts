import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settings } from '../../src/config/settings.ts';
import { goPattern } from '../../tools/chart/config-schema.ts';
import { documentedValues } from '../../tools/chart/documented-values.ts';
import { staleFiles, updateCommand } from '../../tools/chart/main.ts';
import { chartFolder, template } from '../../tools/chart/render.ts';
import { at, isTree, type Tree } from '../../tools/chart/tree.ts';

const schema = JSON.parse(readFileSync(join(chartFolder, 'values.schema.json'), 'utf8')) as Tree;

test('the schema, the defaults and the README are what values.yaml and the bridge say', () => {
  expect(staleFiles(), `run: ${updateCommand}`).toEqual([]);
});

test('every setting of the bridge is in the schema of config', () => {
  for (const { path, description } of settings) {
    const inSchema = at(schema, `properties.config.properties.${path.replaceAll('.', '.properties.')}`);
    expect(inSchema, path).toMatchObject({ description });
  }
});

test('config needs what the chart can not fill in, and nothing else', () => {
  expect(at(schema, 'properties.config.required')).toEqual(['kafka', 'registry']);
  expect(at(schema, 'properties.config.properties.listen')).not.toHaveProperty('required');
});

test('mappings are closed, but for those that Kubernetes itself checks', () => {
  expect(openMappings(schema, '').sort()).toMatchInlineSnapshot(`
    [
      "affinity.nodeAffinity",
      "affinity.podAffinity",
      "affinity.podAntiAffinity",
      "extraEnv.*.valueFrom",
      "extraObjects.*.*",
      "extraVolumes.*",
      "global",
      "metrics.podMonitor.metricRelabelings.*",
      "metrics.podMonitor.relabelings.*",
      "metrics.serviceMonitor.metricRelabelings.*",
      "metrics.serviceMonitor.relabelings.*",
      "networkPolicy.adminFrom.*",
      "networkPolicy.egress.rules.*",
      "networkPolicy.from.*",
      "topologySpreadConstraints.*.labelSelector",
    ]
  `);
});

test('every value has a description that ends its sentence', () => {
  for (const { path, description } of documentedValues()) expect(description, path).toMatch(/[.):`]$/);
});

test.each([
  ['a name that does not exist', { servce: {} }, "additional properties 'servce' not allowed"],
  [
    'one deep inside',
    { metrics: { podMonitor: { enable: true } } },
    "additional properties 'enable' not allowed",
  ],
  [
    'a misspelt setting of the bridge',
    { config: { kafka: { broker: [] } } },
    "additional properties 'broker' not allowed",
  ],
  ['a value out of its bounds', { config: { listen: { port: 70000 } } }, 'maximum: got 70,000, want 65,535'],
  ['a word that is none of the choices', { service: { type: 'LoadBalance' } }, 'value must be one of'],
  ['a text for a switch', { test: { enabled: 'yes' } }, 'want boolean'],
  ['no configuration', { config: null }, "missing property 'config'"],
])('%s is refused by its place', async (_, over, sentence) => {
  const { failed, stderr } = await template('minimal', over);
  expect(failed).toBe(true);
  expect(stderr).toContain(sentence);
});

test("patterns are within what Go's regular expressions can do", () => {
  expect(goPattern('^(?!\\.{1,2}$)[a-z]{1,249}$')).toEqual({ pattern: '^[a-z]{1,249}$' });
  expect(goPattern('^\\P{Cc}{1,4096}$')).toEqual({ pattern: '^\\P{Cc}{1,}$' });
});

/** The paths of mappings that take any key with any value. */
function openMappings(type: Tree, path: string): string[] {
  const here = type['type'] === 'object' && !isClosed(type) ? [path] : [];
  const below = Object.entries((type['properties'] ?? {}) as Record<string, Tree>);
  const others = [
    type['items'],
    type['additionalProperties'],
    ...((type['anyOf'] ?? []) as unknown[]),
  ].filter(isTree);
  return [
    ...here,
    ...below.flatMap(([name, inner]) => openMappings(inner, path === '' ? name : `${path}.${name}`)),
    ...others.flatMap((inner) => openMappings(inner, `${path}.*`)),
  ];
}

function isClosed({ additionalProperties }: Tree): boolean {
  return (
    additionalProperties === false ||
    (isTree(additionalProperties) && Object.keys(additionalProperties).length > 0)
  );
}
