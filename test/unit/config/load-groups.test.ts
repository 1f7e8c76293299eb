import { expect, test } from 'vitest';
import { type ConfigSources, loadConfig, loadGroups } from '../../../src/config/load.ts';
import { ConfigError } from '../../../src/errors.ts';
import { required, yamlFile } from './given.ts';

const url = { 'registry.url': 'http://registry:8081' };
const needs = ['kafka.topics', 'registry'] as const;

function problemsOf(sources: ConfigSources): readonly string[] {
  try {
    loadGroups(sources, needs);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('what is needed is as the whole configuration has it, and nothing else is there', () => {
  const flags = { ...required, 'kafka.topics.jobs': 'of-a-flag' };
  const whole = loadConfig({ flags });
  expect(loadGroups({ flags }, needs)).toEqual({
    kafka: { topics: whole.kafka.topics },
    registry: whole.registry,
  });
  expect(loadGroups({ flags }, ['kafka', 'log'])).toEqual({ kafka: whole.kafka, log: whole.log });
});

test('what the other settings of a group lack is no problem', () => {
  const { kafka, registry } = loadGroups({ flags: url }, needs);
  expect(Object.keys(kafka)).toEqual(['topics']);
  expect(kafka.topics.jobs).toBe('netbackup.jobs');
  expect(registry.url).toBe(url['registry.url']);
  expect(() => loadGroups({ flags: url }, ['kafka', 'registry'])).toThrow(/kafka\.brokers: is required/);
});

test('what is needed and lacks is one', () => {
  expect(problemsOf({})).toEqual([expect.stringMatching(/^registry\.url: is required/)]);
});

test('what the other settings have wrong is one: somebody meant something else', async () => {
  await using file = await yamlFile(
    'kafka: { brokers: 7, topics: { jobs: a, images: a } }\nlisten: { prot: 1 }',
  );
  expect(problemsOf({ file: file.path, flags: url })).toEqual([
    expect.stringMatching(/^listen\.prot: there is no such setting/),
    expect.stringMatching(/^kafka\.brokers: expected/),
    expect.stringMatching(/^kafka\.topics\.jobs: must differ/),
  ]);
});
