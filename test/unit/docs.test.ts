import { expect, test } from 'vitest';
import { isCurrent, renderConfiguration, updateCommand } from '../../tools/docs/configuration.ts';
import { settings } from '../../src/config/settings.ts';

test('docs/configuration.md is what the schema says', () => {
  expect(isCurrent(), `run: ${updateCommand}`).toBe(true);
});

test('the page names every setting in its four places', () => {
  const page = renderConfiguration();
  for (const { path, env, flag, description } of settings) {
    for (const text of [`### ${path}\n`, `\`${env}\``, `\`${flag}\``, description])
      expect(page).toContain(text);
  }
});

test('every link of the page leads to one of its headings', () => {
  const page = renderConfiguration();
  const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text.toLowerCase().replaceAll('.', ''),
  );
  for (const [, target] of page.matchAll(/\]\(#([^)]*)\)/g)) expect(headings).toContain(target);
});
