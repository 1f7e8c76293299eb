import { isIP } from 'node:net';
import { Command, InvalidArgumentError, Option } from 'commander';
import { addressText } from '../address.ts';
import { checkLimits } from '../check-limits.ts';
import { checkConnections, checkSecretFiles } from '../check.ts';
import { configHash, type ConfigSources, loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { BridgeError, ConfigError, ExitCode } from '../errors.ts';
import { collectProblems } from '../files.ts';
import { exitCodeOf, type Verdict } from '../verdict.ts';
import { type CheckedFiles, checkFiles } from './check-files.ts';
import { createLog } from './log.ts';
import { sourcesOf, withSettings } from './settings.ts';
import { isStdoutTerminal, printJson, printLine } from './stdout.ts';
import { secondsOf, tellWaiting, withTimeout } from './waiting.ts';

/**
 * `check-config`: 0 when the configuration, its files and, with --connect, what else it names can be used; 78 with every problem when not,
 * or 77, 65 or 69 where only Kafka or the registry are in the way.
 */
export function checkConfigCommand(): Command {
  const command = new Command('check-config')
    .description(
      'check the configuration and the files that it names, and tell what NetBackup will think of the certificate',
    )
    .addOption(
      new Option(
        '--host-name <name>',
        'host name or address of the URL that NetBackup is given; one option for each',
      )
        .argParser(addHostName)
        .default([], 'none'),
    )
    .option(
      '--connect',
      'also ask Kafka and the registry, as the bridge would, and reach for the collector of traces; nothing is written',
    )
    .option('--print', 'print the effective configuration as JSON')
    .option('--json', 'print what was found as JSON');
  return withSettings(withTimeout(command, 'with --connect')).action(async () => {
    const options = { ...command.opts<Options>(), seconds: secondsOf(command) };
    const found = await check(sourcesOf(command), options);
    const shown = report(found, options);
    if (found.problems.length > 0) throw failure(found, shown === 'verdicts');
  });
}

interface Options {
  readonly hostName: readonly string[];
  readonly connect?: true;
  readonly print?: true;
  readonly json?: true;
  /** Of --timeout. */
  readonly seconds: number;
}

/**
 * Whether each verdict is shown as soon as it is known, and what the configuration amounts to behind them: for whoever sits before a
 * terminal while others are asked. Elsewhere the order is the same each time.
 */
function isLive({ connect, print, json }: Options): boolean {
  return connect === true && print !== true && json !== true && isStdoutTerminal();
}

interface Found {
  /** Null where the settings are wrong. */
  readonly config: Config | null;
  readonly files: CheckedFiles;
  readonly verdicts: readonly Verdict[];
  /** What is wrong with settings, and what the verdicts say failed. */
  readonly problems: readonly string[];
  /** Whether the configuration itself, or a file that it names, is wrong. */
  readonly isOwn: boolean;
  readonly exitCode: ExitCode;
}

async function check(sources: ConfigSources, options: Options): Promise<Found> {
  const wrong: string[] = [];
  const config = collectProblems(wrong, () => loadConfig(sources));
  const files = checkFiles(sources, options.hostName);
  const own = [
    ...files.verdicts,
    ...(config === null || files.credentials === null ? [] : checkLimits(config.limits, files.credentials)),
  ];
  const show = config !== null && isLive(options) ? printVerdict : () => {};
  own.forEach(show);
  const verdicts = [...own, ...(config === null ? [] : await checkOthers(config, options, show))];
  const failures = verdicts.filter(({ state }) => state === 'failed').map(sentenceOf);
  const exitCode = config === null ? ExitCode.config : exitCodeOf(verdicts);
  const isOwn = wrong.length > 0 || own.some(({ state }) => state === 'failed');
  return { config, files, verdicts, problems: [...wrong, ...failures], isOwn, exitCode };
}

/** Nothing but JSON on stdout where that is asked for. @returns what stdout has now of the problems, for people */
function report(
  { config, files, verdicts, problems, exitCode }: Found,
  options: Options,
): 'verdicts' | 'nothing' {
  const { print, json } = options;
  const valid = problems.length === 0;
  if (json === true) {
    const facts = { exitCode, ...factsOf(config, files) };
    printJson({ valid, problems, verdicts: verdicts.map(withExitCode), ...facts });
    return 'nothing';
  }
  if (print === true) {
    if (valid) printJson(config);
    return 'nothing';
  }
  // With wrong settings it isn't known what all there is to be judged.
  if (config === null) return 'nothing';
  const summary = valid ? summaryOf(factsOf(config, files)) : [];
  if (isLive(options)) {
    for (const line of valid ? ['', ...summary] : []) printLine(line);
    return 'verdicts';
  }
  for (const line of valid ? [...summary, ''] : []) printLine(line);
  verdicts.forEach(printVerdict);
  return 'verdicts';
}

function printVerdict(verdict: Verdict): void {
  printLine(`${verdict.state.padEnd(7)}  ${sentenceOf(verdict)}`);
}

/**
 * What is wrong outside of the configuration and its files isn't mended by another configuration.
 * @param shown whether each problem is on stdout: on a terminal it would stand there twice
 */
function failure({ problems, isOwn, exitCode }: Found, shown: boolean): BridgeError {
  if (isOwn && exitCode === ExitCode.config && !shown) return new ConfigError(problems);
  const what = isOwn
    ? `the configuration has ${problems.length} problem(s)`
    : `the configuration is valid, but ${problems.length} thing(s) that it names can't be used now`;
  const list = problems.map((problem) => `\n  - ${problem}`).join('');
  const message = shown
    ? `${what}: the lines of stdout that begin with "failed" say which`
    : `${what}:${list}`;
  return new BridgeError(message, {
    code: exitCode === ExitCode.config ? 'config' : 'connections',
    exitCode,
  });
}

function withExitCode(verdict: Verdict): Verdict {
  return verdict.state === 'failed' ? { ...verdict, exitCode: exitCodeOf([verdict]) } : verdict;
}

function addHostName(value: string, names: readonly string[]): readonly string[] {
  if (isIP(value) === 0 && !/^[^\s/@:[\]]+$/.test(value))
    throw new InvalidArgumentError('It is the host alone, without wss://, port and path.');
  return [...names, value];
}

/** What there is for Kafka and the registry, and, where it is to be asked, what they make of it. */
async function checkOthers(
  config: Config,
  { connect, seconds }: Options,
  onVerdict: (verdict: Verdict) => void,
): Promise<readonly Verdict[]> {
  if (connect !== true) return checkSecretFiles(config);
  const waiting = tellWaiting(seconds);
  // What the client has to say beside the verdicts is for who follows a running bridge.
  return await checkConnections(config, createLog('fatal'), {
    timeoutMs: seconds * 1000,
    onVerdict,
    onWaiting: waiting.for,
  });
}

/** What the configuration amounts to, as far as it can be used. */
function factsOf(config: Config | null, { certificate, credentials }: CheckedFiles) {
  return {
    hash: config && configHash(config),
    endpoint: config && `wss://${addressText(config.listen)}${config.listen.path}`,
    certificate: certificate && {
      subject: certificate.subject,
      notAfter: new Date(certificate.notAfter).toISOString(),
    },
    primaries: credentials?.primaries ?? [],
    kafka: config?.kafka.brokers ?? [],
    registry: config && config.registry.url,
  };
}

function summaryOf({ hash, endpoint, certificate, primaries, kafka, registry }: ReturnType<typeof factsOf>) {
  return [
    'the configuration is valid',
    `  hash         ${hash}`,
    `  endpoint     ${endpoint}`,
    `  certificate  ${certificate?.subject}, until ${certificate?.notAfter}`,
    `  primaries    ${primaries.join(', ')}`,
    `  kafka        ${kafka.join(', ')}`,
    `  registry     ${registry}`,
  ];
}

function sentenceOf({ what, text }: Verdict): string {
  return `${what}: ${text}`;
}
