import { beforeAll, expect, test } from 'vitest';
import { type CommandResult, nbwssBridge } from '../helpers/command.ts';

/** Every command, by the words that call it. */
const commands = [
  [],
  ['serve'],
  ['check-config'],
  ['schemas'],
  ['schemas', 'list'],
  ['schemas', 'register'],
  ['schemas', 'check'],
  ['schemas', 'diff'],
  ['topics'],
  ['topics', 'create'],
  ['topics', 'check'],
  ['simulate'],
  ['probe'],
  ['tail'],
  ['replay'],
  ['token'],
  ['token', 'generate'],
  ['token', 'hash'],
  ['endpoint-file'],
  ['completion'],
];

const name = (words: readonly string[]) => ['nbwss-bridge', ...words].join(' ');
const helps = new Map<string, CommandResult>();

beforeAll(async () => {
  // Two by two: twenty processes at once can outlast the bound of each on a machine that is busy.
  const waiting = [...commands];
  const next = async () => {
    for (let words; (words = waiting.shift()) !== undefined;)
      helps.set(name(words), await nbwssBridge([...words, '--help']));
  };
  await Promise.all([next(), next()]);
}, 120_000);

test.each(commands.map(name))('`%s --help` prints its help on stdout', (command) => {
  const { exitCode, stdout, stderr } = helps.get(command) ?? {};
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatchSnapshot();
});

test('every command that a help lists is among these', () => {
  for (const [command, { stdout }] of helps) {
    const listed = (stdout.split('Commands:\n')[1]?.split('\n\n')[0] ?? '').matchAll(/^ {2}([a-z][a-z-]*)/gm);
    for (const [, word = ''] of listed) {
      if (word !== 'help') expect(helps.keys()).toContain(`${command} ${word}`);
    }
  }
});

test('every help has an example that calls the command, and what does something says what its exit codes mean', () => {
  for (const [command, { stdout }] of helps) {
    const [, below = ''] = stdout.split('\nOptions:\n');
    if (command !== 'nbwss-bridge')
      expect(below, command).toMatch(new RegExp(`\\nExamples:\\n(?:  .*\\n)*?.*${command}\\b`));
    const fails = command === 'nbwss-bridge' || /^  (?:-c, --config|--url) /m.test(below);
    if (fails) expect(below, command).toMatch(/\nExit codes:\n(?: +\d+ {2}\S.*\n)+/);
  }
});

test('--version prints the version alone', async () => {
  expect(await nbwssBridge(['--version'])).toEqual({ exitCode: 0, stdout: '0.1.0\n', stderr: '' });
});

test.each([
  [['serve', '--lisen-port', '1'], "unknown option '--lisen-port'\n(Did you mean --listen-port?)"],
  [['serve', 'now'], 'too many arguments'],
  [['serv'], "unknown command 'serv'\n(Did you mean serve?)"],
  [['topics', 'creat'], "unknown command 'creat'\n(Did you mean create?)"],
  [['tail', '--topic', 'job'], 'Did you mean jobs? Allowed choices are jobs, images, dead-letters'],
  [['replay', '--reason', 'wrong-tpye'], 'Did you mean wrong-type? Allowed choices are not-json, no-id'],
  [['replay', '--reason', 'missing', 'quite another'], 'is invalid. Allowed choices are not-json, no-id'],
  [['tail', '--max', '0'], '--max must be a whole number from 1'],
  [['tail', '--max', '1.5'], '--max must be a whole number from 1'],
  [['tail', '--since', 'yesterday'], '--since must be 10m, 2h or 7d back, or a time like'],
  [['tail', '--since', '2026-03-01T08:00'], '--since must be 10m, 2h or 7d back, or a time like'],
  [['tail', '--since', '1h', '--from-beginning'], "'--since <time>' cannot be used with"],
  [['replay', '--until', '1 h'], '--until must be 10m, 2h or 7d back, or a time like'],
  [
    ['topics', 'create', '--kafka-brokers', '127.0.0.1:1', '--partitions', 'x'],
    '--partitions must be a whole',
  ],
  [
    ['topics', 'create', '--kafka-brokers', '127.0.0.1:1', '--replication', '0'],
    '--replication must be a whole',
  ],
  [['endpoint-file', '--primary', 'primary1'], "required option '--url <url>' not specified"],
  [['simulate', '--token-file', 'token'], "required option '--url <url>' not specified"],
])('%j is a usage error: exit 64 and one message', async (args, message) => {
  const { exitCode, stdout, stderr } = await nbwssBridge(args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr.split('\n').length).toBeLessThanOrEqual(4);
});

test.each([[[]], [['topics']], [['schemas']], [['token']]])(
  '%j alone prints the help on stderr and exits with 64',
  async (words) => {
    const { exitCode, stdout, stderr } = await nbwssBridge(words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(stderr).toContain('Usage: nbwss-bridge');
  },
);
