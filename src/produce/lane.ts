import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaRecord } from '../encode/record.ts';
import { reasonOf } from '../errors.ts';
import { type Append, AppendError, type TopicPartition } from './append.ts';

/** A record on its way, and who waits for it. */
export interface Item {
  readonly record: KafkaRecord;
  /** What the record takes in a batch, in bytes, at most. */
  readonly bytes: number;
  confirmed(): void;
  refused(code: string): void;
  failed(error: Error): void;
}

export interface LaneLimits {
  /** The most records of one batch. */
  readonly maxRecords: number;
  /** What the records of one batch may take together, in bytes. */
  readonly maxBytes: () => number;
  /** The longest wait before a retry, in ms. */
  readonly retryWaitCapMs: number;
}

export interface LaneEvents {
  retry(to: TopicPartition, records: number, attempt: number, error: AppendError): void;
  batchConfirmed(to: TopicPartition, records: number, bytes: number, durationMs: number): void;
  batchRefused(to: TopicPartition, records: number, code: string): void;
}

/** What a lane asks and tells the topic that its partition belongs to. */
export interface LaneTopic {
  /** Whether the topic is known to have no such partition any more. */
  isGone(partition: number): boolean;
  /** Takes over, in their order, the records that a partition which is gone did not confirm: they belong elsewhere now. */
  displaced(items: readonly Item[]): void;
  /** Told whenever nothing is on its way any more. */
  idle(): void;
}

const firstRetryWaitMs = 50;

/**
 * The way to one partition: one batch under way, and what arrives meanwhile is the next (group commit). Order holds through
 * every retry, because a retry is the identical batch, and nothing overtakes it.
 */
export interface Lane {
  /** Synchronous: the record's place in the order is taken when this returns. */
  add(item: Item): void;
  readonly idle: boolean;
}

/** @param stop when aborted, everything that is pending fails at once with its reason, and nothing is sent any more */
export function createLane(
  to: TopicPartition,
  append: Append,
  limits: LaneLimits,
  events: LaneEvents,
  stop: AbortSignal,
  topic: LaneTopic,
): Lane {
  let waiting: Item[] = [];
  let underWay: readonly Item[] = [];
  let running = false;
  /** Null unless the partition turned out to be gone. */
  let displaced: Item[] | null = null;
  // A broker that hangs must not hold up the stop: what is under way may still be written, but nobody waits for it.
  stop.addEventListener('abort', () => {
    [...underWay, ...waiting].forEach((item) => item.failed(stop.reason as Error));
    waiting = [];
  });

  return {
    add(item) {
      if (stop.aborted) return item.failed(stop.reason as Error);
      waiting.push(item);
      if (running) return;
      running = true;
      // A microtask later all records of the message, and of the read that it came with, are here.
      queueMicrotask(() => void run());
    },
    get idle() {
      return !running;
    },
  };

  /** Never rejects: each item hears of its own outcome, or of the stop. */
  async function run(): Promise<void> {
    while (waiting.length > 0) {
      underWay = takeBatch();
      await deliver(underWay);
    }
    underWay = [];
    running = false;
    if (stop.aborted) displaced?.forEach((item) => item.failed(stop.reason as Error));
    else if (displaced !== null) topic.displaced(displaced);
    displaced = null;
    topic.idle();
  }

  function takeBatch(): Item[] {
    const maxBytes = limits.maxBytes();
    let count = 0;
    for (let bytes = 0; count < waiting.length && count < limits.maxRecords; count++) {
      bytes += (waiting[count] as Item).bytes;
      if (bytes > maxBytes && count > 0) break;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  }

  async function deliver(items: readonly Item[]): Promise<void> {
    const batch = items.map((item) => item.record);
    for (let attempt = 1; ; attempt++) {
      if (stop.aborted) return;
      if (displaced !== null) return void displaced.push(...items);
      const startedAt = performance.now();
      try {
        await append(to, batch);
        events.batchConfirmed(to, items.length, bytesOf(items), performance.now() - startedAt);
        return items.forEach((item) => item.confirmed());
      } catch (thrown) {
        const error = thrown instanceof AppendError ? thrown : asUnknown(thrown);
        if (error.outcome === 'absent' && topic.isGone(to.partition)) {
          displaced = [...items];
          return;
        }
        if (error.outcome === 'refused') {
          events.batchRefused(to, items.length, error.code);
          return await bisect(items, error.code);
        }
        events.retry(to, items.length, attempt, error);
        await delay(retryWaitMs(attempt, limits.retryWaitCapMs), undefined, { signal: stop }).catch(() => {});
      }
    }
  }

  /** Finds the record that the broker refuses; the others pass, in order. */
  async function bisect(items: readonly Item[], code: string): Promise<void> {
    if (items.length === 1) return items[0]?.refused(code);
    const middle = Math.ceil(items.length / 2);
    await deliver(items.slice(0, middle));
    await deliver(items.slice(middle));
  }
}

/** Doubles from 50 ms to the cap, with up to half of it as jitter. */
function retryWaitMs(attempt: number, capMs: number): number {
  const wait = Math.min(firstRetryWaitMs * 2 ** Math.min(attempt - 1, 16), capMs);
  return wait * (0.5 + Math.random() / 2);
}

function bytesOf(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + item.bytes, 0);
}

function asUnknown(thrown: unknown): AppendError {
  return new AppendError('unknown', 'unexpected', reasonOf(thrown), thrown);
}
