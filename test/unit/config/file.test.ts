import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { problemsOf, required, yamlFile } from './given.ts';

const example = new URL('../../../examples/nbwss-bridge.yaml', import.meta.url).pathname;

describe('a file that is not a configuration is refused with its name and the place', () => {
  test.each([
    ['a syntax error', 'listen:\n  port: 1\n path: /x\n', /, line 3, column 2: not valid YAML: /],
    [
      'a duplicate key',
      'log: { level: info }\nkafka:\nlog: { level: warn }\n',
      /, line 3, column 1: not valid YAML: .*unique/,
    ],
    ['an unknown tag', 'log:\n  level: !secret x\n', /, line 2, column 10: not valid YAML: Unresolved tag$/],
    ['two documents', 'log: {}\n---\nlog: {}\n', /, line 2, column 1: not valid YAML: .*multiple documents/],
    ['a list', '- log\n', /: expected a mapping of settings/],
    ['plain text', 'log level info', /: expected a mapping of settings/],
    ['aliases that unfold', unfolding(), /: the configuration file can't be read: .*alias/],
    [
      'an alias within its own anchor',
      'kafka: { brokers: &a [*a] }',
      /: an alias stands inside of what it repeats/,
    ],
    [
      'bytes that are not UTF-8',
      new Uint8Array([0x61, 0x3a, 0xff]),
      /: the configuration file can't be read: /,
    ],
    [
      'more than 1 MiB',
      `#${'x'.repeat(1_048_576)}`,
      /: the configuration file can't be read: it is larger than 1 MiB/,
    ],
    ['nesting without end', `a: ${'['.repeat(200_000)}`, /./],
  ])('%s', async (_, content, problem) => {
    await using file = await yamlFile(content);
    const [first = '', ...others] = problemsOf({ file: file.path, flags: required });
    expect(first.startsWith(file.path)).toBe(true);
    expect(first.slice(file.path.length)).toMatch(problem);
    expect(others.filter((other) => !other.includes('not valid YAML'))).toEqual([]);
  });

  test('no such file, a directory, no name', async () => {
    await using file = await yamlFile('');
    const paths = [
      [`${file.path}.old`, 'there is nothing of that name (ENOENT)'],
      [dirname(file.path), 'it is a directory, not a file (EISDIR)'],
      ['', 'there is nothing of that name (ENOENT)'],
    ] as const;
    for (const [path, why] of paths) {
      const problem = `${path || '(no name)'}: the configuration file can't be read: ${why}`;
      expect(problemsOf({ file: path, flags: required })).toEqual([problem]);
    }
  });
});

test('a file of 1 MiB is read', async () => {
  await using file = await yamlFile(`log: { level: warn } #${'x'.repeat(1_048_576 - 22)}`);
  expect(loadConfig({ file: file.path, flags: required }).log.level).toBe('warn');
});

test('a key that is not text, or stands in a key, is refused by its name', async () => {
  await using file = await yamlFile('1: x\n? { log: x }\n: y\n');
  expect(
    problemsOf({ file: file.path, flags: required }).map((problem) => problem.split(': there')[0]),
  ).toEqual(['1', '{ log: x }']);
});

test('the example is a configuration, and the limits and topics that it spells out are the defaults', () => {
  const config = loadConfig({ file: example });
  const { limits, kafka, log } = loadConfig({ flags: required });
  expect(config).toMatchObject({ limits, log, kafka: { topics: kafka.topics } });
});

/** Nine levels of nine aliases each: a few hundred bytes that stand for 387 million values. */
function unfolding(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const items = level === 0 ? 'x' : `*l${level - 1}`;
    return `l${level}: &l${level} [${Array.from({ length: 9 }, () => items).join(', ')}]`;
  });
  return levels.join('\n');
}
