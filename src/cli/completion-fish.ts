import {
  type CompletedCommand,
  type CompletedOption,
  type CompletedValue,
  everyCommand,
} from './completion-tree.ts';

/**
 * Completion for fish: one `complete` for whatever can be offered, under the condition that its command was typed.
 * @param name the program's
 */
export function fishCompletion(name: string, program: CompletedCommand): string {
  const id = `__${name.replaceAll('-', '_')}`;
  const commands = everyCommand(program);
  const paths = commands.map(({ path }) => quoted(path.join(' ')));
  return [
    `# What was typed after the program's name calls the command $argv, or, with more words of its own, none below it.`,
    `function ${id}_at`,
    `    set -l command`,
    `    for word in (commandline -opc)[2..-1]`,
    `        string match -q -- '-*' $word; and continue`,
    `        set -l longer (string join ' ' $command $word)`,
    `        contains -- $longer ${paths.slice(1).join(' ')}; or break`,
    `        set command $longer`,
    `    end`,
    `    test "$command" = "$argv"`,
    `end`,
    '',
    `# The word at the cursor follows the option $argv, or further values of it.`,
    `function ${id}_after`,
    `    contains -- (commandline -opc | string match -- '-*')[-1] $argv`,
    `end`,
    '',
    `complete -c ${name} -f`,
    ...commands.flatMap((command) => linesOf(command)),
    '',
  ].join('\n');

  function linesOf(command: CompletedCommand): string[] {
    const at = `${id}_at ${command.path.join(' ')}`.trim();
    const complete = `complete -c ${name} -n ${quoted(at)}`;
    return [
      ...command.commands.map(
        ({ path, description }) => `${complete} -a ${path.at(-1)} -d ${quoted(description)}`,
      ),
      ...command.arguments.map((value) => `${complete} ${offers(value)}`),
      ...command.options.map((option) => `${complete} ${flagsOf(option)}`),
      ...command.options.flatMap(({ names, value }) =>
        value?.many === true
          ? [`complete -c ${name} -n ${quoted(`${at}; and ${id}_after ${names.join(' ')}`)} ${offers(value)}`]
          : [],
      ),
    ];
  }
}

function flagsOf({ names, description, value }: CompletedOption): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const takes = value === null ? [] : ['-r', offers(value)];
  return [...flags, ...takes, `-d ${quoted(description)}`].join(' ');
}

/** Without words there is nothing after -a, and so nothing that is offered. */
function offers({ words, paths }: CompletedValue): string {
  if (paths === 'directory') return `-f -a '(__fish_complete_directories)'`;
  return `${paths === 'file' ? '-F' : '-f'}${words.length === 0 ? '' : ` -a ${quoted(words.join(' '))}`}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
