/** What Tab offers in real shells: bash's own readline, zsh's line editor in a pseudo-terminal, fish. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const boundMs = 50_000;

/** The key on which both editors put all that they would offer on Tab into the line. */
export const tab = '\u0014';
/** What stands for the program: it tells its arguments. */
const tellArguments = `() { printf '%s\\t' "$@"; printf '\\n'; } >> "$TOLD"`;

const setups = {
  bash: (name: string) => `
    PS1='' HISTFILE=''
    source "$SCRIPT"
    ${name}${tellArguments}
    bind '"\\C-t": insert-completions'`,
  zsh: (name: string) => `
    autoload -U compinit && compinit -u -D
    source "$SCRIPT"
    ${name}${tellArguments}
    insert-all() { _main_complete; compstate[insert]=all }
    zle -C insert-all complete-word insert-all
    bindkey '^T' insert-all
    zle-line-init() { print -n 'ready>' > /dev/tty }
    zle -N zle-line-init`,
  fish: (name: string) => `
    source $SCRIPT
    while read -l line
      for each in (complete -C "${name} $line")
        string split -f 1 -- \\t $each | string trim -r -c / >> $TOLD
      end
      echo . >> $TOLD
    end`,
};

/** zsh edits lines only on a terminal. Each line waits for the editor after the one before; until then keys are the terminal's. */
const zshTerminal = `
  zmodload zsh/zpty
  zpty shell 'TERM=dumb zsh -f -i'
  await() { zpty -r shell seen '*ready>*' }
  zpty -w shell 'source "$SETUP"' && await
  while IFS= read -r line; do zpty -w -n shell "$line"$'\\n' && await; done
  zpty -d shell`;

/** A script, and the program that it is for. */
export interface Completion {
  readonly script: string;
  readonly name: string;
}

/**
 * What is offered at the end of each line, sorted.
 * @param lines what is typed after the program's name and a blank
 * @param cwd where names of files are looked for
 */
export async function offered(
  shell: Shell,
  completion: Completion,
  lines: readonly string[],
  cwd?: string,
): Promise<string[][]> {
  if (shell === 'fish') {
    const told = await type(shell, completion, lines, cwd);
    return told
      .split(/^\.\n/m)
      .slice(0, -1)
      .map((answer) => sorted(answer.split('\n')));
  }
  const typed = lines.map((line) => `${completion.name} ${line}${tab}`);
  const answers = (await type(shell, completion, typed, cwd)).split('\n').slice(0, -1);
  if (answers.length !== lines.length)
    throw new Error(`${shell} ran ${answers.length} of ${lines.length} lines: ${answers.join('; ')}`);
  return answers.map((answer, i) => added(answer, lines[i] ?? ''));
}

/**
 * Types each line and Enter into the shell, where the program only tells its arguments; into fish only lines to be completed.
 * @returns what it told: a line for each time that it was run, a tab after each argument
 */
export async function type(
  shell: Shell,
  { script, name }: Completion,
  lines: readonly string[],
  cwd?: string,
): Promise<string> {
  using directory = temporaryDirectory({ script, setup: setups[shell](name), told: '', inputrc: '' });
  const file = (of: string) => join(directory.path, of);
  const args = {
    bash: ['--noprofile', '--rcfile', file('setup'), '-i'],
    zsh: ['-f', '-c', zshTerminal],
    fish: ['--no-config', file('setup')],
  };
  const env = {
    SCRIPT: file('script'),
    SETUP: file('setup'),
    TOLD: file('told'),
    INPUTRC: file('inputrc'),
    HOME: directory.path,
  };
  await run(shell, args[shell], lines.map((line) => `${line}\n`).join(''), env, cwd);
  return readFileSync(file('told'), 'utf8');
}

/** `--log-level=info` is `info` of `--log-level=`. */
function sorted(found: readonly string[]): string[] {
  return found
    .filter((each) => each !== '')
    .map((each) => each.replace(/^--[\w-]+=/, ''))
    .toSorted();
}

/** What stands in place of the line's last word; nothing where that is all. */
function added(answer: string, line: string): string[] {
  const words = line.split(' ');
  const found = answer.split('\t').slice(words.length - 1, -1);
  return found.length === 1 && found[0] === words.at(-1) ? [] : sorted(found);
}

/** Runs a shell to its end. @returns its stdout @throws with its stderr when it fails or isn't there */
export async function run(
  program: string,
  args: readonly string[],
  input = '',
  env: NodeJS.ProcessEnv = {},
  cwd?: string,
): Promise<string> {
  const child = spawn(program, args, {
    stdio: 'pipe',
    timeout: boundMs,
    killSignal: 'SIGKILL',
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...env },
    ...(cwd === undefined ? undefined : { cwd }),
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child
      .once('error', (cause) =>
        reject(new Error(`${program} is needed, and can't be started: see the README`, { cause })),
      )
      .once('close', resolve);
  });
  child.stdin.on('error', () => {}).end(input);
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`${program}: exit ${code}: ${stderr}`);
  return stdout;
}
