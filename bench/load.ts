/** One NetBackup on one connection, which sends as fast as it is answered. */
import { createHistogram } from 'node:perf_hooks';
import { runLoad } from '../src/simulator/load.ts';
import type { PreparedMessage } from '../src/simulator/message.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import type { MessageSeries } from './messages.ts';

/** Where to, and how to get in. */
export interface Endpoint {
  readonly url: string;
  readonly token: string;
  /** PEM */
  readonly ca: string;
}

export interface Load extends AsyncDisposable {
  /**
   * Begins to send. The function that it returns ends that, resolves when all that was sent is answered, and rejects unless everything was,
   * and as the protocol has it.
   */
  start(): () => Promise<void>;
  /** Messages so far; without `start` all of them are answered. */
  readonly sent: number;
  /** Whether answers are counted at present. */
  counting: boolean;
  /** Messages. */
  readonly counted: number;
  /** From a counted message's request to its answer, in ms. @param percentile above 0, up to 100 */
  latency(percentile: number): number;
}

export interface LoadOptions extends Endpoint {
  readonly inFlight: number;
  /** How many messages it may send in all: the broker has to keep them. */
  readonly maxMessages: number;
}

export async function connectLoad(
  { inFlight, maxMessages, ...endpoint }: LoadOptions,
  series: MessageSeries,
): Promise<Load> {
  /** In microseconds, up to an hour. */
  const latencies = createHistogram({ lowest: 1, highest: 3600 * 1e6, figures: 3 });
  let sent = 0;
  let counting = false;
  const simulator = createSimulator({
    ...endpoint,
    inFlight,
    onAnswer({ latencyMs }) {
      if (counting) latencies.record(Math.max(1, Math.round(latencyMs * 1000)));
    },
  });
  const connected = await simulator.connect();
  if (connected.outcome !== 'established') throw new Error(`no connection: ${JSON.stringify(connected)}`);

  function* messagesUntil(signal: AbortSignal): Generator<PreparedMessage> {
    for (; !signal.aborted; sent++) {
      if (sent === maxMessages) throw new Error(`${maxMessages} messages were sent: choose fewer seconds`);
      yield series.message(sent);
    }
  }

  return {
    start() {
      const stopping = new AbortController();
      const running = runLoad(simulator, messagesUntil(stopping.signal), { window: inFlight });
      // Whoever stops it is told.
      running.catch(() => undefined);
      return async () => {
        stopping.abort();
        await running;
        const report = simulator.report();
        if (report.messages.unanswered + report.violations.total > 0)
          throw new Error(`unanswered or wrong: ${JSON.stringify(report)}`);
      };
    },
    get sent() {
      return sent;
    },
    get counting() {
      return counting;
    },
    set counting(value) {
      counting = value;
    },
    get counted() {
      return latencies.count;
    },
    latency: (percentile) => latencies.percentile(percentile) / 1000,
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}
