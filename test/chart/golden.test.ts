import { expect, test } from 'vitest';
import { ciNames, template } from '../../tools/chart/render.ts';

test.each(ciNames)('the mode %s is rendered as it was read through (golden/)', async (mode) => {
  const { failed, stdout, stderr } = await template(mode);
  expect(failed, stderr).toBe(false);
  await expect(withoutFiles(stdout)).toMatchFileSnapshot(`golden/${mode}.yaml`);
});

/** Without the content of files/alerts.yaml and files/dashboard.json, whose own tests look at them. */
function withoutFiles(rendering: string): string {
  return rendering
    .replaceAll(/nbwss-bridge\.json: \|\n(?: {4}.*\n)+/g, 'nbwss-bridge.json: files/dashboard.json\n')
    .replaceAll(/(spec:\n {2}groups:)\n(?: {4}.*\n)+/g, '$1 files/alerts.yaml\n');
}
