import { Argument, Command } from 'commander';
import { bashCompletion } from './completion-bash.ts';
import { fishCompletion } from './completion-fish.ts';
import { completionTree } from './completion-tree.ts';
import { zshCompletion } from './completion-zsh.ts';
import { print } from './stdout.ts';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;
export type Shell = keyof typeof scripts;

/** `completion bash|zsh|fish`: a script for that shell on stdout. */
export function completionCommand(): Command {
  const command = new Command('completion')
    .description(
      'print a script that completes commands, options and their values when Tab is pressed; it starts no process for that. ' +
        'Print it again after an upgrade',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(scripts)));
  return command.action((shell: Shell) => {
    print(completionScript(shell, command.parent ?? command));
  });
}

/** The script for the commands and options that the program has. */
export function completionScript(shell: Shell, program: Command): string {
  return scripts[shell](program.name(), completionTree(program));
}
