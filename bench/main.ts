/**
 * `npm run bench`: how fast the bridge answers, beside Kafka's own producer and, with `--beside <directory>`, beside the build of another
 * checkout; in each cell they take turns of a second on the same broker. Absolute figures depend on the machine; the ratios are what is
 * compared. With `--traced 0.05` a second bridge that samples this share of its messages for a collector takes part too. All that was
 * answered is read back: exit 1 when anything was lost or out of order.
 */
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestPki } from '../tools/certificates.ts';
import { ownProcesses } from '../tools/dev-stack/processes.ts';
import { startDevStack } from '../tools/dev-stack/stack.ts';
import { temporaryDirectory } from '../tools/dev-stack/temporary-directory.ts';
import { runCommand } from '../tools/run-command.ts';
import { buildsOf } from './builds.ts';
import { type CellRun, runCell } from './cell.ts';
import { startCollector } from './collector.ts';
import { measureEncode } from './encode.ts';
import { startJavaClient } from './java-client.ts';
import { readOptions } from './options.ts';
import { latencyLine, medianTable, restTable } from './report.ts';
import { startIdleProcess } from './stalls.ts';
import { tableOf } from './table.ts';
import { connectTopics } from './topics.ts';
import { startYardstick } from './yardstick.ts';

/** Deleted topics give their space back soon: each run makes its own. */
const kafkaProperties = { 'log.segment.delete.delay.ms': '1000' };

/** The broker and the yardstick are programs for Java, which is slow at first: nobody's figures are to show it. */
const warmUpCells = [
  { entries: 1, inFlight: 100 },
  { entries: 100, inFlight: 10 },
];

const onProgress = (line: string) => void process.stderr.write(`${line}\n`);
// An exit takes the processes and the folders along.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

const { durationMs, rounds, beside, traced, cells } = readOptions();
await using collector = await startCollector();
const tracing = traced === undefined ? undefined : { endpoint: collector.endpoint, sampleRatio: traced };
const builds = buildsOf(beside, tracing);

for (const { avsc, avscInPlace, encode } of measureEncode(rounds)) {
  process.stdout.write(
    `encode ${Math.round(encode)} records/s; avsc alone ${Math.round(avsc)}, ratio ${(encode / avsc).toFixed(2)}; ` +
      `avsc in place ${Math.round(avscInPlace)}, ratio ${(encode / avscInPlace).toFixed(2)}\n`,
  );
}

await using stack = await startDevStack({ onProgress, kafkaProperties });
await using directory = await temporaryDirectory(join(tmpdir(), 'nbwss-bench-'));
await using processes = ownProcesses();
await runCommand(['schemas', 'register', '--registry-url', stack.registryUrl]);
await using java = await startJavaClient(stack.bootstrapServers, join(directory.path, 'java'), onProgress);
await using topics = await connectTopics(stack.bootstrapServers);
const around = {
  ...stack,
  java,
  topics,
  idle: await startIdleProcess(processes, directory.path),
  pki: await createTestPki(),
  token: randomBytes(32).toString('base64url'),
  ownPids: [process.pid, ...stack.brokers.map(({ pid }) => pid)],
};

await topics.makeAnew();
for (const cell of warmUpCells) {
  await using yardstick = await startYardstick(cell, java, around.ownPids);
  await yardstick.warmUp();
}
const runs: CellRun[] = [];
for (let round = 1; round <= rounds; round++) {
  const first = runs.length;
  for (const cell of cells) {
    onProgress(`round ${round}, ${cell.name} …`);
    const options = {
      durationMs,
      reversed: round % 2 === 0,
      rests: cell === cells.at(-1),
      directory: join(directory.path, `${round}-${cell.name}`),
    };
    runs.push(await runCell(cell, builds, around, options));
  }
  const rows = runs.slice(first).flatMap((run) => run.rows);
  process.stdout.write(`${tableOf(`round ${round}`, rows)}\n`);
}

const rows = runs.flatMap((run) => run.rows);
process.stdout.write(`${medianTable(rows)}\n${latencyLine(rows)}`);
process.stdout.write(
  restTable(
    runs.flatMap((run) => run.rests),
    cells.at(-1)?.name ?? '',
  ),
);
for (const fault of runs.flatMap((run) => run.faults)) {
  process.stdout.write(`NOT AS PROMISED: ${fault}\n`);
  process.exitCode = 1;
}
