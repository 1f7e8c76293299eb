import { Command } from 'commander';
import { type ConfigSources, loadGroups, loadValid } from '../config/load.ts';
import { BridgeError, ConfigError, ExitCode } from '../errors.ts';
import type { ReadRecord } from '../kafka/read.ts';
import { kafkaError } from '../kafka/refusal.ts';
import { deadLetterReasons } from '../metric-labels.ts';
import type { Letter } from '../replay/letter.ts';
import type { Obstacle, Outcome } from '../replay/replay.ts';
import { runReplay } from '../replay-run.ts';
import { loadCredentials } from '../session/credentials.ts';
import { kafkaAt, registryAt } from '../where-asked.ts';
import { choicesOption } from './choice.ts';
import { createLog } from './log.ts';
import { placeText } from './record-lines.ts';
import { sourcesOf, withSettings } from './settings.ts';
import { isStderrTerminal, tell, tellPlain } from './stderr.ts';
import { goOnWithoutReader, printJsonLine, printLine } from './stdout.ts';
import { parseTime, timeForms } from './since.ts';
import { secondsOf, waitingFor, withTimeout } from './waiting.ts';

const groups = ['kafka', 'registry', 'schemas', 'records', 'limits', 'log'] as const;

interface Options {
  readonly reason?: readonly string[];
  readonly primary?: readonly string[];
  readonly client?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/**
 * `replay`: 0 when every dead letter that was asked for is sent, 65 when some can't be, 69 when Kafka or the registry does not answer,
 * 1 after a signal.
 */
export function replayCommand(): Command {
  const command = new Command('replay')
    .description(
      'send dead letters again, back through split and encode to their topics, with the event names that they had; those that were sent ' +
        'are marked, and skipped from then on',
    )
    .addOption(choicesOption('--reason <code...>', 'only dead letters with this reason', deadLetterReasons))
    .option(
      '--primary <name...>',
      "only this primary's, also where it has no token any more (default: of all that have a file in credentials.tokenDirectory)",
    )
    .option(
      '--client <name...>',
      "only those with this key: the clientName, or the primary's name where there is none",
    )
    .option('--since <time>', `only those that arrived at this time or later: ${timeForms}`)
    .option('--until <time>', 'only those that arrived before this time')
    .option('--dry-run', 'say what would be sent, and send nothing')
    .option('--json', 'one JSON object a line');
  return withSettings(withTimeout(command, 'where Kafka does not let it read by then'), [
    'credentials',
    ...groups,
  ]).action(async () => {
    const { reason, primary, client, since, until, dryRun = false, json } = command.opts<Options>();
    const now = Date.now();
    const filter = {
      reasons: reason,
      primaries: primary,
      clients: client,
      since: since === undefined ? undefined : parseTime('--since', since, now),
      until: until === undefined ? undefined : parseTime('--until', until, now),
    };
    const sources = sourcesOf(command);
    const config = loadGroups(sources, groups);
    const primaries = primary ?? configuredPrimaries(sources);
    const stop = new AbortController();
    const onSignal = () => {
      if (stop.signal.aborted) process.exit(ExitCode.failure);
      stop.abort('by a signal');
      if (isStderrTerminal())
        tell('stopping once what is under way is confirmed; a second signal ends it at once');
    };
    const places = {
      kafka: kafkaAt(config.kafka),
      registry: registryAt(config.registry),
      confirmation: `${kafkaAt(config.kafka)} to confirm what is sent`,
    };
    const counts = { sent: 0, notSent: new Map<Obstacle, number>() };

    const options = {
      config,
      log: createLog(config.log.level),
      primaries,
      filter,
      dryRun,
      stop: stop.signal,
      // A signal before ends the command where it is: nothing has begun.
      onReading: () => process.on('SIGINT', onSignal).on('SIGTERM', onSignal),
      onOutcome(record: ReadRecord, letter: Letter | null, outcome: Outcome) {
        if (outcome.outcome === 'not-sent')
          counts.notSent.set(outcome.why, (counts.notSent.get(outcome.why) ?? 0) + 1);
        else counts.sent++;
        if (json === true) printJsonLine(jsonFields(record, letter, outcome));
        else printLine(textLine(record, letter, outcome));
      },
    };
    goOnWithoutReader(() => stop.abort('because nobody reads stdout'));
    const ran = await waitingFor(places.kafka, secondsOf(command), (waiting) =>
      runReplay({
        ...options,
        onWaiting: (what) => waiting.for(what && places[what]),
        onConnected: () => waiting.unbounded(),
      }),
    ).catch((error: unknown) => {
      tellPlain(`${summaryOf(counts, 0, dryRun)}\n`);
      if (error instanceof BridgeError) throw error;
      const where = config.kafka.brokers.join(', ');
      throw kafkaError(`can't replay with Kafka at ${where}`, error, 'replay');
    });
    tellPlain(`${summaryOf(counts, ran.marked, dryRun)}\n`);
    if (stop.signal.aborted) {
      tell(`stopped ${stop.signal.reason}: the same command again goes on`);
      process.exitCode = ExitCode.failure;
    } else if (counts.notSent.size > 0) process.exitCode = ExitCode.data;
  });
}

/** @throws ConfigError where it isn't said which primaries there are */
function configuredPrimaries(sources: ConfigSources): readonly string[] {
  const { 'credentials.tokenDirectory': directory } = loadValid(sources, ['credentials.tokenDirectory']);
  if (directory !== undefined) return loadCredentials(directory).primaries;
  throw new ConfigError([
    'credentials.tokenDirectory: is not set, so that nobody can tell which primaries there are: set it as the bridge has it, ' +
      'or name those whose dead letters are to be sent by --primary',
  ]);
}

interface Counts {
  readonly sent: number;
  readonly notSent: ReadonlyMap<Obstacle, number>;
}

function summaryOf({ sent, notSent }: Counts, marked: number, dryRun: boolean): string {
  const obstacles = [...notSent].map(([why, count]) => `${count} ${why}`).join(', ');
  const total = notSent.values().reduce((sum, count) => sum + count, 0);
  return [
    `${sent} dead letter(s) ${dryRun ? 'would be sent' : 'sent'}`,
    `${marked} sent before`,
    `${total} can not be sent${total === 0 ? '' : ` (${obstacles})`}`,
  ].join(', ');
}

/** One dead letter for a reader: where it is, the name of its event, why it is there, and what becomes of it. */
function textLine(record: ReadRecord, letter: Letter | null, outcome: Outcome): string {
  const { primary = '-', messageId = null, entryIndex = null, reason = '-' } = letter ?? {};
  const name = `${primary} ${messageId ?? '-'} ${entryIndex ?? '-'} ${reason}`;
  return `${placeText(record)} ${name}: ${wordsOf(outcome)}`;
}

function wordsOf(outcome: Outcome): string {
  if (outcome.outcome === 'not-sent') return `not sent, ${outcome.why}: ${outcome.detail}`;
  const { to, deadLetters } = outcome;
  const places = Object.entries(to).map(([topic, count]) =>
    count === 1 ? topic : `${topic} (${count} records)`,
  );
  if (deadLetters.length > 0) places.push(`${deadLetters.length} dead letter(s) of its entries`);
  const verb = outcome.outcome === 'sent' ? 'sent' : 'would be sent';
  return places.length === 0
    ? `${verb} with another dead letter of the same message`
    : `${verb} to ${places.join(', ')}`;
}

function jsonFields(record: ReadRecord, letter: Letter | null, outcome: Outcome): object {
  const { topic, partition, offset, timestamp, key } = record;
  const { primary = null, messageId = null, entryIndex = null, reason = null } = letter ?? {};
  return {
    topic,
    partition,
    offset,
    timestamp,
    key,
    primary,
    messageId,
    entryIndex,
    reason,
    ...outcome,
  };
}
