import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartFolder, ciFile, ciNames, helm } from '../../tools/chart/render.ts';
import type { Tree } from '../../tools/chart/tree.ts';

test.each(ciNames)('helm lint --strict finds nothing in the mode %s', async (mode) => {
  const { failed, stdout } = await helm(['lint', '--strict', chartFolder, '--values', ciFile(mode)]);
  expect(failed, stdout).toBe(false);
  expect(stdout).not.toMatch(/\[(WARNING|ERROR)\]/);
});

test('the chart is shown by a Helm 4', async () => {
  const { stdout } = await helm(['show', 'all', chartFolder]);
  expect(stdout).toContain('appVersion: 0.1.0');
  const { stdout: version } = await helm(['version', '--short']);
  expect(version).toMatch(/^v4\./);
});

test('an older Kubernetes is refused, and the oldest one that it is for is not', async () => {
  const args = ['template', 'nbwss-bridge', chartFolder, '--values', ciFile('production'), '--kube-version'];
  expect((await helm([...args, '1.29.9'])).stderr).toContain('chart requires kubeVersion: >=1.30.0');
  expect((await helm([...args, '1.30.0'])).failed).toBe(false);
});

test('the chart carries the version of the bridge, and its CHANGELOG an entry for its own', () => {
  const read = (file: string): string => readFileSync(join(chartFolder, file), 'utf8');
  const chart = parse(read('Chart.yaml')) as Tree;
  const bridge = JSON.parse(read('../../package.json')) as Tree;
  expect(chart['appVersion']).toBe(bridge['version']);
  expect(chart['apiVersion']).toBe('v2');
  expect(read('CHANGELOG.md')).toContain(`\n## ${String(chart['version'])}\n`);
});

test('the image that the README runs has the tag that the chart takes', () => {
  const read = (file: string): string => readFileSync(join(chartFolder, file), 'utf8');
  const { appVersion } = parse(read('Chart.yaml')) as Tree;
  const readme = read('README.md');
  expect(readme).toContain(`\nimage=registry.example.com/nbwss-bridge:${String(appVersion)}\n`);
  expect(readme.match(/docker run .*/g)?.every((line) => line.includes('"$image"'))).toBe(true);
});

test("the README's values are enough", async () => {
  const readme = readFileSync(join(chartFolder, 'README.md'), 'utf8');
  const values = /```yaml\n(# values\.yaml\n[^`]+)```/.exec(readme)?.[1] ?? '';
  const { failed, stderr } = await helm(['template', 'nbwss-bridge', chartFolder, '--values', '-'], values);
  expect(failed, stderr).toBe(false);
  expect(values.split('\n').length).toBeLessThan(20);
});
