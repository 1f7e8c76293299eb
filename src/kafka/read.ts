import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { BridgeError, ExitCode, UnavailableError } from '../errors.ts';
import { placeOf, type Range, type Ranges, type ReadFrom, readLows, readRanges } from './read-range.ts';

/** A record as it was read, not decoded. */
export interface ReadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Unix ms. */
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ReadOptions {
  readonly topics: readonly string[];
  readonly from: ReadFrom;
  /** Whether to go on with what comes after the end that the topics have at the call. */
  readonly follow: boolean;
  /** Called once every partition is assigned: what is written from then on is read. */
  readonly onReady?: () => void;
  /** Called when the client has lost Kafka, and begins again; then `onReady` is called another time. */
  readonly onLost?: () => void;
  /** Takes records of one partition in their order, a bounded number of them; the next come when it has resolved. */
  readonly onRecords: (records: readonly ReadRecord[]) => Promise<void>;
}

/** A group of its own for every run, never committed: reading disturbs no other consumer. */
const groupPrefix = 'nbwss-bridge-read-';

/** The most that is handed on at a time: this many records, and this many bytes but for a single larger record. */
const chunk = { records: 100, bytes: 1024 * 1024 };

/** How long Kafka may have records that it doesn't give, in ms: above a request's time-out, a rebalance and a failover. */
const stalledBoundMs = 60_000;
/** Between two looks whether what is waited for was deleted meanwhile (retention), in ms. */
const recheckMs = 2_000;
/** Of one such look, in ms: a broker that is away answers none. */
const lookBoundMs = 5_000;
/** How long a broker waits for new records, in ms: a stop waits as long. */
const fetchWaitMs = 500;
/** How long a stop waits for the client to leave its group and to close its connections, in ms; past it they are left to the program's end. */
const leaveBoundMs = 5_000;

/**
 * Reads the topics until `stop` aborts; without `follow` no further than to the end that they have at the call.
 * Rejects with what `onRecords` throws, or when the topics can't be read; with UnavailableError when Kafka holds back, for
 * `stalledBoundMs`, what is to be read to the end. A stop waits for `onRecords`, and then `leaveBoundMs` at most.
 */
export async function readTopics(kafka: Kafka, options: ReadOptions, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  const stopped = Promise.withResolvers<null>();
  stop.addEventListener('abort', () => stopped.resolve(null), { once: true });
  const ranges = await Promise.race([readRanges(kafka, options.topics, options.from), stopped.promise]);
  if (ranges !== null) await consume(kafka, options, ranges, { signal: stop, stopped: stopped.promise });
}

interface Stop {
  readonly signal: AbortSignal;
  /** Resolves when it aborts. */
  readonly stopped: Promise<null>;
}

async function consume(
  kafka: Kafka,
  options: ReadOptions,
  ranges: Ranges,
  { signal: stop, stopped }: Stop,
): Promise<void> {
  const { topics, follow, onReady, onLost, onRecords } = options;
  const open = new Set(follow ? [] : ranges.values().filter(({ next, end }) => next < end));
  if (!follow && open.size === 0) return;

  const consumer = kafka.consumer({
    groupId: groupPrefix + randomUUID(),
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: fetchWaitMs,
  });
  const failed = Promise.withResolvers<never>();
  const ended = Promise.withResolvers<void>();
  failed.promise.catch(() => {});
  const over = new AbortController();
  let progressAt = performance.now();
  /** What the reader does with records now; it has bounds of its own. */
  let taking = null as Promise<void> | null;

  consumer.on('consumer.crash', ({ payload: { error, restart } }) => {
    if (restart) onLost?.();
    else failed.reject(explained(error));
  });
  consumer.on('consumer.group_join', () => {
    // The group keeps no offsets: after every join the places are ours to tell, or a rebalance would repeat or omit records.
    for (const { topic, partition, next } of ranges.values())
      consumer.seek({ topic, partition, offset: String(next) });
    onReady?.();
  });
  // Told also where there are no records to hand on: markers of transactions, and the gaps of a compacted topic.
  consumer.on('consumer.end_batch_process', ({ payload: { topic, partition, lastOffset } }) => {
    if (!stop.aborted && !over.signal.aborted) advance(rangeOf(topic, partition), Number(lastOffset) + 1);
  });
  const ends = [failed.promise, stopped, ...(follow ? [] : [ended.promise, untilStalled()])];
  try {
    await Promise.race([...ends, join()]);
    await Promise.race(ends);
  } finally {
    over.abort();
    await taking?.catch(() => {});
    // The client waits for the answers to what it has asked; a broker that is away gives none.
    await within(leaveBoundMs, consumer.disconnect());
  }

  async function join(): Promise<void> {
    await consumer.connect();
    // Partitions that are added later are read from their beginning.
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: take });
  }

  async function take({ batch, heartbeat }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch;
    const range = rangeOf(topic, partition);
    const end = follow ? Infinity : range.end;
    // What ends before the place where we are is another topic of the same name: it is read from its beginning.
    if (follow && Number(batch.highWatermark) < range.next) range.next = 0;
    const wanted = batch.messages.filter(
      ({ offset }) => Number(offset) >= range.next && Number(offset) < end,
    );
    for (const messages of chunksOf(wanted)) {
      if (stop.aborted || over.signal.aborted) return;
      taking = onRecords(messages.map((message) => toRecord(topic, partition, message)));
      try {
        await taking;
      } catch (error) {
        failed.reject(error);
        over.abort();
        return;
      } finally {
        taking = null;
      }
      advance(range, Number(messages.at(-1)?.offset) + 1);
      await heartbeat();
    }
  }

  function rangeOf(topic: string, partition: number): Range {
    const place = placeOf(topic, partition);
    let range = ranges.get(place);
    if (range === undefined) ranges.set(place, (range = { topic, partition, next: 0, end: 0 }));
    return range;
  }

  function advance(range: Range, next: number): void {
    range.next = Math.max(range.next, next);
    progressAt = performance.now();
    if (range.next < range.end) return;
    if (open.delete(range) && open.size === 0) ended.resolve();
  }

  /** Passes over what was deleted before it could be read. @throws UnavailableError when nothing comes any more */
  async function untilStalled(): Promise<void> {
    for (;;) {
      await delay(recheckMs, undefined, { signal: over.signal }).catch(() => {});
      if (over.signal.aborted) return;
      if (taking !== null || performance.now() - progressAt < recheckMs) continue;
      const lows = (await within(lookBoundMs, readLows(kafka, topics))) ?? new Map<string, number>();
      for (const range of open) {
        const low = lows.get(placeOf(range.topic, range.partition)) ?? 0;
        if (low > range.next) advance(range, low);
      }
      const [range] = open;
      if (range === undefined || performance.now() - progressAt < stalledBoundMs) continue;
      const { topic, partition, next, end } = range;
      const message =
        `Kafka gave nothing for ${stalledBoundMs / 1000} s, although ${topic}[${partition}] ` +
        `should have records from offset ${next} to ${end - 1}`;
      throw new UnavailableError(message, 'kafka-stalled');
    }
  }
}

/** What the promise resolves to; null when it rejects, or the time is over before. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  const over = new AbortController();
  const late = delay(ms, null, { signal: over.signal }).catch(() => null);
  try {
    return await Promise.race([promise.catch(() => null), late]);
  } finally {
    over.abort();
  }
}

/** The same answer as to a write that isn't allowed, for want of another right. */
function mayNotRead(cause: Error): BridgeError {
  const message =
    'this user may not read the topics (TOPIC_AUTHORIZATION_FAILED): grant READ on them (docs/kafka-security.md)';
  return new BridgeError(message, {
    code: 'kafka-authorization',
    retryable: true,
    exitCode: ExitCode.denied,
    cause,
  });
}

/** One of ours, which the client wraps (a batch that can't be decompressed); or what the client doesn't say of its own. */
function explained(error: unknown): unknown {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if (e instanceof BridgeError) return e;
    if ('type' in e && e.type === 'TOPIC_AUTHORIZATION_FAILED') return mayNotRead(e);
    // The client drops what the brokers answered.
    if (e.name !== 'KafkaJSGroupCoordinatorNotFound') continue;
    const message =
      `no broker coordinates the group ${groupPrefix}... for this user: grant READ on groups that begin with nbwss-bridge-, ` +
      'and see that the brokers are up (docs/kafka-security.md)';
    return new UnavailableError(message, 'kafka-group', error);
  }
  return error;
}

function* chunksOf(messages: readonly KafkaMessage[]): Generator<readonly KafkaMessage[]> {
  let start = 0;
  let bytes = 0;
  for (let at = 0; at < messages.length; at++) {
    const size = messages[at]?.value?.length ?? 0;
    if (at > start && (at - start >= chunk.records || bytes + size > chunk.bytes)) {
      yield messages.slice(start, at);
      start = at;
      bytes = 0;
    }
    bytes += size;
  }
  if (start < messages.length) yield messages.slice(start);
}

function toRecord(topic: string, partition: number, message: KafkaMessage): ReadRecord {
  const { offset, timestamp, key, value, headers = {} } = message;
  return {
    topic,
    partition,
    offset,
    timestamp: Number(timestamp),
    key: key?.toString() ?? null,
    value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, String(header)])),
  };
}
