import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from '../errors.ts';
import { type Append, AppendError, CutBatchError, requestCut, type TopicPartition } from './append.ts';
import { confirmAll, type Item } from './call.ts';
import { createCutJudge, type CutVerdict } from './cuts.ts';

export interface LaneLimits {
  /** What the records of one batch may take together, in bytes. */
  readonly maxBytes: () => number;
  /** The longest wait before a retry, in ms. */
  readonly retryWaitCapMs: number;
}

export interface LaneEvents {
  retry(to: TopicPartition, records: number, attempt: number, error: AppendError): void;
  batchConfirmed(to: TopicPartition, records: number, bytes: number, durationMs: number): void;
  batchRefused(to: TopicPartition, records: number, code: string): void;
  /** Connections end on the batch's request again and again. */
  batchCut(to: TopicPartition, records: number, requestBytes: number, verdict: CutVerdict): void;
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

/** Where a lane is: it has nothing to do, a batch is under way, or its partition turned out to be gone with these still to be placed. */
type State =
  | { readonly is: 'idle' }
  | { readonly is: 'running'; batch: readonly Item[] }
  | { readonly is: 'leaving'; readonly displaced: Item[] };

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
  let state: State = { is: 'idle' };
  const cutJudge = createCutJudge();
  // A broker that hangs must not hold up the stop: what is under way may still be written, but nobody waits for it.
  stop.addEventListener('abort', () => {
    if (state.is === 'running') fail(state.batch);
    if (state.is === 'leaving') fail(state.displaced);
    fail(waiting);
    waiting = [];
  });

  return {
    add(item) {
      if (stop.aborted) return fail([item]);
      waiting.push(item);
      if (state.is !== 'idle') return;
      state = { is: 'running', batch: [] };
      // A microtask later all records of the message, and of the read that it came with, are here.
      queueMicrotask(() => void run());
    },
    get idle() {
      return state.is === 'idle';
    },
  };

  function fail(items: readonly Item[]): void {
    for (const { call } of items) call.failed(stop.reason as Error);
  }

  /** Never rejects: each item hears of its own outcome, or of the stop. */
  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const batch = takeBatch();
      if (state.is === 'running') state.batch = batch;
      await deliver(batch);
    }
    const ended = state;
    state = { is: 'idle' };
    if (ended.is === 'leaving' && !stop.aborted) topic.displaced(ended.displaced);
    topic.idle();
  }

  function takeBatch(): readonly Item[] {
    const maxBytes = limits.maxBytes();
    let count = 0;
    for (let bytes = 0; count < waiting.length; count++) {
      bytes += (waiting[count] as Item).bytes;
      if (bytes > maxBytes && count > 0) break;
    }
    const batch = count === waiting.length ? waiting : waiting.slice(0, count);
    waiting = count === waiting.length ? [] : waiting.slice(count);
    return batch;
  }

  /** @param isPart of a batch that was cut: the broker may have it, and what is cut now is cut for its size */
  async function deliver(items: readonly Item[], isPart = false): Promise<void> {
    const batch = items.map(({ record }) => record);
    let cuts = 0;
    for (let attempt = 1; ; attempt++) {
      if (stop.aborted) return;
      if (state.is === 'leaving') return void state.displaced.push(...items);
      const startedAt = performance.now();
      try {
        await append(to, batch);
        events.batchConfirmed(to, items.length, bytesOf(items), performance.now() - startedAt);
        return confirmAll(items);
      } catch (thrown) {
        const error = thrown instanceof AppendError ? thrown : asUnknown(thrown);
        if (error.outcome === 'unsent' && topic.isGone(to.partition)) {
          state = { is: 'leaving', displaced: [...items] };
          return;
        }
        if (error.outcome === 'refused') {
          events.batchRefused(to, items.length, error.code);
          return await bisect(items, error.code);
        }
        cuts = error instanceof CutBatchError ? cuts + 1 : 0;
        if (error instanceof CutBatchError && (await makeWay(items, error.requestBytes, cuts, isPart)))
          return;
        events.retry(to, items.length, attempt, error);
        await delay(retryWaitMs(attempt, limits.retryWaitCapMs), undefined, { signal: stop }).catch(() => {});
      }
    }
  }

  /** @returns whether the batch that is cut has come to its end */
  async function makeWay(
    items: readonly Item[],
    requestBytes: number,
    cuts: number,
    isPart: boolean,
  ): Promise<boolean> {
    const verdict = cutJudge.judge(items.length, requestBytes, cuts, isPart);
    if (cuts > 1 || verdict !== 'again') events.batchCut(to, items.length, requestBytes, verdict);
    if (verdict === 'again') return false;
    if (verdict === 'give-up') events.batchRefused(to, items.length, requestCut);
    await bisect(items, requestCut, true);
    return true;
  }

  /** Finds the record that the broker refuses; the others pass, in order. */
  async function bisect(items: readonly Item[], code: string, areParts = false): Promise<void> {
    const [only, ...others] = items;
    if (only === undefined) return;
    if (others.length === 0) return only.call.refused(only.index, code);
    const middle = Math.ceil(items.length / 2);
    await deliver(items.slice(0, middle), areParts);
    await deliver(items.slice(middle), areParts);
  }
}

/** Doubles from 50 ms to the cap, with up to half of it as jitter. */
function retryWaitMs(attempt: number, capMs: number): number {
  const wait = Math.min(firstRetryWaitMs * 2 ** Math.min(attempt - 1, 16), capMs);
  return wait * (0.5 + Math.random() / 2);
}

function bytesOf(items: readonly Item[]): number {
  let bytes = 0;
  for (const item of items) bytes += item.bytes;
  return bytes;
}

function asUnknown(thrown: unknown): AppendError {
  return new AppendError('unknown', 'unexpected', reasonOf(thrown), thrown);
}
