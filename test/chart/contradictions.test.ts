import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chartFolder, template } from '../../tools/chart/render.ts';
import type { Tree } from '../../tools/chart/tree.ts';
import { endpoint } from './contradictions/endpoint.ts';
import { kafka } from './contradictions/kafka.ts';
import { names } from './contradictions/names.ts';
import { pods } from './contradictions/pods.ts';
import { routes } from './contradictions/routes.ts';
import { surroundings } from './contradictions/surroundings.ts';

const contradictions = [...endpoint, ...kafka, ...routes, ...names, ...pods, ...surroundings];

test.each(contradictions)('$0', async (sentence, { mode = 'minimal', values, release }) => {
  expect(await refusal(mode, values, release)).toEqual([sentence]);
});

test('all that is wrong is told at once', async () => {
  const sentences = await refusal('minimal', {
    image: { repository: '' },
    tokens: { existingSecret: '' },
    config: { admin: { port: 0 } },
  });
  expect(sentences).toHaveLength(3);
});

test('every sentence of the templates has its case', () => {
  const folder = join(chartFolder, 'templates');
  const main = '_contradictions.tpl';
  const others = readdirSync(folder).filter((file) => file.startsWith('_contradictions') && file !== main);
  const text = [main, ...others].map((file) => readFileSync(join(folder, file), 'utf8')).join('');
  const [, ...definitions] = text.split('{{- define ').slice(1);
  const templates = definitions.flatMap((definition) =>
    definition.split('\n').filter((line) => /^({{ [^}]+ }})?[^{\s"]/.test(line) && !line.startsWith('{{-')),
  );
  expect(templates.length).toBeGreaterThan(80);
  const told = contradictions.map(([sentence]) => sentence);
  for (const line of templates) {
    const [first = '', ...rest] = line.split(/{{ .*? }}/).map((part) => RegExp.escape(part));
    const pattern = new RegExp(`^${[first, ...rest].join('.*')}$`);
    expect(
      told.some((sentence) => pattern.test(sentence)),
      line,
    ).toBe(true);
  }
});

/** The sentences with which the values are refused. @throws Error when they aren't */
async function refusal(mode: string, values: Tree, release?: string): Promise<readonly string[]> {
  const { failed, stderr } = await template(mode, values, release);
  if (!failed) throw new Error('the values are taken');
  const sentences = stderr.split('\n').filter((line) => line.startsWith('- '));
  if (sentences.length === 0) throw new Error(stderr);
  return sentences.map((line) => line.slice(2));
}
