import { createHistogram } from 'node:perf_hooks';

import type { ViolationKind } from './answer.ts';
import type { ConnectFailure, ConnectResult } from './events.ts';
import type { Answer } from './outbox.ts';
import type { PreparedMessage } from './message.ts';

/** Everything a simulator saw; times in milliseconds. */
export interface SimulatorReport {
  readonly durationMs: number;
  readonly connections: {
    readonly established: number;
    readonly failures: Readonly<Partial<Record<ConnectFailure | 'refused', number>>>;
    /** By close code, of every WebSocket that was opened; 1006 is a loss without a close frame. */
    readonly closes: Readonly<Record<string, number>>;
  };
  readonly messages: {
    /** Sent at least once. */
    readonly sent: number;
    readonly answered: number;
    readonly unanswered: number;
    readonly resends: number;
    /** Further answers that resends had asked for. */
    readonly duplicateAnswers: number;
  };
  readonly entries: { readonly sent: number; readonly answered: number };
  /** COMMAND REQUESTs of the endpoint, which are counted only. */
  readonly commands: number;
  readonly violations: {
    readonly total: number;
    readonly byKind: Readonly<Partial<Record<ViolationKind, number>>>;
    /** The first of them, in words. */
    readonly first: readonly { readonly kind: ViolationKind; readonly detail: string }[];
  };
  /** From the first attempt to connect to the first answer. */
  readonly firstAnswerMs: number | null;
  /** From a message's first request to its answer. */
  readonly latencyMs: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly max: number;
  } | null;
}

export interface Statistics {
  begin(): void;
  connectResult(result: ConnectResult): void;
  closed(code: number): void;
  sent(message: PreparedMessage, requests: number): void;
  answered(answer: Answer): void;
  duplicate(): void;
  command(): void;
  violation(kind: ViolationKind, detail: string): void;
  report(): SimulatorReport;
}

const keptViolations = 50;
const dayInMicroseconds = 24 * 60 * 60 * 1e6;

/** Counts in bounded memory, whatever the number of messages. */
export function createStatistics(): Statistics {
  /** In microseconds, three significant figures; what takes over a day is counted as a day. */
  const latency = createHistogram({ lowest: 1, highest: dayInMicroseconds, figures: 3 });
  const failures: Partial<Record<ConnectFailure | 'refused', number>> = {};
  const closes: Record<string, number> = {};
  const byKind: Partial<Record<ViolationKind, number>> = {};
  const first: { kind: ViolationKind; detail: string }[] = [];
  const messages = { sent: 0, answered: 0, resends: 0, duplicateAnswers: 0 };
  const entries = { sent: 0, answered: 0 };
  let established = 0;
  let commands = 0;
  let violations = 0;
  let begun: number | undefined;
  let firstAnswerMs: number | null = null;

  const sinceBegin = (): number => (begun === undefined ? 0 : performance.now() - begun);
  const milliseconds = (percentile: number): number => latency.percentile(percentile) / 1000;

  return {
    begin() {
      begun ??= performance.now();
    },
    connectResult(result) {
      if (result.outcome === 'established') established += 1;
      else {
        const reason = result.outcome === 'refused' ? 'refused' : result.reason;
        failures[reason] = (failures[reason] ?? 0) + 1;
      }
    },
    closed(code) {
      closes[code] = (closes[code] ?? 0) + 1;
    },
    sent(message, requests) {
      if (requests > 1) {
        messages.resends += 1;
        return;
      }
      messages.sent += 1;
      entries.sent += message.entries;
    },
    answered(answer) {
      messages.answered += 1;
      entries.answered += answer.message.entries;
      firstAnswerMs ??= sinceBegin();
      latency.record(Math.min(dayInMicroseconds, Math.max(1, Math.round(answer.latencyMs * 1000))));
    },
    duplicate() {
      messages.duplicateAnswers += 1;
    },
    command() {
      commands += 1;
    },
    violation(kind, detail) {
      violations += 1;
      byKind[kind] = (byKind[kind] ?? 0) + 1;
      if (first.length < keptViolations) first.push({ kind, detail });
    },
    report: () => ({
      durationMs: sinceBegin(),
      connections: { established, failures: { ...failures }, closes: { ...closes } },
      messages: { ...messages, unanswered: messages.sent - messages.answered },
      entries: { ...entries },
      commands,
      violations: { total: violations, byKind: { ...byKind }, first: [...first] },
      firstAnswerMs,
      latencyMs:
        messages.answered === 0
          ? null
          : { p50: milliseconds(50), p90: milliseconds(90), p99: milliseconds(99), max: latency.max / 1000 },
    }),
  };
}
