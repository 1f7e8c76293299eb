/** The thread that fuzzes: its memory is bounded, and a hang doesn't take the supervisor along. */
import { join } from 'node:path';
import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { corpusFiles } from '../../test/fuzz/corpus.ts';
import { writeCorpus } from './corpus.ts';
import { startCoverage } from './coverage.ts';
import { fuzz } from './engine.ts';
import { createRandom } from '../../src/simulator/random.ts';
import type { FromWorker, WorkerOptions } from './supervise.ts';
import { loadTarget } from './targets.ts';

const { name, seconds, seed, keep, run, input: shared } = workerData as WorkerOptions;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- only a window's messages have an origin
const tell = (message: FromWorker) => parentPort?.postMessage(message);

// Before anything of src is loaded.
const takeCoverage = startCoverage(join(import.meta.dirname, '../../src/'));
const target = await loadTarget(name);
const found = await fuzz({
  target,
  takeCoverage,
  corpus: corpusFiles(name).map(({ input }) => input),
  random: createRandom(seed),
  stop: AbortSignal.timeout(seconds * 1000),
  onInput(input) {
    input.copy(shared);
    Atomics.store(run, 1, input.length);
    Atomics.add(run, 0, 1);
  },
  onFinding: ({ input, error }) => tell({ kind: 'finding', input, error: inspect(error) }),
  onProgress: (progress) => tell({ kind: 'progress', progress }),
});
if (keep) tell({ kind: 'kept', files: writeCorpus(name, found) });
tell({ kind: 'done' });
