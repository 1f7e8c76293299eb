/** NetBackup under load, with its resend rule, and with a ledger of what it sent and what was answered. */
import { setTimeout as delay } from 'node:timers/promises';
import { generateMessages } from '../../src/simulator/generate.ts';
import { runLoad } from '../../src/simulator/load.ts';
import { type PreparedMessage, nowSeconds } from '../../src/simulator/message.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import type { SimulatorReport } from '../../src/simulator/statistics.ts';
import { createGapMeter, type Gap } from './gaps.ts';
import { recoveryBoundMs } from './given.ts';
import { createLedger, type Ledger } from './ledger.ts';

export interface LoadOptions {
  readonly messagesPerSecond?: number;
  readonly entriesPerMessage?: number;
  /** Unanswered messages at a time. */
  readonly inFlight?: number;
  /** From 0 (images only) to 1 (jobs only). */
  readonly jobShare?: number;
  /** What becomes of a client's name, and so of the partition of its entries. */
  readonly rename?: (clientName: string) => string;
}

export interface NetBackupOptions extends LoadOptions {
  readonly url: string;
  readonly token: string;
  readonly ca: string;
  readonly seed: number;
}

export interface NetBackup extends AsyncDisposable {
  readonly ledger: Ledger;
  /** So far. */
  readonly answers: number;
  /** Cuts the connection, as a failing network does; it comes back by itself. */
  cut(): void;
  /** Resolves when so many further messages were answered. @param boundMs past it this rejects */
  further(messages: number, boundMs?: number): Promise<void>;
  /** No further message is begun, and `start` goes on. Resolves when everything that was sent is answered. */
  pause(boundMs?: number): Promise<void>;
  start(): void;
  /** Sends one message, a fresh one unless it is given, and resolves when it is answered. */
  one(message?: PreparedMessage): Promise<void>;
  /** The fault, and the cluster's own recovery from it, are over: what waits by now tells the bridge's recovery. */
  faultEnded(): void;
  /** Resolves when everything that waited at the end of the fault is answered, to the time from then on in ms. */
  recovered(boundMs: number): Promise<number>;
  /** The longest time between two answers while messages were waiting, in ms. */
  readonly longestSilenceMs: number;
  /** The time within which 99 of 100 of the messages first sent since then (`performance.now()`) were answered, in ms; once all are. */
  p99(since: number): number;
  /** In their order. */
  readonly gaps: readonly Gap[];
  report(): SimulatorReport;
}

/** NetBackup's wait before it connects again: up to 60 s in a real one (`connectionInfo.period`), here as little as a test takes. In ms. */
export const reconnectMs = 300;

/** As the generator names clients. */
const generatedName = /client-\d{4}\.example\.com/g;

export const defaultLoad = { messagesPerSecond: 60, entriesPerMessage: 5, inFlight: 64 } as const;

/** Connects and starts to send. */
export async function startNetBackup(options: NetBackupOptions): Promise<NetBackup> {
  const { seed, url, token, ca } = options;
  const { messagesPerSecond, entriesPerMessage, inFlight } = { ...defaultLoad, ...options };
  const { jobShare = 0.5, rename = (clientName: string) => clientName } = options;
  const ledger = createLedger();
  const waiting = new Set<string>();
  const watchers = new Set<() => void>();
  const generator = generateMessages({ seed, entriesPerMessage, jobShare, timeStamp: nowSeconds() });
  const latencies: { readonly sentAt: number; readonly ms: number }[] = [];
  const gapMeter = createGapMeter();
  let answers = 0;
  let lastAnswerAt = performance.now();
  let longestSilenceMs = 0;
  let sending = false;
  const isSending = () => sending;
  let load = Promise.resolve();
  /** What waited at the end of the fault; `tookMs` once all of it is answered. */
  let atEnd: { readonly since: number; readonly ids: Set<string>; tookMs: number | null } | undefined;

  const simulator: Simulator = createSimulator({
    url,
    token,
    ca,
    inFlight,
    // A message that waits answers no ping, and pings have to pass in every fault: often enough for faults of seconds.
    keepAliveMs: 2_000,
    reconnectMs,
    onEvent(event) {
      if (event.type === 'disconnected') gapMeter.disconnected(event.code);
    },
    onAnswer({ message, latencyMs }) {
      answers++;
      gapMeter.answered();
      const now = performance.now();
      latencies.push({ sentAt: now - latencyMs, ms: latencyMs });
      longestSilenceMs = Math.max(longestSilenceMs, now - lastAnswerAt);
      lastAnswerAt = now;
      waiting.delete(message.id);
      if (atEnd?.ids.delete(message.id) === true && atEnd.ids.size === 0) atEnd.tookMs = now - atEnd.since;
      ledger.answered(message.id);
      watchers.forEach((check) => check());
    },
  });
  const connected = await simulator.connect({ retry: true });
  if (connected.outcome !== 'established') throw new Error(`not connected: ${JSON.stringify(connected)}`);

  /** Resolves as soon as `holds` does after an answer. */
  async function until(holds: () => boolean, boundMs: number, what: string): Promise<void> {
    if (holds()) return;
    const reached = Promise.withResolvers<void>();
    const check = () => holds() && reached.resolve();
    const late = AbortSignal.timeout(boundMs);
    const fail = () =>
      reached.reject(
        new Error(`${what} within ${boundMs} ms; NetBackup saw ${JSON.stringify(simulator.report())}`),
      );
    watchers.add(check);
    late.addEventListener('abort', fail);
    await reached.promise.finally(() => {
      watchers.delete(check);
      late.removeEventListener('abort', fail);
    });
  }

  function fresh(): PreparedMessage {
    const message = generator.next().value;
    const text = message.frame.toString().replaceAll(generatedName, rename);
    return { ...message, frame: Buffer.from(text) };
  }

  function next(message = fresh()): PreparedMessage {
    if (waiting.size === 0) lastAnswerAt = performance.now();
    ledger.sent(message);
    waiting.add(message.id);
    return message;
  }

  function* whileSending() {
    while (isSending()) yield next();
  }

  function faultEnded(): void {
    const ids = new Set(waiting);
    atEnd = { since: performance.now(), ids, tookMs: ids.size === 0 ? 0 : null };
  }

  function allAnswered(boundMs: number): Promise<void> {
    const mine = [...waiting];
    return until(
      () => mine.every((id) => !waiting.has(id)),
      boundMs,
      `${mine.length} messages that waited were not answered`,
    );
  }

  return {
    ledger,
    get answers() {
      return answers;
    },
    get longestSilenceMs() {
      return Math.max(longestSilenceMs, waiting.size === 0 ? 0 : performance.now() - lastAnswerAt);
    },
    p99(since) {
      const sorted = latencies.filter(({ sentAt }) => sentAt >= since).map(({ ms }) => ms);
      sorted.sort((a, b) => a - b);
      if (waiting.size > 0 || sorted.length === 0)
        throw new Error('not all is answered, or nothing was sent');
      return sorted[Math.ceil(sorted.length * 0.99) - 1] as number;
    },
    cut: () => simulator.cut(),
    further(messages, boundMs = recoveryBoundMs) {
      const wanted = answers + messages;
      return until(() => answers >= wanted, boundMs, `${messages} further messages were not answered`);
    },
    start() {
      sending = true;
      load = runLoad(simulator, whileSending(), { window: inFlight, ratePerSecond: messagesPerSecond });
    },
    async pause(boundMs = recoveryBoundMs) {
      sending = false;
      await Promise.race([load, delay(boundMs, undefined, { ref: false })]);
      await allAnswered(boundMs);
    },
    async one(given) {
      const message = next(given);
      void simulator.send(message);
      await until(
        () => !waiting.has(message.id),
        recoveryBoundMs,
        `the message ${message.id} was not answered`,
      );
    },
    faultEnded,
    async recovered(boundMs) {
      if (atEnd === undefined) faultEnded();
      await until(
        () => atEnd?.tookMs !== null,
        boundMs,
        'what waited at the end of the fault was not answered',
      );
      return atEnd?.tookMs ?? 0;
    },
    gaps: gapMeter.gaps,
    report: () => simulator.report(),
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}
