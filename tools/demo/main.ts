/**
 * `npm run demo`: NetBackup's documented messages, and then a steady stream, through the bridge into a real Kafka, and back
 * as decoded records. With `--once` it stops after the documented messages, and exits 0 only if every notification was
 * answered and every record was read back.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { textLine } from '../../src/cli/record-lines.ts';
import { createDecoder } from '../../src/encode/decoder.ts';
import { BridgeError, ExitCode, UsageError, reasonOf } from '../../src/errors.ts';
import { createClient } from '../../src/kafka/client.ts';
import { readTopics } from '../../src/kafka/read.ts';
import { generateMessages } from '../../src/simulator/generate.ts';
import { runLoad } from '../../src/simulator/load.ts';
import { nowSeconds, type PreparedMessage } from '../../src/simulator/message.ts';
import { prepareSample, readSamples } from '../../src/simulator/samples.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { type BridgeProcess, startBridge } from '../bridge-process.ts';
import { runCommand } from '../run-command.ts';
import { fetchPrograms } from '../dev-stack/fetch.ts';
import { type DevStack, startDevStack } from '../dev-stack/stack.ts';
import { temporaryDirectory } from '../dev-stack/temporary-directory.ts';
import { createLedger, type Ledger } from './ledger.ts';

const samplesDirectory = new URL('../../test/fixtures/nbwss', import.meta.url).pathname;
const topics = ['netbackup.jobs', 'netbackup.images', 'netbackup.dead-letters'];
/** How long the records of answered messages may take to be read back. */
const readBackTimeoutMs = 20_000;
const streamPerSecond = 2;

const say = (line: string) => void process.stdout.write(`${line}\n`);
const progress = (line: string) => void process.stderr.write(`${line}\n`);

async function demo(once: boolean, stop: AbortSignal): Promise<boolean> {
  await fetchPrograms(progress);
  progress('starting Kafka and the schema registry (some 5 s) ...');
  await using stack = await startDevStack();
  progress(`Kafka is at ${stack.bootstrapServers.join(',')}, the schema registry at ${stack.registryUrl}`);
  const connection = ['--kafka-brokers', stack.bootstrapServers.join(',')];
  progress(await runCommand(['topics', 'create', ...connection]));
  progress(await runCommand(['schemas', 'register', '--registry-url', stack.registryUrl]));
  await using directory = await temporaryDirectory(join(tmpdir(), 'nbwss-demo-'));
  await using bridge = await startBridge({ ...stack, directory: directory.path });
  progress(`the bridge is ready: ${bridge.url}, ${bridge.adminUrl}/readyz, ${bridge.adminUrl}/metrics`);

  const ledger = createLedger();
  const reading = new AbortController();
  const reader = await startReader(stack, ledger, reading.signal);
  const complete = await playNetBackup(bridge, ledger, once, AbortSignal.any([stop, reader.failed]));
  reading.abort();
  await reader.ended;
  const end = await bridge.stop();
  progress(`the bridge drained: ${end}`);
  return complete && end === 'exit code 0';
}

/** Prints every record as it arrives, and enters it into the ledger. */
async function startReader(stack: DevStack, ledger: Ledger, stop: AbortSignal) {
  const client = createClient(
    { brokers: stack.bootstrapServers, clientId: 'demo', connectTimeoutMs: 3000, requestTimeoutMs: 10_000 },
    pino({ level: 'silent' }),
  );
  const decode = createDecoder({ url: stack.registryUrl, requestTimeoutMs: readBackTimeoutMs });
  const ready = Promise.withResolvers<void>();
  const failure = new AbortController();
  const ended = readTopics(
    client.kafka,
    {
      topics,
      from: 'beginning',
      follow: true,
      onReady: ready.resolve,
      async onRecords(records) {
        for (const record of records) {
          const value = record.value === null ? null : await decode(record.value);
          say(textLine(record, value));
          ledger.read(record, value);
        }
      },
    },
    stop,
  ).catch((error: unknown) => {
    failure.abort(error);
    ready.reject(error instanceof Error ? error : new Error(reasonOf(error)));
  });
  await ready.promise;
  return { ended, failed: failure.signal };
}

async function playNetBackup(
  bridge: BridgeProcess,
  ledger: Ledger,
  once: boolean,
  stop: AbortSignal,
): Promise<boolean> {
  const token = bridge.tokens['primary1'] ?? '';
  await using netBackup = createSimulator({ url: bridge.url, token, ca: bridge.pki.ca, signal: stop });
  const connected = await netBackup.connect();
  if (connected.outcome !== 'established')
    throw new Error(`NetBackup could not connect: ${JSON.stringify(connected)}`);

  const samples = (await readSamples(samplesDirectory)).map((sample) => prepareSample(sample));
  progress(`NetBackup is connected and sends its ${samples.length} documented messages:`);
  await sendAll(netBackup, ledger, samples);
  const complete = await ledger.complete(AbortSignal.any([stop, AbortSignal.timeout(readBackTimeoutMs)]));
  progress(ledger.summary());
  if (!once && !stop.aborted) {
    progress(`now ${streamPerSecond} messages a second, until Ctrl-C:`);
    await runLoad(netBackup, endlessMessages(), { window: 8, ratePerSecond: streamPerSecond });
  }
  const { messages, violations } = netBackup.report();
  progress(
    `NetBackup: ${messages.answered} of ${messages.sent} messages answered, ${messages.resends} resends`,
  );
  return complete && messages.unanswered === 0 && violations.total === 0;
}

/** Each is stamped when it is sent. */
function* endlessMessages(): Generator<PreparedMessage> {
  const entriesPerMessage = 3;
  for (let firstEntry = 1; ; firstEntry += entriesPerMessage) {
    yield* generateMessages({
      seed: Date.now(),
      entriesPerMessage,
      firstEntry,
      timeStamp: nowSeconds(),
    }).take(1);
  }
}

async function sendAll(
  netBackup: Simulator,
  ledger: Ledger,
  messages: readonly PreparedMessage[],
): Promise<void> {
  for (const message of messages) {
    ledger.sent(message);
    await netBackup.send(message);
  }
}

function options(): { once: boolean } {
  try {
    return { once: parseArgs({ options: { once: { type: 'boolean', default: false } } }).values.once };
  } catch (error) {
    throw new UsageError(`${reasonOf(error)}\nusage: npm run demo [-- --once]`);
  }
}

const stop = new AbortController();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
// A second signal doesn't wait: the exit takes the processes and folders along.
for (const signal of signals)
  process.on(signal, () => (stop.signal.aborted ? process.exit(ExitCode.failure) : stop.abort()));
try {
  const { once } = options();
  const passed = await demo(once, stop.signal);
  process.exitCode = passed || (!once && stop.signal.aborted) ? ExitCode.ok : ExitCode.failure;
} catch (error) {
  if (stop.signal.aborted) process.exitCode = ExitCode.ok;
  else {
    progress(`error: ${reasonOf(error)}`);
    process.exitCode = error instanceof BridgeError ? error.exitCode : ExitCode.internal;
  }
}
