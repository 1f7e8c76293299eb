import { Command } from 'commander';

import { BridgeError, ExitCode, UnavailableError } from '../errors.ts';
import { generateMessages } from '../simulator/generate.ts';
import { runLoad } from '../simulator/load.ts';
import type { PreparedMessage } from '../simulator/message.ts';
import { reportText } from '../simulator/report-text.ts';
import { prepareSample, readSamples, type Sample } from '../simulator/samples.ts';
import { createSimulator, type Simulator } from '../simulator/simulator.ts';
import type { SimulatorReport } from '../simulator/statistics.ts';
import type { ConnectResult } from '../simulator/events.ts';
import { readCa } from './input-file.ts';
import { eventPrinter } from './simulate-events.ts';
import { type SimulateFlags, simulateOptions } from './simulate-options.ts';
import { readTokenFile } from './token-file.ts';
import { stderr } from './stderr.ts';
import { stdout } from './stdout.ts';

/** Where the command writes: the report to `stdout`, everything else to `stderr`. */
export interface SimulateStreams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Between two lines that tell how far a run is. */
const progressMs = 2_000;

/** `simulate`: plays NetBackup against an endpoint, and reports what that did. Rejects with the error to exit with. */
export function simulateCommand(streams: SimulateStreams = { stdout, stderr }): Command {
  const command = new Command('simulate').description(
    'play NetBackup against an endpoint: connect, send notifications, resend what is not answered, and report',
  );
  for (const option of simulateOptions()) command.addOption(option);
  return command.action((flags: SimulateFlags) => simulate(flags, streams));
}

async function simulate(flags: SimulateFlags, streams: SimulateStreams): Promise<void> {
  const token = await readTokenFile(flags.tokenFile);
  const ca = await readCa(flags.caFile);
  const samples = flags.samples === undefined ? undefined : await readSamples(flags.samples);
  const stop = new AbortController();
  const stopNow = (): void => stop.abort();
  let refused = false;
  const print = eventPrinter(streams.stderr);
  await using simulator = createSimulator({
    url: flags.url,
    token,
    ca,
    servername: flags.servername,
    scheduledRateMs: flags.scheduledRate,
    reconnectMs: flags.reconnect,
    keepAliveMs: flags.keepAlive,
    inFlight: flags.inFlight,
    signal: stop.signal,
    onEvent(event) {
      print(event);
      if (event.type !== 'connect' || event.result.outcome !== 'refused') return;
      refused = true;
      stopNow();
    },
  });
  const overall = setTimeout(stopNow, (flags.timeout + (flags.duration ?? 0)) * 1000);
  process.once('SIGINT', stopNow).once('SIGTERM', stopNow);
  const progress = setInterval(() => streams.stderr.write(progressLine(simulator.report())), progressMs);
  let result: ConnectResult;
  try {
    result = await simulator.connect();
    if (result.outcome === 'established') {
      await runLoad(simulator, messagesOf(flags, samples), {
        window: flags.inFlight,
        ratePerSecond: flags.rate === 0 ? undefined : flags.rate,
        durationMs: flags.duration === undefined ? undefined : flags.duration * 1000,
      });
    }
    await simulator.close();
  } finally {
    clearTimeout(overall);
    clearInterval(progress);
    process.off('SIGINT', stopNow).off('SIGTERM', stopNow);
  }
  const report = simulator.report();
  streams.stdout.write(flags.json === true ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
  judge(report, result, refused, flags);
}

/** @throws BridgeError with the exit code that the run deserves, the plainest cause first. */
function judge(report: SimulatorReport, result: ConnectResult, refused: boolean, flags: SimulateFlags): void {
  if (refused) {
    throw new BridgeError(
      `${flags.url} refused the token of ${flags.tokenFile} (valid: false); compare it with the endpoint's`,
      { code: 'token-refused', exitCode: ExitCode.denied },
    );
  }
  const { violations, messages } = report;
  if (violations.total > 0) {
    throw new BridgeError(`${flags.url} violated the protocol ${violations.total} time(s), see the report`, {
      code: 'violations',
      exitCode: ExitCode.data,
    });
  }
  if (result.outcome === 'failed') {
    throw new UnavailableError(`can't connect to ${flags.url}: ${result.detail}`, `connect-${result.reason}`);
  }
  if (messages.unanswered === 0 && messages.sent > 0) return;
  throw new UnavailableError(
    messages.sent === 0
      ? `no message was sent to ${flags.url} before the end`
      : `${flags.url} left ${messages.unanswered} of ${messages.sent} messages unanswered; look at its log for the reason`,
    'unanswered',
  );
}

/** Without a number and a duration, each sample once, or ten generated messages. */
function* messagesOf(
  flags: SimulateFlags,
  samples: readonly Sample[] | undefined,
): Generator<PreparedMessage> {
  const byDefault = flags.duration === undefined ? (samples?.length ?? 10) : Infinity;
  const count = flags.messages ?? byDefault;
  const source = samples === undefined ? generated(flags) : repeated(samples);
  for (let sent = 0; sent < count; sent += 1) yield source.next().value;
}

/** The seed is the time, so that ids don't come again in the next run and look like resends. */
function generated(flags: SimulateFlags): Generator<PreparedMessage, never> {
  return generateMessages({ seed: Date.now(), entriesPerMessage: flags.entries });
}

function* repeated(samples: readonly Sample[]): Generator<PreparedMessage, never> {
  for (;;) for (const sample of samples) yield prepareSample(sample);
}

function progressLine({ messages }: ReturnType<Simulator['report']>): string {
  return `${messages.answered} answered, ${messages.unanswered} unanswered, ${messages.resends} resends\n`;
}
