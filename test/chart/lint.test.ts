import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chartFolder, ciFile, ciNames, helm } from '../../tools/chart/render.ts';

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

test("the README's values are enough", async () => {
  const readme = readFileSync(join(chartFolder, 'README.md'), 'utf8');
  const values = /```yaml\n(# values\.yaml\n[^`]+)```/.exec(readme)?.[1] ?? '';
  const { failed, stderr } = await helm(['template', 'nbwss-bridge', chartFolder, '--values', '-'], values);
  expect(failed, stderr).toBe(false);
  expect(values.split('\n').length).toBeLessThan(20);
});
