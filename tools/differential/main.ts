/**
 * `npm run test:differential`: the bridge's Avro judged by Java's Avro, by fastavro, and by a judge of its own that reads JSON text. Exit 1 where
 * they disagree; each disagreement is made small and printed as a schema and an entry, or as two schemas.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BridgeError, ExitCode, reasonOf, UsageError } from '../../src/errors.ts';
import { temporaryDirectory } from '../dev-stack/temporary-directory.ts';
import { createRun } from './run.ts';
import { startFastavro, startJava } from './readers.ts';

const USAGE = `usage: npm run test:differential [-- --seconds N] [--schemas N] [--seed N]

  --schemas  so many schemas, and as many pairs of versions; default 4000, the same in every run
  --seconds  a bound on the time; default 300
  --seed     of the first schema, which a run repeats: the next has the next seed; default 1`;

const say = (line: string) => void process.stdout.write(`${line}\n`);
const progress = (line: string) => void process.stderr.write(`${line}\n`);
/** Schemas whose bytes are read at once. */
const batch = 20;

interface Options {
  readonly seconds: number;
  readonly schemas: number;
  readonly seed: number;
}

function options(): Options {
  try {
    const { values } = parseArgs({
      options: {
        seconds: { type: 'string', default: '300' },
        schemas: { type: 'string', default: '4000' },
        seed: { type: 'string', default: '1' },
      },
    });
    const [seconds, schemas, seed] = [values.seconds, values.schemas, values.seed].map(Number) as [
      number,
      number,
      number,
    ];
    if (!(seconds > 0)) throw new UsageError(`--seconds is a number above 0, not '${values.seconds}'`);
    if (!Number.isSafeInteger(schemas) || schemas < 1)
      throw new UsageError(`--schemas is a number from 1, not '${values.schemas}'`);
    if (!Number.isSafeInteger(seed)) throw new UsageError(`--seed is an integer, not '${values.seed}'`);
    return { seconds, schemas, seed };
  } catch (error) {
    throw new UsageError(`${reasonOf(error)}\n${USAGE}`);
  }
}

/** @returns how many disagreements there were */
async function judge({ seconds, schemas, seed }: Options): Promise<number> {
  await using classes = await temporaryDirectory(join(tmpdir(), 'nbwss-differential-'));
  using java = await startJava(classes.path, progress);
  using fastavro = await startFastavro(progress);
  const run = createRun({ java, fastavro }, say);
  const end = performance.now() + seconds * 1000;
  for (let first = 0; first < schemas && performance.now() < end; first += batch) {
    const seeds = Array.from({ length: Math.min(batch, schemas - first) }, (_, at) => seed + first + at);
    await Promise.all(seeds.map((each) => run.schema(each)));
    await Promise.all(seeds.map((each) => run.pair(each)));
  }
  for (const line of run.summary()) say(line);
  return run.disagreements();
}

try {
  process.exitCode = (await judge(options())) === 0 ? ExitCode.ok : ExitCode.failure;
} catch (error) {
  progress(`error: ${reasonOf(error)}`);
  process.exitCode = error instanceof BridgeError ? error.exitCode : ExitCode.internal;
}
