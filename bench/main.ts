/**
 * `npm run bench`: how fast the bridge answers, beside a raw kafkajs producer on the same broker in the same minute. Absolute
 * figures depend on the machine; the ratios are what is compared. With `--traced 0.05` a second bridge that samples this share of its
 * messages for a collector is measured beside it.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateMessages } from '../src/simulator/generate.ts';
import { runLoad } from '../src/simulator/load.ts';
import { nowSeconds, type PreparedMessage } from '../src/simulator/message.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import { type BridgeProcess, startBridge } from '../tools/bridge-process.ts';
import { startDevStack } from '../tools/dev-stack/stack.ts';
import { temporaryDirectory } from '../tools/dev-stack/temporary-directory.ts';
import { runCommand } from '../tools/run-command.ts';
import { measureEncode } from './encode.ts';
import { createYardstick } from './yardstick.ts';

const partitions = 12;
/** What the generator's job entries come to as records. */
const recordSize = { keyBytes: 24, valueBytes: 170 };
/** Below the bridge's own limit of 256 messages a primary, so that its socket is never paused. */
const messagesInFlight = 200;
/** Messages are made before the clock starts; so many that they don't run out. */
const preparedMessages = { 1: 120_000, 10: 40_000, 100: 8_000 } as const;

const { seconds, rounds, traced } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    traced: { type: 'string' },
  },
}).values;
const durationMs = Number(seconds) * 1000;

interface Row {
  readonly what: string;
  readonly messagesPerSecond: number;
  readonly recordsPerSecond: number;
  readonly ratio: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuPerRecord: number;
}

for (const { avsc, avscInPlace, encode } of measureEncode(Number(rounds))) {
  process.stdout.write(
    `encode ${Math.round(encode)} records/s; avsc alone ${Math.round(avsc)}, ratio ${(encode / avsc).toFixed(2)}; ` +
      `avsc in place ${Math.round(avscInPlace)}, ratio ${(encode / avscInPlace).toFixed(2)}\n`,
  );
}

await using stack = await startDevStack({ onProgress: (line) => void process.stderr.write(`${line}\n`) });
await using directory = await temporaryDirectory(join(tmpdir(), 'nbwss-bench-'));
const connection = ['--kafka-brokers', stack.bootstrapServers.join(',')];
await runCommand(['topics', 'create', '--partitions', String(partitions), ...connection]);
await runCommand(['schemas', 'register', '--registry-url', stack.registryUrl]);
await using yardstick = await createYardstick({
  brokers: stack.bootstrapServers,
  topic: 'netbackup.jobs',
  partitions,
  ...recordSize,
});
await using bridges = new AsyncDisposableStack();
const bridge = bridges.use(await startBridge({ ...stack, directory: join(directory.path, 'bridge') }));
const variants: { readonly name: string; readonly of: BridgeProcess }[] = [{ name: '', of: bridge }];
if (traced !== undefined) variants.push({ name: ', traced', of: await startTracedBridge(Number(traced)) });

await yardstick.throughput(2000);
for (const { of } of variants) await load(of, 100, 3000);
for (let round = 1; round <= Number(rounds); round++) {
  const rows: Row[] = [];
  for (const entries of [1, 10, 100] as const) {
    const raw = await yardstick.throughput(durationMs);
    rows.push({
      what: 'raw producer',
      messagesPerSecond: NaN,
      recordsPerSecond: raw,
      ratio: 1,
      p50: NaN,
      p99: NaN,
      cpuPerRecord: NaN,
    });
    for (const { name, of } of variants) {
      const row = await measure(of, entries, raw);
      rows.push({ ...row, what: row.what + name });
    }
  }
  const rawP50 = await yardstick.latency(500);
  const single = await load(bridge, 1, durationMs, 1);
  printTable(round, rows);
  process.stdout.write(
    `one message in flight: answer p50 ${single.p50.toFixed(2)} ms, raw send p50 ${rawP50.toFixed(2)} ms, ` +
      `difference ${(single.p50 - rawP50).toFixed(2)} ms\n\n`,
  );
}

/** Its collector takes everything and keeps nothing. */
async function startTracedBridge(sampleRatio: number): Promise<BridgeProcess> {
  const collector = createServer((request, response) => {
    request.resume().once('end', () => response.end('{}'));
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  collector.unref();
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
  const settings = { tracing: { endpoint, sampleRatio } };
  return bridges.use(await startBridge({ ...stack, directory: join(directory.path, 'traced'), settings }));
}

async function measure(to: BridgeProcess, entries: 1 | 10 | 100, raw: number): Promise<Row> {
  const cpuBefore = await cpuSeconds(to.process.pid);
  const { messages, seconds: took, p50, p99 } = await load(to, entries, durationMs);
  const cpu = (await cpuSeconds(to.process.pid)) - cpuBefore;
  const records = messages * entries;
  return {
    what: `${entries} entries a message`,
    messagesPerSecond: messages / took,
    recordsPerSecond: records / took,
    ratio: records / took / raw,
    p50,
    p99,
    cpuPerRecord: (cpu / records) * 1e6,
  };
}

async function load(to: BridgeProcess, entries: 1 | 10 | 100, forMs: number, inFlight = messagesInFlight) {
  const generator = generateMessages({
    seed: Date.now(),
    entriesPerMessage: entries,
    jobShare: 1,
    clients: 500,
    timeStamp: nowSeconds(),
  });
  const messages: PreparedMessage[] = generator.take(preparedMessages[entries]).toArray();
  await using simulator = createSimulator({
    url: to.url,
    token: to.tokens['primary1'] ?? '',
    ca: to.pki.ca,
    inFlight,
  });
  await simulator.connect();
  const begun = performance.now();
  await runLoad(simulator, messages, { window: inFlight, durationMs: forMs });
  const took = (performance.now() - begun) / 1000;
  const { messages: counts, latencyMs, violations } = simulator.report();
  if (counts.unanswered + violations.total > 0)
    throw new Error(`unanswered or wrong: ${JSON.stringify(simulator.report())}`);
  return { messages: counts.answered, seconds: took, p50: latencyMs?.p50 ?? NaN, p99: latencyMs?.p99 ?? NaN };
}

/** User and system time of a process so far (proc(5): fields 14 and 15, in ticks of 10 ms); NaN where there is no /proc. */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function printTable(round: number, rows: readonly Row[]): void {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => (index === 0 ? cell.padEnd(30) : cell.padStart(11))).join(' | ')} |\n`;
  const number = (value: number, digits = 0) => (Number.isNaN(value) ? '' : value.toFixed(digits));
  process.stdout.write(`round ${round}\n`);
  process.stdout.write(line(['', 'messages/s', 'records/s', 'ratio', 'p50 ms', 'p99 ms', 'CPU us/rec']));
  process.stdout.write(line(Array.from({ length: 7 }, () => '---')));
  for (const row of rows) {
    process.stdout.write(
      line([
        row.what,
        number(row.messagesPerSecond),
        number(row.recordsPerSecond),
        number(row.ratio, 2),
        number(row.p50, 1),
        number(row.p99, 1),
        number(row.cpuPerRecord, 1),
      ]),
    );
  }
}
