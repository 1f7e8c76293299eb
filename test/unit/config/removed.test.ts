import { expect, test } from 'vitest';
import { loadGroups } from '../../../src/config/load.ts';
import { removedSettings } from '../../../src/config/removed.ts';
import { settings } from '../../../src/config/settings.ts';
import { problemsOf, required, requiredYaml, yamlFile } from './given.ts';

const cases = removedSettings.map((removed) => [removed.path, removed] as const);

test.each(cases)('%s in the file is one sentence, with its line', async (path, { sentence }) => {
  const [, name = ''] = path.split('.');
  await using file = await yamlFile(`${requiredYaml}kafka:\n  brokers: [a:1]\n  ${name}: 3\n`);
  expect(problemsOf({ file: file.path })).toEqual([`${path}: is gone (${file.path}, line 6): ${sentence}`]);
});

test.each(cases)('the variable of %s is one sentence', (path, { env, sentence }) => {
  expect(problemsOf({ env: { [env]: '3' }, flags: required })).toEqual([
    `${path}: is gone (environment variable ${env}): ${sentence}`,
  ]);
});

test.each(cases)('the flag of %s is one sentence', (path, { flag, sentence }) => {
  expect(problemsOf({ flags: { ...required, [path]: '3' } })).toEqual([
    `${path}: is gone (flag ${flag}): ${sentence}`,
  ]);
});

test('a setting that is gone hides no other problem, and a command that needs other settings says it too', async () => {
  await using file = await yamlFile('kafka: { producers: 3, brokers: 7 }');
  expect(() => loadGroups({ file: file.path, flags: {} }, ['log'])).toThrow(
    /kafka\.brokers: expected[^]*kafka\.producers: is gone \(.*, line 1\): one sender per broker takes the place of several producers; remove it/,
  );
});

test('none of them is a setting, and what takes their place is one', () => {
  const paths = settings.map(({ path }) => path);
  for (const { path, sentence } of removedSettings) {
    expect(paths).not.toContain(path);
    for (const [named] of sentence.matchAll(/\bkafka\.\w+/g)) expect(paths).toContain(named);
  }
});
