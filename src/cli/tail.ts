import { Command, Option } from 'commander';
import type { Logger } from 'pino';
import { loadGroups } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { createDecoder, decodeFailure, UndecodableError } from '../encode/decoder.ts';
import { createClient, type KafkaClientOptions } from '../kafka/client.ts';
import { connectCluster } from '../kafka/cluster.ts';
import { type ReadRecord, readTopics } from '../kafka/read.ts';
import { kafkaError } from '../kafka/refusal.ts';
import { readPartitions } from '../kafka/topics.ts';
import { BridgeError, ExitCode, UsageError } from '../errors.ts';
import { kafkaAt, registryAt } from '../where-asked.ts';
import { choicesOption } from './choice.ts';
import { createLog } from './log.ts';
import { oneLine } from '../printable.ts';
import { jsonFields, placeText, textLine } from './record-lines.ts';
import { sourcesOf, withSettings } from './settings.ts';
import { parseTime, timeForms } from './since.ts';
import { tell } from './stderr.ts';
import { printJsonLine, printLine } from './stdout.ts';
import { secondsOf, waitingFor, withTimeout } from './waiting.ts';

const groups = ['kafka', 'registry', 'schemas', 'log'] as const;
const kinds = ['jobs', 'images', 'dead-letters'] as const;

interface TailOptions {
  readonly topic?: readonly (typeof kinds)[number][];
  readonly client?: readonly string[];
  readonly primary?: readonly string[];
  readonly since?: string;
  readonly fromBeginning?: true;
  readonly follow?: true;
  readonly json?: true;
  readonly max?: string;
}

/** `tail`: decoded records on stdout, as text or as one JSON object a line; 69 when Kafka or the registry does not answer. */
export function tailCommand(): Command {
  const command = new Command('tail')
    .description(
      'print decoded records: as they arrive, until Ctrl-C; with --since or --from-beginning those that are there, ' +
        'up to the present end, and with --follow also those that arrive',
    )
    .addOption(choicesOption('-t, --topic <kind...>', 'which topics (default: all)', kinds))
    .option('--client <name...>', 'only records with this key: the clientName')
    .option('--primary <name...>', "only this primary's records")
    .addOption(
      new Option('--since <time>', `from this time of the records on: ${timeForms}`).conflicts(
        'fromBeginning',
      ),
    )
    .option('--from-beginning', 'from the oldest records that the topics hold')
    .option('-f, --follow', 'go on at the present end')
    .option('--max <n>', 'stop after n records')
    .option('--json', 'one JSON object a line, with key, time, headers and schema id');
  return withSettings(withTimeout(command, 'where Kafka does not let it read by then'), groups).action(
    async () => {
      const {
        topic = kinds,
        client,
        primary,
        since,
        json = false,
        max,
        ...how
      } = command.opts<TailOptions>();
      if (max !== undefined && !/^[1-9]\d*$/.test(max))
        throw new UsageError(`--max must be a whole number from 1, not ${JSON.stringify(max)}`);
      const limit = max === undefined ? Infinity : Number(max);
      const from =
        since !== undefined
          ? { since: parseTime('--since', since, Date.now()) }
          : how.fromBeginning === true
            ? 'beginning'
            : 'now';
      const {
        kafka,
        registry,
        schemas,
        log: { level },
      } = loadGroups(sourcesOf(command), groups);
      const names = {
        jobs: kafka.topics.jobs,
        images: kafka.topics.images,
        'dead-letters': kafka.topics.deadLetters,
      };
      const stop = new AbortController();
      const decode = createDecoder(registry, schemas.context);
      let printed = 0;

      async function print(record: ReadRecord): Promise<void> {
        // Within a partition times aren't in order.
        if (typeof from === 'object' && record.timestamp < from.since) return;
        if (client !== undefined && !client.includes(record.key ?? '')) return;
        const value =
          record.value === null ? null : await decode(record.value).catch(undecodable(record, registry));
        if (primary !== undefined && !primary.includes(String(value?.['primary']))) return;
        if (json) printJsonLine(jsonFields(record, value));
        else printLine(textLine(record, value));
        if (++printed >= limit) stop.abort();
      }

      const topics = [...new Set(topic)].map((kind) => names[kind]);
      const log = createLog(level);
      await waitingFor(kafkaAt(kafka), secondsOf(command), async (waiting) => {
        await checkThere(kafka, topics, log);
        // A signal before ends the command where it is: nothing has begun.
        process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
        const options = {
          topics,
          from,
          follow: from === 'now' || how.follow === true,
          onReady() {
            waiting.unbounded();
            waiting.for(null);
          },
          onLost: () => waiting.for(kafkaAt(kafka)),
          async onRecords(records: readonly ReadRecord[]) {
            waiting.for(registryAt(registry));
            for (const record of records) if (!stop.signal.aborted) await print(record);
            waiting.for(null);
          },
        } as const;
        const { kafka: kafkaClient } = createClient(kafka, log);
        await readTopics(kafkaClient, options, stop.signal).catch((error: unknown) => {
          if (error instanceof BridgeError) throw error;
          throw kafkaError(`can't read the topics at ${kafka.brokers.join(', ')}`, error, 'tail');
        });
      });
    },
  );
}

/** The client says of a topic that isn't there no more than that one isn't. @throws BridgeError, as connectCluster and readPartitions */
async function checkThere(kafka: KafkaClientOptions, topics: readonly string[], log: Logger): Promise<void> {
  await using cluster = await connectCluster(kafka, log);
  await readPartitions(cluster, topics);
}

/** What the record itself is to blame for is told of, and doesn't keep the others from being read (as in `replay`). */
function undecodable(record: ReadRecord, { url }: Config['registry']) {
  return (error: unknown): null => {
    const failure = decodeFailure(placeText(record), url, error);
    if (!(error instanceof UndecodableError)) throw failure;
    tell(oneLine(failure.message));
    process.exitCode = ExitCode.data;
    return null;
  };
}
