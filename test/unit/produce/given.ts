import { setImmediate } from 'node:timers/promises';
import type { KafkaRecord } from '../../../src/encode/record.ts';
import { type Append, AppendError, CutBatchError, type TopicPartition } from '../../../src/produce/append.ts';
import type { LaneEvents } from '../../../src/produce/lane.ts';
import { createProducer, type Producer, type ProducerOptions } from '../../../src/produce/producer.ts';
import { split } from '../../../src/split/split.ts';
import { requestOf } from '../../helpers/messages.ts';

const [entry] = split(requestOf('not JSON'));

export interface RecordChoices {
  readonly topic?: string;
  readonly headers?: Record<string, string>;
}

/** A record whose value is the given text, so that batches can be compared as texts. */
export function recordOf(key: string, value: string, choices: RecordChoices = {}): KafkaRecord {
  if (entry === undefined) throw new Error('there is no entry');
  const { topic = 'jobs', ...headers } = choices;
  return { topic, key: Buffer.from(key), value: Buffer.from(value), timestamp: 0, entry, ...headers };
}

export function textsOf(batch: readonly KafkaRecord[]): string[] {
  return batch.map(({ value }) => value.toString());
}

export const refusedBecause = (code: string) => new AppendError('refused', code, `refused: ${code}`);
export const unknownBecause = (code: string) => new AppendError('unknown', code, `unknown: ${code}`);

export const cutAt = (bytes: number) => new CutBatchError(bytes, 'Error', new Error('read ECONNRESET'));

export interface AppendCall {
  readonly to: TopicPartition;
  readonly batch: readonly KafkaRecord[];
  readonly texts: readonly string[];
  confirm(): void;
  fail(error: unknown): void;
}

export interface ScriptedAppend {
  readonly append: Append;
  /** Every call so far, in order. */
  readonly calls: readonly AppendCall[];
  /** The next call that no test has taken yet. */
  next(): Promise<AppendCall>;
}

/** An Append whose every outcome the test decides. */
export function scriptedAppend(): ScriptedAppend {
  const calls: AppendCall[] = [];
  const untaken: AppendCall[] = [];
  let waiting: ((call: AppendCall) => void)[] = [];
  return {
    calls,
    append(to, batch) {
      const { promise, resolve: confirm, reject: fail } = Promise.withResolvers<void>();
      const call = { to, batch, texts: textsOf(batch), confirm, fail };
      calls.push(call);
      const [first, ...others] = waiting;
      waiting = others;
      if (first === undefined) untaken.push(call);
      else first(call);
      return promise;
    },
    next() {
      const call = untaken.shift();
      return call === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(call);
    },
  };
}

export type Told = readonly [event: keyof LaneEvents, records: number, detail?: unknown];

export interface GivenProducer extends AsyncDisposable {
  readonly producer: Producer;
  readonly produce: Producer['produce'];
  readonly told: readonly Told[];
}

/** A producer to one topic shape, with waits of a millisecond at most. */
export function givenProducer(append: Append, overrides: Partial<ProducerOptions> = {}): GivenProducer {
  const told: Told[] = [];
  const producer = createProducer({
    append,
    shapeOf: () => ({ partitions: 1, maxMessageBytes: 1_000_000 }),
    retryWaitCapMs: 1,
    events: {
      retry: (_to, records, attempt, error) => told.push(['retry', records, `${attempt} ${error.code}`]),
      batchConfirmed: (_to, records) => told.push(['batchConfirmed', records]),
      batchRefused: (_to, records, code) => told.push(['batchRefused', records, code]),
      batchCut: (_to, records, bytes, verdict) => told.push(['batchCut', records, `${bytes} ${verdict}`]),
    },
    ...overrides,
  });
  return {
    producer,
    produce: producer.produce,
    told,
    [Symbol.asyncDispose]: () => producer[Symbol.asyncDispose](),
  };
}

/** Whether a promise has settled by now, all work that is ready being done. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = () => (settled = true);
  promise.then(settle, settle);
  await setImmediate();
  return settled;
}

/** Lets all work that is ready be done: what hasn't happened then waits for something else. */
export async function turn(): Promise<void> {
  await setImmediate();
}
