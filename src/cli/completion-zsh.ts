import {
  type CompletedCommand,
  type CompletedOption,
  type CompletedValue,
  everyCommand,
} from './completion-tree.ts';

/**
 * Completion for zsh: a file for a directory of `fpath`, or to be sourced after compinit.
 * @param name the program's
 */
export function zshCompletion(name: string, program: CompletedCommand): string {
  const functionOf = ({ path }: CompletedCommand): string => [`_${name}`, ...path].join('-');
  return [
    `#compdef ${name}`,
    '',
    `_${name}_words_or_files() {`,
    `  _alternative "words:word:($*)" 'files:file:_files'`,
    `}`,
    '',
    `# Further values of the option that was typed last: each argument is "its names=what it takes", files where that is empty.`,
    `_${name}_further() {`,
    `  local typed=\${\${(M)words[1,CURRENT-1]:#-*}[-1]} each`,
    `  for each; do`,
    `    (( \${\${=each%%=*}[(Ie)$typed]} )) || continue`,
    `    if [[ -n \${each#*=} ]]; then compadd -- \${=each#*=}; else _files; fi`,
    `  done`,
    `}`,
    ...everyCommand(program).flatMap((command) => [
      '',
      `${functionOf(command)}() {`,
      `  local context state state_descr line`,
      `  local -A opt_args`,
      `  _arguments -C \\`,
      ...command.options.flatMap(optionSpecs).map((spec) => `    ${spec} \\`),
      ...(command.commands.length === 0
        ? [...command.arguments.map((value) => actionOf(name, value)), ...furtherOf(command)].map(
            (spec) => `    '${spec}' \\`,
          )
        : [`    '1:command:->command' \\`, `    '*::argument:->argument' \\`]),
      `    && return`,
      ...(command.commands.length === 0 ? [] : dispatch(command, functionOf)),
      `}`,
    ]),
    '',
    `if [[ $funcstack[1] == _${name} ]]; then`,
    `  _${name} "$@"`,
    `else`,
    `  compdef _${name} ${name}`,
    `fi`,
    '',
  ].join('\n');

  function furtherOf({ options }: CompletedCommand): string[] {
    const groups = options.flatMap(({ names, value }) =>
      value?.many === true && (value.words.length > 0 || value.paths !== 'none')
        ? [` "${names.join(' ')}=${value.words.join(' ')}"`]
        : [],
    );
    return groups.length === 0 ? [] : [`*:value: _${name}_further${groups.join('')}`];
  }

  function optionSpecs({ names, description, value, repeats }: CompletedOption): string[] {
    const others = repeats ? '*' : names.length > 1 ? `(${names.join(' ')})` : '';
    return names.map((option) => {
      const glued = value === null ? '' : option.startsWith('--') ? '=' : '+';
      const action = value === null ? '' : actionOf(name, value);
      return `'${others}${option}${glued}[${quoted(description)}]${action}'`;
    });
  }
}

function dispatch(command: CompletedCommand, functionOf: (command: CompletedCommand) => string): string[] {
  const word = ({ path }: CompletedCommand) => path.at(-1) ?? '';
  return [
    `  case $state in`,
    `    command)`,
    `      local -a commands=(`,
    ...command.commands.map((each) => `        '${word(each)}:${quoted(each.description)}'`),
    `      )`,
    `      _describe -t commands command commands`,
    `      ;;`,
    `    argument)`,
    `      case $line[1] in`,
    ...command.commands.map((each) => `        ${word(each)}) ${functionOf(each)} ;;`),
    `      esac`,
    `      ;;`,
    `  esac`,
  ];
}

/** `:message:action`. An action of a blank offers nothing, and shows the message; one that begins with a blank is called as it is. */
function actionOf(program: string, { name, words, paths }: CompletedValue): string {
  const list = words.join(' ');
  if (paths === 'directory') return `:${name}:_files -/`;
  if (paths === 'file')
    return `:${name}:${words.length === 0 ? '_files' : ` _${program}_words_or_files ${list}`}`;
  return `:${name}:${words.length === 0 ? ' ' : `(${list})`}`;
}

/** For a description within single quotes, in brackets or after a colon. */
function quoted(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, String.raw`\$&`).replaceAll("'", String.raw`'\''`);
}
