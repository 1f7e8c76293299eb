/** Composes the parts of `replay`: dead letters from Kafka, back through split and encode, to their topics. */
import type { Logger } from 'pino';
import type { Config } from './config/schema.ts';
import { lookUpSchemas } from './encode/writable.ts';
import { createDecoder, type Decode, decodeFailure, UndecodableError } from './encode/decoder.ts';
import { createEncoder } from './encode/encoder.ts';
import { createRegistry } from './encode/registry.ts';
import { createClient } from './kafka/client.ts';
import { connectCluster } from './kafka/cluster.ts';
import { readRanges } from './kafka/read-range.ts';
import { type ReadRecord, readTopics } from './kafka/read.ts';
import { readPartitions } from './kafka/topics.ts';
import { type Letter, readLetter } from './replay/letter.ts';
import { createMarks, type Marks } from './replay/marks.ts';
import { openWriter } from './replay-writer.ts';
import { createReplay, notSent, type Outcome } from './replay/replay.ts';
import { schemaChoices } from './schema-choices.ts';

export interface ReplayRunOptions {
  readonly config: Pick<Config, 'kafka' | 'registry' | 'schemas' | 'records' | 'limits'>;
  readonly log: Logger;
  /** Whose dead letters may be sent; of others it is told that they aren't. */
  readonly primaries: readonly string[];
  readonly filter: LetterFilter;
  readonly dryRun: boolean;
  /** Aborts: ends when what is under way is sent and marked. */
  readonly stop: AbortSignal;
  /** Told what it waits for from now on; null: nothing. */
  readonly onWaiting: (what: 'kafka' | 'registry' | 'confirmation' | null) => void;
  /** Called when Kafka lets it read, after which there are only waits with bounds of their own. */
  readonly onConnected: () => void;
  /** Called before the first dead letter is read: nothing has been sent before. */
  readonly onReading: () => void;
  /** Told of each dead letter that passes the filter and was not sent before, in their order. @param letter null where it can't be read */
  readonly onOutcome: (record: ReadRecord, letter: Letter | null, outcome: Outcome) => void;
}

/** Which dead letters; what is left out filters nothing. */
export interface LetterFilter {
  readonly reasons?: readonly string[] | undefined;
  readonly primaries?: readonly string[] | undefined;
  /** Keys: the client's name, where the dead letter has one. */
  readonly clients?: readonly string[] | undefined;
  /** From this time of the dead letters on, and before that one; Unix ms. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/**
 * Reads the dead letters up to the end that the topic has now, and sends those that pass the filter and have no mark yet. A few at a time,
 * so that memory stays bounded, and in the order of each partition.
 * @returns how many were passed over because they have a mark
 * @throws BridgeError `topics-missing`; UnavailableError when Kafka or the registry doesn't answer, or Kafka doesn't confirm in time
 */
export async function runReplay(options: ReplayRunOptions): Promise<{ readonly marked: number }> {
  const { config, log, filter, stop, onWaiting } = options;
  const { topics } = config.kafka;
  const { kafka } = createClient(config.kafka, log);
  await using running = new AsyncDisposableStack();
  const cluster = running.use(await connectCluster(config.kafka, log));
  await readPartitions(cluster, [topics.deadLetters, topics.replays]);
  onWaiting('registry');
  const schemas = await lookUpSchemas(createRegistry(config.registry), schemaChoices(config));
  const encoder = createEncoder({ topics, schemas, cloudEvents: config.records.cloudEvents });
  const decode = createDecoder(config.registry, config.schemas.context);

  const from = filter.since === undefined ? 'beginning' : { since: filter.since };
  onWaiting('kafka');
  const writer = options.dryRun ? null : running.use(await openWriter(config, encoder, log));
  const marks = await readMarks(kafka, topics, from, options);
  const replay = createReplay({
    encode: encoder.encode,
    limits: config.limits,
    primaries: new Set(options.primaries),
    topics,
    send: writer,
    now: Date.now,
  });
  let marked = 0;

  options.onReading();
  await readTopics(
    kafka,
    {
      topics: [topics.deadLetters],
      from,
      follow: false,
      onReady: () => onWaiting(null),
      async onRecords(records) {
        onWaiting('registry');
        const wanted: { record: ReadRecord; letter: Letter | null }[] = [];
        for (const record of records) {
          if (!isWanted(record, filter)) continue;
          const letter = await letterOf(record, decode, config.registry.url);
          if (letter !== null && !passes(letter, filter)) continue;
          if (marks.has(record)) marked++;
          else wanted.push({ record, letter });
        }
        onWaiting('confirmation');
        const outcomes = wanted.map(async ({ letter }) =>
          letter === null ? notSent('unreadable', 'it is no dead letter of a bridge') : await replay(letter),
        );
        using _ = writer?.bound();
        // Also when one fails: what was sent is told.
        (await Promise.allSettled(outcomes)).forEach((settled, at) => {
          const { record, letter } = wanted[at] as (typeof wanted)[number];
          if (settled.status === 'fulfilled') options.onOutcome(record, letter, settled.value);
        });
        onWaiting(null);
        await Promise.all(outcomes);
      },
    },
    stop,
  );
  return { marked };
}

async function readMarks(
  kafka: ReturnType<typeof createClient>['kafka'],
  topics: Config['kafka']['topics'],
  from: 'beginning' | { readonly since: number },
  { stop, onConnected }: Pick<ReplayRunOptions, 'stop' | 'onConnected'>,
): Promise<Marks> {
  const ranges = await readRanges(kafka, [topics.deadLetters], from);
  const firsts = new Map(ranges.values().map(({ partition, next }) => [partition, next]));
  const marks = createMarks(topics.deadLetters, (partition) => firsts.get(partition) ?? 0);
  await readTopics(
    kafka,
    {
      topics: [topics.replays],
      from: 'beginning',
      follow: false,
      onReady: onConnected,
      async onRecords(records) {
        for (const { key, value } of records) marks.take(key, value === null);
      },
    },
    stop,
  );
  onConnected();
  return marks;
}

function isWanted({ timestamp, key }: ReadRecord, { since, until, clients }: LetterFilter): boolean {
  if (timestamp < (since ?? -Infinity) || timestamp >= (until ?? Infinity)) return false;
  return clients === undefined || clients.includes(key ?? '');
}

function passes({ reason, primary }: Letter, { reasons, primaries }: LetterFilter): boolean {
  return (reasons?.includes(reason) ?? true) && (primaries?.includes(primary) ?? true);
}

/** @returns null for a record that is no dead letter of a bridge @throws BridgeError when the registry can't be asked */
async function letterOf(record: ReadRecord, decode: Decode, url: string): Promise<Letter | null> {
  // Confluent wire format: a zero and four bytes of the schema's id come first.
  if (record.value === null || record.value.length < 5 || record.value[0] !== 0) return null;
  try {
    return readLetter(record, await decode(record.value));
  } catch (error) {
    if (error instanceof UndecodableError) return null;
    throw decodeFailure(`${record.topic}[${record.partition}]@${record.offset}`, url, error);
  }
}
