/** What Tab offers in the shells themselves: `npm run test:completions`. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { beforeAll, expect, test } from 'vitest';
import { completionScript } from '../../src/cli/completion.ts';
import { settings } from '../../src/config/settings.ts';
import { outputOf } from '../helpers/command.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { offered, run, type Shell, shells, tab, type } from './shells.ts';

const scripts = new Map<Shell, string>();
const discardLine = '\u0015';
/** What `--help` lists, by the words that call the command: another way to the same knowledge. */
const helps = new Map<string, { readonly commands: string[]; readonly options: string[] }>();

beforeAll(async () => {
  for (const shell of shells) scripts.set(shell, await outputOf(['completion', shell]));
  await readHelp('');
});

async function readHelp(command: string): Promise<void> {
  const help = await outputOf([...command.split(' ').filter((word) => word !== ''), '--help']);
  const commands = wordsAt(/^ {2}([a-z][a-z-]*) /gm, help.split('\nCommands:\n')[1]?.split('\n\n')[0] ?? '');
  const options = wordsAt(/^ {2}(?:-\w, )?(--[a-z-]+)/gm, help);
  helps.set(command, { commands, options });
  await Promise.all(
    commands.filter((word) => word !== 'help').map((word) => readHelp(`${command} ${word}`.trim())),
  );
}

function wordsAt(pattern: RegExp, text: string): string[] {
  return [...text.matchAll(pattern)].map(([, word = '']) => word).toSorted();
}

const completionFor = (shell: Shell) => ({ script: scripts.get(shell) ?? '', name: 'nbwss-bridge' });
const offers = (shell: Shell, lines: readonly string[], cwd?: string) =>
  offered(shell, completionFor(shell), lines, cwd);

test('help lists what there is to complete', () => {
  expect(helps.size).toBeGreaterThan(15);
  expect(helps.get('serve')?.options.length).toBeGreaterThan(90);
  expect(helps.get('schemas')?.commands).toEqual(['check', 'diff', 'help', 'list', 'register']);
});

test('the scripts have no mistake that their shells, or shellcheck, would find', async () => {
  using directory = temporaryDirectory(Object.fromEntries(scripts));
  await run('bash', ['-n', join(directory.path, 'bash')]);
  await run('zsh', ['-n', join(directory.path, 'zsh')]);
  await run('fish', ['--no-execute', join(directory.path, 'fish')]);
  await run('shellcheck', ['--shell=bash', join(directory.path, 'bash')]);
});

test.each(shells)('%s offers every command, and those below it', async (shell) => {
  const groups = [...helps].filter(([, { commands }]) => commands.length > 0);
  const lines = groups.map(([command]) => `${command} `.trimStart());
  const found = await offers(shell, lines);
  expect(Object.fromEntries(lines.map((line, i) => [line, found[i]]))).toEqual(
    Object.fromEntries(groups.map(([, { commands }], i) => [lines[i], commands])),
  );
});

test.each(shells)('%s offers every option of every command, and no other', async (shell) => {
  const lines = [...helps.keys()].map((command) => `${command} --`.trimStart());
  const found = await offers(shell, lines);
  expect(Object.fromEntries(lines.map((line, i) => [line, found[i]]))).toEqual(
    Object.fromEntries([...helps.values()].map(({ options }, i) => [lines[i], options])),
  );
});

const levels = ['debug', 'error', 'fatal', 'info', 'trace', 'warn'];
const kinds = ['dead-letters', 'images', 'jobs'];

test.each(shells)('%s offers the choices of an option, a setting and an argument', async (shell) => {
  const expected: Record<string, string[]> = {
    'tail --topic ': kinds,
    'tail -t ': kinds,
    'tail --topic im': ['images'],
    'tail --topic jobs im': ['images'],
    'tail --topic jobs --topic dea': ['dead-letters'],
    'tail --client tail --topic ': kinds,
    'replay --reason missing un': ['unknown-object'],
    'serve --log-level ': levels,
    'serve --log-level=': levels,
    'serve --log-level=d': ['debug'],
    'serve --kafka-tls-enabled ': ['false', 'true'],
    'completion ': ['bash', 'fish', 'zsh'],
    'help s': ['schemas', 'serve', 'simulate'],
  };
  expect(await offers(shell, Object.keys(expected))).toEqual(Object.values(expected));
});

test.each(shells)('%s offers options after the values of others', async (shell) => {
  const expected: Record<string, string[]> = {
    'tail --topic jobs --fo': ['--follow'],
    'tail --topic jobs images --max 3 --fo': ['--follow'],
    'tail --kafka-client-id schemas --fo': ['--follow'],
    'serve --kafka-brokers a:1,b:2 --registry-url http://r:8081 --admin-po': ['--admin-port'],
    'schemas diff jobs@3 jobs@latest --registry-u': ['--registry-url'],
    'check-config --host-name a --host-name b --host': ['--host-name'],
  };
  expect(await offers(shell, Object.keys(expected))).toEqual(Object.values(expected));
});

test.each(shells)('%s offers nothing after an option of free text or a number', async (shell) => {
  const lines = [
    'tail --client ',
    'tail --max ',
    'serve --kafka-client-id ',
    'serve --kafka-client-id=',
    'serve --listen-port ',
    'tail --topic jobs --primary ',
    'probe --url ',
  ];
  expect(await offers(shell, lines)).toEqual(lines.map(() => []));
});

test.each(shells)('%s offers names of files and directories where they are taken', async (shell) => {
  using directory = temporaryDirectory({ 'bridge.yaml': '', 'old netbackup.avsc': '', token: '' });
  mkdirSync(join(directory.path, 'tokens'));
  const all = ['bridge.yaml', 'old netbackup.avsc', 'token', 'tokens'];
  const expected: Record<string, string[]> = {
    'serve --config ': all,
    'serve -c br': ['bridge.yaml'],
    'serve --config=br': ['bridge.yaml'],
    'serve --config=./br': ['./bridge.yaml'],
    'serve --listen-tls-key-file tok': ['token', 'tokens'],
    'simulate --url wss://bridge:8443/nbwss --token-file tok': ['token', 'tokens'],
    'simulate --samples ': all,
    'serve --credentials-token-directory ': ['tokens'],
    'serve --credentials-token-directory=to': ['tokens'],
    'schemas diff ': [...all, ...kinds].toSorted(),
    'schemas diff jobs@3 o': ['old netbackup.avsc'],
  };
  expect(await offers(shell, Object.keys(expected), directory.path)).toEqual(Object.values(expected));
});

test.each(['bash', 'zsh'] as const)(
  '%s completes the file that the output is redirected to, and leaves it alone until Enter',
  async (shell) => {
    using directory = temporaryDirectory({ primary1: 'the token of today' });
    const token = () => readFileSync(join(directory.path, 'primary1'), 'utf8');
    const line = 'nbwss-bridge token generate > prim';
    await type(shell, completionFor(shell), [`${line}${tab} --h${tab}${discardLine}`], directory.path);
    expect(token()).toBe('the token of today');
    await type(shell, completionFor(shell), [`${line}${tab}`], directory.path);
    expect(token()).not.toBe('the token of today');
    expect(existsSync(join(directory.path, 'prim'))).toBe(false);
  },
);

test.each(['bash', 'zsh'] as const)(
  '%s runs nothing of what is typed to find out what to offer',
  async (shell) => {
    using directory = temporaryDirectory();
    const lines = [
      'tail --client $(touch ran) --topic ',
      'tail --client `touch ran` --',
      'tail; touch ran; tail --',
    ];
    const typed = lines.map((line) => `nbwss-bridge ${line}${tab}${discardLine}`);
    expect(await type(shell, completionFor(shell), [...typed, 'nbwss-bridge end'], directory.path)).toBe(
      'end\t\n',
    );
    expect(existsSync(join(directory.path, 'ran'))).toBe(false);
  },
);

test.each(shells)('%s completes the file that every setting of a path takes', async (shell) => {
  using directory = temporaryDirectory({ file: '' });
  mkdirSync(join(directory.path, 'directory'));
  const paths = settings.filter(({ type }) => type.startsWith('the path of'));
  expect(paths.length).toBeGreaterThan(10);
  const found = await offers(
    shell,
    paths.map(({ flag }) => `serve ${flag} `),
    directory.path,
  );
  expect(found).toEqual(
    paths.map(({ flag }) => (flag.endsWith('-directory') ? ['directory'] : ['directory', 'file'])),
  );
});

/** What means something to one of the shells, or to what its completion makes of a description. */
const harm = `it's "quoted" [in] {brackets}: $HOME $(touch ran) \`touch ran\` 50% \\ back\\slash;\n#two lines & more | <x> * ~`;

test.each(shells)(
  '%s takes what is offered from the commands that there are, whatever is said of them',
  async (shell) => {
    using directory = temporaryDirectory();
    const program = new Command('some-program').option('--all', harm).addCommand(
      new Command('group').description(harm).addCommand(
        new Command('added')
          .description(harm)
          .addOption(new Option('-k, --kind <of-it>', harm).choices(['one', 'other-2']))
          .option('--quiet', harm)
          .argument('<file>', harm),
      ),
    );
    const script = completionScript(shell, program);
    const expected = {
      g: ['group'],
      '--a': ['--all'],
      'group ': ['added', 'help'],
      'group added --': ['--help', '--kind', '--quiet'],
      'group added -k ': ['one', 'other-2'],
      'group added --quiet ': [],
    };
    const found = await offered(
      shell,
      { script, name: 'some-program' },
      Object.keys(expected),
      directory.path,
    );
    expect(found).toEqual(Object.values(expected));
    expect(existsSync(join(directory.path, 'ran'))).toBe(false);
  },
);
