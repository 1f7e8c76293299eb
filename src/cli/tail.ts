import { Command, Option } from 'commander';
import { loadGroups } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { createDecoder } from '../encode/decoder.ts';
import { createClient } from '../kafka/client.ts';
import { type ReadRecord, readTopics } from '../kafka/read.ts';
import { BridgeError, UnavailableError, UsageError, reasonOf } from '../errors.ts';
import { createLog } from './log.ts';
import { sourcesOf, withSettings } from './settings.ts';

const groups = ['kafka', 'registry', 'log'] as const;
const kinds = ['jobs', 'images', 'dead-letters'] as const;

interface TailOptions {
  readonly topic?: (typeof kinds)[number][];
  readonly fromBeginning?: true;
  readonly json?: true;
  readonly max?: string;
}

/** `tail`: decoded records on stdout, as text or as one JSON object a line; 69 when Kafka or the registry does not answer. */
export function tailCommand(): Command {
  const command = new Command('tail')
    .description('print decoded records as they arrive, until Ctrl-C')
    .addOption(new Option('-t, --topic <kind...>', 'which topics (default: all)').choices(kinds))
    .option('--from-beginning', 'also what the topics hold already')
    .option('--max <n>', 'stop after n records')
    .option('--json', 'one JSON object a line');
  return withSettings(command, groups).action(async () => {
    const { topic = kinds, fromBeginning = false, json = false, max } = command.opts<TailOptions>();
    if (max !== undefined && !/^[1-9]\d*$/.test(max))
      throw new UsageError(`--max must be a whole number from 1, not ${JSON.stringify(max)}`);
    const limit = max === undefined ? Infinity : Number(max);
    const { kafka, registry, log } = loadGroups(sourcesOf(command), groups);
    const names = {
      jobs: kafka.topics.jobs,
      images: kafka.topics.images,
      'dead-letters': kafka.topics.deadLetters,
    };
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
    const decode = createDecoder(registry);
    let printed = 0;
    const print = async (record: ReadRecord) => {
      if (printed >= limit) return;
      const value =
        record.value === null ? null : await decode(record.value).catch(undecodable(record, registry));
      process.stdout.write(`${json ? jsonLine(record, value) : textLine(record, value)}\n`);
      if (++printed >= limit) stop.abort();
    };
    const { kafka: client } = createClient(kafka, createLog(log.level));
    const options = { topics: topic.map((kind) => names[kind]), fromBeginning, onRecord: print };
    await readTopics(client, options, stop.signal).catch((error: unknown) => {
      if (error instanceof BridgeError) throw error;
      throw new UnavailableError(
        `can't read the topics at ${kafka.brokers.join(', ')}: ${reasonOf(error)}`,
        'tail',
        error,
      );
    });
  });
}

function undecodable({ topic, partition, offset }: ReadRecord, { url }: Config['registry']) {
  return (error: unknown): never => {
    const message = `can't decode ${topic}[${partition}]@${offset} with the schema registry at ${url}: ${reasonOf(error)}`;
    throw new UnavailableError(message, 'decode', error);
  };
}

type Value = Readonly<Record<string, unknown>> | null;

/** One record for a reader: where it is, its key, and its fields but the empty ones. */
export function textLine({ topic, partition, offset, key }: ReadRecord, value: Value): string {
  const fields = Object.entries(value ?? {}).flatMap(([name, field]) => {
    if (
      field === null ||
      (typeof field === 'object' && !Buffer.isBuffer(field) && Object.keys(field).length === 0)
    )
      return [];
    return [`${name}=${quoted(printable(name, field))}`];
  });
  const shownKey = key === null ? '-' : quoted(key).slice(1, -1);
  return `${topic}[${partition}]@${offset} ${shownKey}  ${fields.join(' ')}`;
}

/** As JSON, without the control characters that JSON leaves as they are: a sender must not reach the reader's terminal. */
function quoted(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
}

function jsonLine(record: ReadRecord, value: Value): string {
  const fields =
    value && Object.fromEntries(Object.entries(value).map(([name, field]) => [name, asText(field)]));
  return JSON.stringify({ ...record, value: fields });
}

/** Times for a reader; whole numbers for a program (`--json`). */
function printable(name: string, field: unknown): unknown {
  return typeof field === 'number' && /(?:Time|At)$/.test(name)
    ? new Date(field).toISOString()
    : asText(field);
}

function asText(field: unknown): unknown {
  return Buffer.isBuffer(field) ? field.toString('utf8') : field;
}
