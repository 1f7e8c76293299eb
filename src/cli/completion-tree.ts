import type { Argument, Command, Option } from 'commander';
import type { Kind } from './schemas-subjects.ts';

/** What can stand where a value is expected: these words, and names of files or directories; with neither it is free text. */
export interface CompletedValue {
  readonly name: string;
  readonly words: readonly string[];
  readonly paths: 'none' | 'file' | 'directory';
  /** Whether further values follow, up to the next option. */
  readonly many: boolean;
}

export interface CompletedOption {
  /** As they are typed: `-c`, `--config`. */
  readonly names: readonly string[];
  readonly description: string;
  readonly value: CompletedValue | null;
  /** Whether a further one adds to the first. */
  readonly repeats: boolean;
}

export interface CompletedCommand {
  /** What is typed after the program's name: [], ['schemas', 'list']. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly CompletedOption[];
  readonly arguments: readonly CompletedValue[];
  readonly commands: readonly CompletedCommand[];
}

const kinds: readonly Kind[] = ['jobs', 'images', 'dead-letters'];

/** The placeholders of options and arguments that take a path. */
const placeholders: Readonly<Record<string, Partial<CompletedValue>>> = {
  file: { paths: 'file' },
  path: { paths: 'file' },
  directory: { paths: 'directory' },
  // Those of `schemas diff`.
  from: { paths: 'file', words: kinds },
  to: { paths: 'file', words: kinds },
};

/** What can be typed after the program's name: all that its help lists, and nothing else. */
export function completionTree(program: Command, path: readonly string[] = []): CompletedCommand {
  const help = program.createHelp();
  const commands = help.visibleCommands(program);
  return {
    path,
    description: oneLine(program.summary() || program.description()),
    options: help.visibleOptions(program).map(optionOf),
    arguments: program.registeredArguments.map(argumentOf),
    commands: commands.map((command) => {
      const tree = completionTree(command, [...path, plain(command.name())]);
      if (program.commands.includes(command)) return tree;
      // commander's own `help` takes the name of a command.
      const words = program.commands.map((each) => each.name());
      return { ...tree, arguments: [{ name: 'command', words, paths: 'none', many: false }] };
    }),
  };
}

/** The command itself and all below it, from the outside in. */
export function everyCommand(command: CompletedCommand): readonly CompletedCommand[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function optionOf(option: Option): CompletedOption {
  const { short, long, flags, description, variadic, defaultValue } = option;
  const [, placeholder = ''] = /[<[](.+?)(?:\.\.\.)?[>\]]/.exec(flags) ?? [];
  const choices = option.argChoices ?? (placeholder.includes('|') ? placeholder.split('|') : []);
  return {
    names: [short, long].filter((name) => name !== undefined).map(plain),
    description: oneLine(description),
    value: placeholder === '' ? null : valueOf(placeholder, choices, variadic),
    repeats: variadic || Array.isArray(defaultValue),
  };
}

function argumentOf(argument: Argument): CompletedValue {
  return valueOf(argument.name(), argument.argChoices ?? [], argument.variadic);
}

function valueOf(placeholder: string, choices: readonly string[], many: boolean): CompletedValue {
  return {
    name: placeholder.replaceAll(/[^\w-]/g, ' '),
    words: choices.map(plain),
    paths: 'none',
    many,
    ...placeholders[placeholder],
  };
}

/** Names and choices stand in the scripts as they are. @throws where one means something to a shell */
function plain(word: string): string {
  if (/^[\w@.+-]+$/.test(word)) return word;
  throw new Error(`${JSON.stringify(word)} can't be completed: it would have to be quoted in a shell`);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
