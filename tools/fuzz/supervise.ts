import { Worker } from 'node:worker_threads';
import { reasonOf } from '../../src/errors.ts';
import type { TargetName } from '../../test/fuzz/corpus.ts';
import type { Progress } from './engine.ts';

export interface WorkerOptions {
  readonly name: TargetName;
  readonly seconds: number;
  readonly seed: number;
  /** Whether to write what was found into the repository's corpus. */
  readonly keep: boolean;
  /** The number of the input that runs, and its length. */
  readonly run: Int32Array;
  /** The input that runs. */
  readonly input: Uint8Array;
}

export type FromWorker =
  | { readonly kind: 'finding'; readonly input: Uint8Array; readonly error: string }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'kept'; readonly files: number }
  | { readonly kind: 'done' };

export interface Supervision {
  readonly name: TargetName;
  readonly seconds: number;
  readonly seed: number;
  readonly keep: boolean;
  readonly onFinding: (input: Buffer, error: string) => void;
  readonly onProgress: (progress: Progress) => void;
  readonly onKept: (files: number) => void;
}

/** An input that runs for that long hangs. Judges have bounds of their own, far below. */
const hangMs = 20_000;
/** What the frames in flight of one run take is far below; a worker that needs more is a finding. */
const maxHeapMb = 512;
/** Room for what one input allocates: a collection would hide it. */
const youngHeapMb = 256;
const maxInputBytes = 1024 * 1024;

/** Fuzzes in a thread of its own, until the time is over or the thread can't go on. */
export async function supervise(options: Supervision): Promise<void> {
  const { name, seconds, seed, keep } = options;
  const run = new Int32Array(new SharedArrayBuffer(8));
  const input = new Uint8Array(new SharedArrayBuffer(maxInputBytes));
  const workerData: WorkerOptions = { name, seconds, seed, keep, run, input };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb, maxYoungGenerationSizeMb: youngHeapMb },
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const fail = (error: string) => {
    options.onFinding(Buffer.from(input.slice(0, run[1])), error);
    end();
  };
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'finding') options.onFinding(Buffer.from(message.input), message.error);
    else if (message.kind === 'progress') options.onProgress(message.progress);
    else if (message.kind === 'kept') options.onKept(message.files);
    else end();
  });
  // An exception that nobody catches, or no memory left.
  worker.on('error', (error) => fail(`the thread died: ${reasonOf(error)}`));

  let last = { run: -1, since: 0 };
  const watchdog = setInterval(() => {
    const now = Atomics.load(run, 0);
    if (now !== last.run) last = { run: now, since: performance.now() };
    else if (now > 0 && performance.now() - last.since > hangMs) fail(`it ran for more than ${hangMs} ms`);
  }, 500);
  await ended;
  clearInterval(watchdog);
  await worker.terminate();
}
