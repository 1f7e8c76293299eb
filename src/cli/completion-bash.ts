import { type CompletedCommand, type CompletedValue, everyCommand } from './completion-tree.ts';

/**
 * Completion for bash 4 and later, without the package bash-completion.
 * @param name the program's
 */
export function bashCompletion(name: string, program: CompletedCommand): string {
  const id = `_${name.replaceAll('-', '_')}`;
  return [
    ...tableOf(id, program),
    `
${id}() {
  local IFS=$' \\t\\n' rest=$COMP_LINE command='' spec='' base='' whole='' word i n=0 position=0
  local commands
  local -a words=('') arguments options
  COMPREPLY=()

  # Readline parts words at "=", ":" and "@" too: what no blank parts belongs together.
  rest=\${rest#*"\${COMP_WORDS[0]}"}
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    base=''
    if [[ $rest != [[:blank:]]* && -n \${words[n]} && ($word == [=:@]* || \${words[n]} == *[=:@]) ]]; then
      base=\${words[n]}
      words[n]+=$word
      [[ $word == [=:@]* ]] && base+=$word
    else
      words[++n]=$word
    fi
    rest=\${rest#*"$word"}
  done
  whole=$base$2

  ${id}_command ''
  for ((i = 1; i < n; i++)); do
    word=\${words[i]}
    if [[ $word == [\\<\\>]* ]]; then
      ((++i == n)) && spec='file'
    elif [[ -n $spec && $spec != *+* ]]; then
      spec=''
    elif [[ $word == -?* ]]; then
      ${id}_option "$word"
    elif [[ -n $spec ]]; then
      :
    elif [[ " $commands " == *" $word "* ]]; then
      command="\${command:+$command }$word"
      ${id}_command "$command"
    else
      position=$((position + 1))
    fi
  done

  if [[ -z $spec && $whole == --*=* ]]; then
    ${id}_option "\${whole%%=*}"
    ${id}_offer "$spec" "\${whole#*=}"
  elif [[ -n $spec && ($spec != *+* || $whole != -*) ]]; then
    ${id}_offer "$spec" "$whole"
  elif [[ $whole != -* && -n $commands ]]; then
    ${id}_offer "text $commands" "$whole"
  elif [[ $whole != -* && -n \${arguments[position]-} ]]; then
    ${id}_offer "\${arguments[position]}" "$whole"
  else
    for ((i = 0; i < \${#options[@]}; i += 2)); do
      [[ \${options[i]} == "$whole"* ]] && COMPREPLY+=("\${options[i]}")
    done
  fi
}

# The value that an option takes: spec.
${id}_option() {
  local i
  spec=''
  for ((i = 0; i < \${#options[@]}; i += 2)); do
    [[ \${options[i]} == "$1" ]] && spec=\${options[i + 1]}
  done
}

# What a value that begins with $2 can be by the spec $1.
${id}_offer() {
  local word kind=\${1%%[+ ]*}
  for word in \${1#"\${1%% *}"}; do
    word=\${whole%"$2"}$word
    [[ $word == "$whole"* ]] && COMPREPLY+=("\${word#"$base"}")
  done
  case $kind in
    directory) compopt -o dirnames 2>/dev/null ;;
    file)
      compopt -o default -o filenames 2>/dev/null
      if [[ $1 == *' '* ]]; then
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$2")
      fi
      ;;
  esac
}

complete -F ${id} ${name}`,
    '',
  ].join('\n');
}

/** What can follow each command. An option is its name and its spec: nothing for a flag, or the kind of value and words. */
function tableOf(id: string, program: CompletedCommand): string[] {
  return [
    `# What can follow the command $1: commands, arguments, options.`,
    `${id}_command() {`,
    `  commands='' arguments=() options=()`,
    `  case $1 in`,
    ...everyCommand(program).flatMap(({ path, commands, arguments: values, options }) => [
      `    '${path.join(' ')}')`,
      `      commands='${commands.map((each) => each.path.at(-1)).join(' ')}'`,
      `      arguments=(${values.map((value) => `'${specOf(value)}'`).join(' ')})`,
      `      options=(`,
      ...options.flatMap(({ names, value }) =>
        names.map((name) => `        ${name} '${value === null ? '' : specOf(value)}'`),
      ),
      `      )`,
      `      ;;`,
    ]),
    `  esac`,
    `}`,
  ];
}

function specOf({ words, paths, many }: CompletedValue): string {
  return [`${paths === 'none' ? 'text' : paths}${many ? '+' : ''}`, ...words].join(' ');
}
