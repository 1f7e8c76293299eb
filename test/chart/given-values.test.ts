/** What the user reads where a value is nothing, or of another type: of every value that values.yaml has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type DocumentedValue, documentedValues } from '../../tools/chart/documented-values.ts';
import { chartFolder, render, template } from '../../tools/chart/render.ts';
import type { Tree } from '../../tools/chart/tree.ts';

const values = documentedValues().filter(({ path }) => path !== 'config');
const listed = readFileSync(join(chartFolder, 'files/values-with-defaults.txt'), 'utf8').split('\n');
const isNeeded = ({ path }: DocumentedValue): boolean => listed.includes(path);
const depthOf = ({ path }: DocumentedValue): number => path.split('.').length;
/** Every value at that depth, none of which stands below another one. */
const depths = [1, 2, 3].map((depth) => [depth, values.filter((value) => depthOf(value) === depth)] as const);

/** Words of Go's and Helm's own, of which nobody can make anything. */
const tripped = /nil pointer|executing "|error calling|incompatible types|wrong type|<nil>|%!/;

test.each(depths)('null for a value at depth %i ends in one sentence each', async (_, ofDepth) => {
  const needed = ofDepth.filter(isNeeded);
  const { failed, stderr } = await template(
    'minimal',
    treeOf(needed, () => null),
  );
  expect(failed).toBe(true);
  expect(stderr.split('\n').filter((line) => line.startsWith('- '))).toEqual(
    needed.map(
      ({ path }) =>
        `- ${path} is null, or there is nothing below it: give it a value, or leave it out for its default`,
    ),
  );
  expect(stderr).not.toMatch(tripped);
});

test.each(values.filter(isNeeded).filter(({ isSection }) => isSection))(
  'null for all of $path alone is told by that sentence, whichever template would miss it first',
  async ({ path }) => {
    const { stderr } = await template('minimal', put({}, path, null));
    expect(stderr.split('\n').filter((line) => line.startsWith('- '))).toHaveLength(1);
    expect(stderr).toContain(`- ${path} is null`);
  },
);

test('null for a list, or for a mapping of any keys, is an empty one', async () => {
  const open = values.filter(
    (value) => !isNeeded(value) && typeof value.default === 'object' && value.default !== null,
  );
  const [empty, filled] = [true, false].map((isEmpty) =>
    open.filter((value) => (Object.keys(value.default as object).length === 0) === isEmpty),
  ) as [DocumentedValue[], DocumentedValue[]];
  const without = await render('minimal', withMetrics({}));
  expect(await render('minimal', withMetrics(treeOf(empty, () => null)))).toEqual(without);
  const { stdout, stderr } = await template('minimal', withMetrics(treeOf(filled, () => null)));
  expect(stderr).toBe('');
  expect(stdout).not.toMatch(/<nil>|^[ -]*\w+: null$/m);
  expect([empty.length, filled.length].map((length) => length > 5)).toEqual([true, true]);
});

test.each([
  ['a text', 'text'],
  ['a number', 5],
  ['a switch', true],
  ['a list', ['a']],
  ['a mapping', { a: 1 }],
])('%s in place of another type is refused by its place, all at once', async (_, wrong) => {
  const others = values.filter((value) => !mayBe(value, wrong));
  const topmost = others.filter(({ path }) => !others.some((each) => path.startsWith(`${each.path}.`)));
  const { failed, stderr } = await template(
    'minimal',
    treeOf(topmost, () => wrong),
  );
  expect(failed).toBe(true);
  expect(stderr).not.toMatch(tripped);
  for (const { path } of topmost) expect(stderr).toContain(`at '/${path.replaceAll('.', '/')}`);
});

test('an empty text is refused by its place wherever a value has to be there', async () => {
  const texts = values.filter(({ default: value }) => typeof value === 'string' && value !== '');
  expect(texts.length).toBeGreaterThan(30);
  const { stderr } = await template(
    'minimal',
    treeOf(texts, () => ''),
  );
  for (const { path } of texts) expect(stderr).toContain(`at '/${path.replaceAll('.', '/')}'`);
});

test.each([
  ['listen', "at '/config/listen': got null, want object"],
  ['kafka', "at '/config/kafka': got null, want object"],
  ['kafka.tls', "at '/config/kafka/tls': got null, want object"],
  ['kafka.brokers', "at '/config/kafka/brokers': got null, want array"],
  ['registry.url', "at '/config/registry/url': got null, want string"],
  ['admin', "at '/config/admin': got null, want object"],
  ['limits.inFlight', "at '/config/limits/inFlight': got null, want object"],
])('null for %s in config is refused by its place', async (path, sentence) => {
  const { failed, stderr } = await template('gateway-tlsroute', { config: put({}, path, null) });
  expect(failed).toBe(true);
  expect(stderr).toContain(sentence);
});

function treeOf(paths: readonly DocumentedValue[], valueOf: (value: DocumentedValue) => unknown): Tree {
  const tree: Tree = {};
  for (const value of paths) put(tree, value.path, valueOf(value));
  return tree;
}

function put(tree: Tree, path: string, value: unknown): Tree {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at = tree;
  for (const key of keys) at = (at[key] ??= {}) as Tree;
  at[last] = value;
  return tree;
}

/** With what is made of the alerts and of the dashboard beside it. */
function withMetrics(tree: Tree): Tree {
  const metrics = (tree['metrics'] ??= {}) as Tree;
  for (const name of ['prometheusRule', 'dashboard']) put(metrics, `${name}.enabled`, true);
  return tree;
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
}

/** A share of replicas may be a number or a text, and what is null by default takes a number. */
function mayBe({ path, default: value }: DocumentedValue, given: unknown): boolean {
  const isShare = /^(strategy|podDisruptionBudget)\.max/.test(path);
  return (
    kindOf(value) === kindOf(given) ||
    (isShare && ['string', 'number'].includes(typeof given)) ||
    (value === null && typeof given === 'number')
  );
}
