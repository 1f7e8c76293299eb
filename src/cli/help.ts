import type { Command } from 'commander';
import { ExitCode } from '../errors.ts';

/** What a command's help says beside its description and its options. */
interface Help {
  /** For the list of commands; without one the description stands there too. */
  readonly summary?: string;
  readonly text?: readonly string[];
  readonly examples?: readonly string[];
  /** The codes of its own. 0, 64 and 70 mean the same everywhere, and stand in the help of the program. */
  readonly exits?: Readonly<Record<number, string>>;
}

const { ok, failure, usage, data, unavailable, internal, denied, config } = ExitCode;
const wrongSettings = 'a setting is missing or wrong; every problem is listed';

/** What can go wrong between a command and these others. */
function withOthers(others: string): Readonly<Record<number, string>> {
  return {
    [unavailable]: `${others} did not answer`,
    [denied]: `${others} refused this user`,
    [config]: wrongSettings,
  };
}

const withKafka = withOthers('Kafka');
const withRegistry = withOthers('the registry');
const withBoth = withOthers('Kafka or the registry');

/** By the words that call the command. */
const helps: Readonly<Record<string, Help>> = {
  '': {
    text: [
      'A setting is taken from its flag, else from the environment (NBWSS_...), else from the file of --config, else its default.',
      'Tokens, passwords and private keys are never settings: a setting names the file that holds one.',
      'Data goes to stdout, messages and logs to stderr. `nbwss-bridge <command> --help` has examples of each command.',
    ],
    exits: {
      [ok]: 'done',
      [failure]: 'stopped by a signal before the work was done',
      [usage]: "the command line can't be understood",
      [data]: 'what was given or found is not as it has to be',
      [unavailable]: 'Kafka, the registry or an endpoint did not answer, or an address is taken',
      [internal]: 'a bug',
      [denied]: 'the endpoint refused the token, or Kafka or the registry refused this user',
      [config]: 'the configuration, or something that it names, can not be used',
    },
  },
  serve: {
    summary: 'run the bridge',
    examples: [
      'nbwss-bridge serve --config nbwss-bridge.yaml',
      'NBWSS_LOG_LEVEL=debug nbwss-bridge serve --config nbwss-bridge.yaml --admin-port 9091',
    ],
    exits: {
      [ok]: 'drained after a signal',
      [failure]: "the drain's deadline passed, or a second signal came",
      [unavailable]: 'an address to listen on is taken',
      [config]: wrongSettings,
    },
  },
  'check-config': {
    summary: 'check the configuration and the files that it names',
    examples: [
      'nbwss-bridge check-config --config nbwss-bridge.yaml --host-name bridge.example.com',
      'nbwss-bridge check-config --config nbwss-bridge.yaml --connect',
    ],
    exits: {
      [data]: 'with --connect: the registry would refuse a schema that the bridge is to register',
      [unavailable]: 'with --connect: Kafka or the registry did not answer, or a topic or subject is missing',
      [denied]: 'with --connect: Kafka or the registry refused this user',
      [config]: 'there is a problem that another configuration or another file fixes; every one is listed',
    },
  },
  schemas: {
    examples: [
      'nbwss-bridge schemas register --registry-url http://registry:8081 --dry-run',
      'nbwss-bridge schemas list --config nbwss-bridge.yaml',
    ],
  },
  'schemas list': {
    examples: ['nbwss-bridge schemas list --config nbwss-bridge.yaml'],
    exits: withRegistry,
  },
  'schemas check': {
    examples: ['nbwss-bridge schemas check --config nbwss-bridge.yaml'],
    exits: {
      [data]: "the registry would refuse this release's schemas",
      ...withRegistry,
      [unavailable]: 'the registry did not answer, or a subject is missing',
      [config]: "the bridge can't write with what the registry has; or a setting is wrong",
    },
  },
  'schemas diff': {
    examples: [
      'nbwss-bridge schemas diff jobs@latest jobs --config nbwss-bridge.yaml',
      'nbwss-bridge schemas diff old/netbackup-job.avsc jobs',
    ],
    exits: {
      [data]: 'one of them is no schema that can be compared',
      ...withRegistry,
    },
  },
  'schemas register': {
    examples: [
      'nbwss-bridge schemas register --registry-url http://registry:8081 --dry-run',
      'nbwss-bridge schemas register --config nbwss-bridge.yaml',
    ],
    exits: {
      [data]: 'the registry refuses a schema, or would',
      ...withRegistry,
    },
  },
  topics: { examples: ['nbwss-bridge topics create --kafka-brokers kafka:9092'] },
  'topics create': {
    examples: [
      'nbwss-bridge topics create --kafka-brokers kafka1:9092,kafka2:9092 --partitions 24',
      'nbwss-bridge topics create --config nbwss-bridge.yaml',
    ],
    exits: withKafka,
  },
  'topics check': {
    examples: ['nbwss-bridge topics check --config nbwss-bridge.yaml'],
    exits: {
      ...withKafka,
      [unavailable]: 'Kafka did not answer, or a topic is missing or can not be written now',
      [config]: 'the settings of a topic are not safe; or a setting is wrong',
    },
  },
  simulate: {
    summary: 'play NetBackup against an endpoint, and report what became of its notifications',
    examples: [
      'nbwss-bridge simulate --url wss://bridge.example.com:8443/nbwss --token-file tokens/primary1 --ca-file ca.crt',
      'nbwss-bridge simulate --url wss://127.0.0.1:8443/nbwss --token-file tokens/primary1 --ca-file ca.crt --servername bridge.example.com --rate 100 --duration 60',
    ],
    exits: {
      [ok]: 'all was answered',
      [data]: 'the endpoint violated the protocol',
      [unavailable]: 'the endpoint is not reachable, or did not answer in time',
      [denied]: 'the endpoint refused the token',
    },
  },
  probe: {
    summary: 'connect as NetBackup does, and say which step failed',
    examples: [
      'nbwss-bridge token generate > tokens/probe',
      'nbwss-bridge probe --url wss://bridge.example.com:8443/nbwss --token-file tokens/probe --ca-file ca.crt',
    ],
    exits: {
      [ok]: 'the notification was answered',
      [unavailable]: 'a step failed',
      [denied]: 'the endpoint refused the token',
    },
  },
  tail: {
    summary: 'print decoded records',
    examples: [
      'nbwss-bridge tail --config nbwss-bridge.yaml',
      'nbwss-bridge tail --config nbwss-bridge.yaml --topic jobs --client client1 --since 2h --json',
    ],
    exits: { [data]: 'some records can not be read; it says which, and why', ...withBoth },
  },
  replay: {
    summary: 'send dead letters to their topics again',
    examples: [
      'nbwss-bridge replay --config nbwss-bridge.yaml --reason wrong-type --since 7d --dry-run',
      'nbwss-bridge replay --config nbwss-bridge.yaml --reason wrong-type --since 7d',
    ],
    exits: {
      [failure]:
        'stopped by a signal, or by a reader of stdout that has enough; the same command again goes on',
      [data]: 'some of them can not be sent; it says which, and why',
      ...withBoth,
    },
  },
  token: { examples: ['nbwss-bridge token generate > tokens/primary1'] },
  'token generate': { examples: ['nbwss-bridge token generate > tokens/primary1'] },
  'token hash': {
    examples: ['nbwss-bridge token hash < token > tokens/primary1'],
    exits: { [data]: 'there is not one token on stdin' },
  },
  'endpoint-file': {
    summary: 'print the JSON file with which NetBackup is told of this endpoint',
    examples: [
      'nbwss-bridge endpoint-file --url wss://bridge.example.com:8443/nbwss --primary primary1 --config nbwss-bridge.yaml > endpoint.json',
      'nbwss-bridge endpoint-file --url wss://bridge.example.com:8443/nbwss --token-file token > endpoint.json',
    ],
    exits: { [data]: 'there is no token to take', [config]: "the token directory can't be used" },
  },
  completion: {
    summary: 'print a script that completes what is typed in bash, zsh or fish',
    examples: [
      "nbwss-bridge completion bash > ~/.nbwss-bridge.bash && echo '. ~/.nbwss-bridge.bash' >> ~/.bashrc",
      'nbwss-bridge completion zsh > ~/.zsh/_nbwss-bridge     # a directory of $fpath, before compinit',
      'nbwss-bridge completion fish > ~/.config/fish/completions/nbwss-bridge.fish',
    ],
  },
};

/** The words that call a command, without the program's name. */
function wordsOf(command: Command): readonly string[] {
  return command.parent === null ? [] : [...wordsOf(command.parent), command.name()];
}

/** Puts what is known of the command's use below its options. */
export function completeHelp(command: Command): void {
  const { summary, text = [], examples = [], exits } = helps[wordsOf(command).join(' ')] ?? {};
  if (summary !== undefined) command.summary(summary);
  const codes = Object.entries(exits ?? {}).map(([code, meaning]) => `${code.padStart(2)}  ${meaning}`);
  const sections = [
    text.map((line) => `${line}\n`).join(''),
    section('Examples', examples),
    section('Exit codes', codes),
  ];
  const below = sections.map((each) => (each === '' ? '' : `\n${each}`)).join('');
  command.addHelpText('after', below.replace(/\n$/, ''));
}

function section(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${heading}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
