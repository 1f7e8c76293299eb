/** `npm run bench:abuse -- --worst`: what the worst message of every shape does to a pod of each size. */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../../src/errors.ts';
import { startDevStack } from '../../../tools/dev-stack/stack.ts';
import { temporaryDirectory } from '../../../tools/dev-stack/temporary-directory.ts';
import { runCommand } from '../../../tools/run-command.ts';
import { commandOf } from '../../builds.ts';
import { connectTopics } from '../../topics.ts';
import { type Figures, measureShape } from './measure.ts';
import { limitMemory } from './memory-limit.ts';
import { pods } from './pods.ts';
import { shapes } from './shapes.ts';

export interface WorstOptions {
  /** The checkout whose bridge is measured. */
  readonly source: string;
  /** In MiB; undefined is all. */
  readonly pod: number | undefined;
  /** Names of shapes; undefined is all. */
  readonly only: readonly string[] | undefined;
  readonly durationMs: number;
  readonly sessions: number;
}

const badPrimaries = 4;
const inFlight = 2;

/** @throws UsageError for a shape or a pod that there isn't */
export async function measureWorst(
  { source, pod, only, durationMs, sessions }: WorstOptions,
  print: (line: string) => void,
): Promise<void> {
  const names = only ?? Object.keys(shapes);
  const unknown = names.find((name) => !Object.hasOwn(shapes, name));
  if (unknown !== undefined)
    throw new UsageError(
      `--only: no shape is called "${unknown}"; there are ${Object.keys(shapes).join(', ')}`,
    );
  const chosen = pods.filter(({ mebibytes }) => pod === undefined || mebibytes === pod);
  if (chosen.length === 0)
    throw new UsageError(`--pod is one of ${pods.map(({ mebibytes }) => mebibytes).join(', ')}, not ${pod}`);
  const choices = { command: commandOf(source), durationMs, badPrimaries, sessions, inFlight };

  // An exit takes the processes and the folders along.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  // Deleted topics give their space back soon.
  await using stack = await startDevStack({ kafkaProperties: { 'log.segment.delete.delay.ms': '1000' } });
  await using directory = await temporaryDirectory(join(tmpdir(), 'nbwss-bench-'));
  await runCommand(['schemas', 'register', '--registry-url', stack.registryUrl]);
  await using topics = await connectTopics(stack.bootstrapServers);
  for (const each of chosen) {
    using limit = limitMemory(each.mebibytes);
    print(
      `\nA pod of ${each.mebibytes} MiB, held by ${limit.what}: ${badPrimaries} bad primaries with ${sessions} sessions each and ${inFlight} messages in flight on each.`,
    );
    print(
      '| shape | end | peak MiB | of it anonymous | longest turn ms | its CPU ms | longest wait ms | MB into Kafka | messages answered | MB sent | others % |',
    );
    print('|---|---|---|---|---|---|---|---|---|---|---|');
    for (const name of names) {
      const own = join(directory.path, randomUUID());
      await mkdir(own);
      const figures = await measureShape(name, each, { stack, topics, limit, directory: own }, choices);
      print(rowOf(name, figures));
    }
  }
}

function rowOf(name: string, { end, peaks, turn, wait, kafka, answered, sent, others }: Figures): string {
  const figures = [
    peaks.resident,
    peaks.anonymous,
    turn.ms,
    turn.cpuMs,
    wait,
    kafka,
    answered,
    sent,
    others,
  ].map((figure) => figure.toFixed(0));
  return `| ${[name, end, ...figures].join(' | ')} |`;
}
