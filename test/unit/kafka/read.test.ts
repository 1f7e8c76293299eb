/** How reading ends, by a client that the test plays. */
import type { Kafka } from 'kafkajs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ReadOptions, type ReadRecord, readTopics } from '../../../src/kafka/read.ts';

// The clock of the test turns the global timers only.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number, value: unknown, { signal }: { signal?: AbortSignal } = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers();
    const timer = setTimeout(() => resolve(value), ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
    return promise;
  },
}));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new Promise<never>(() => {});
/** Above every bound of a stop, in ms, and below that of what stalls. */
const stopMs = 6_000;

type EachBatch = (payload: object) => Promise<void>;

/** A client with one partition of ten records. @param hangs what never comes to an end */
function given(hangs: readonly ('offsets' | 'connect' | 'disconnect')[], options: Partial<ReadOptions> = {}) {
  const stop = new AbortController();
  const settle = (what: (typeof hangs)[number]) => (hangs.includes(what) ? never : Promise.resolve());
  const listeners = new Map<string, (event: object) => void>();
  let eachBatch: EachBatch | undefined;
  const kafka = {
    admin: () => ({
      connect: async () => {},
      async fetchTopicOffsets() {
        await settle('offsets');
        return [{ partition: 0, low: '0', high: '10' }];
      },
      disconnect: async () => {},
    }),
    consumer: () => ({
      on: (name: string, listener: (event: object) => void) => listeners.set(name, listener),
      connect: () => settle('connect'),
      subscribe: async () => {},
      async run(given: { eachBatch: EachBatch }) {
        eachBatch = given.eachBatch;
        listeners.get('consumer.group_join')?.({});
      },
      seek() {},
      disconnect: () => settle('disconnect'),
    }),
  } as unknown as Kafka;
  const all: ReadOptions = {
    topics: ['t'],
    from: 'beginning',
    follow: true,
    onRecords: async () => {},
    ...options,
  };
  let outcome: unknown = 'reading';
  readTopics(kafka, all, stop.signal).then(
    () => (outcome = 'ended'),
    (error: unknown) => (outcome = error),
  );
  return {
    stop,
    outcome: () => outcome,
    crash: (restart: boolean) =>
      listeners.get('consumer.crash')?.({ payload: { error: new Error('lost'), restart } }),
    async receives(...offsets: string[]) {
      await vi.advanceTimersByTimeAsync(1);
      const messages = offsets.map((offset) => ({ offset, timestamp: '0', key: null, value: null }));
      const batch = { topic: 't', partition: 0, highWatermark: '10', messages };
      return eachBatch?.({ batch, heartbeat: async () => {} });
    },
  };
}

test.each(['offsets', 'connect', 'disconnect'] as const)(
  'a stop has an end where Kafka hangs: %s',
  async (hangs) => {
    const reading = given([hangs, 'disconnect']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(reading.outcome()).toBe('reading');
    reading.stop.abort();
    await vi.advanceTimersByTimeAsync(stopMs);
    expect(reading.outcome()).toBe('ended');
  },
);

test('a stop waits for the reader, however long it takes, and gives it nothing more', async () => {
  const taken: string[][] = [];
  const reader = Promise.withResolvers<void>();
  const onRecords = (records: readonly ReadRecord[]) => {
    taken.push(records.map(({ offset }) => offset));
    return reader.promise;
  };
  const reading = given(['disconnect'], { onRecords });
  void reading.receives(...Array.from({ length: 150 }, (_, offset) => String(offset)));
  await vi.advanceTimersByTimeAsync(1_000);
  reading.stop.abort();
  await vi.advanceTimersByTimeAsync(10 * stopMs);
  expect(reading.outcome()).toBe('reading');
  reader.resolve();
  await vi.advanceTimersByTimeAsync(stopMs);
  expect(reading.outcome()).toBe('ended');
  expect(taken).toHaveLength(1);
  expect(taken[0]?.at(0)).toBe('0');
});

test.each(['connect', 'disconnect'] as const)(
  'what is to be read to the end and does not come is told, where Kafka hangs (%s)',
  async (hangs) => {
    const reading = given([hangs, 'disconnect'], { follow: false });
    await vi.advanceTimersByTimeAsync(90_000);
    expect(reading.outcome()).toMatchObject({
      code: 'kafka-stalled',
      message: 'Kafka gave nothing for 60 s, although t[0] should have records from offset 0 to 9',
    });
  },
);

test('a Kafka that is lost is told, and so is that it lets it read again', async () => {
  const told: string[] = [];
  const reading = given([], { onReady: () => told.push('ready'), onLost: () => told.push('lost') });
  await vi.advanceTimersByTimeAsync(1);
  reading.crash(true);
  expect(told).toEqual(['ready', 'lost']);
  expect(reading.outcome()).toBe('reading');
  reading.crash(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(reading.outcome()).toMatchObject({ message: 'lost' });
});
