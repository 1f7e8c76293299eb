import type { SimulatorReport } from './statistics.ts';

/** The report for people: one fact a line, and only those that have something to tell. */
export function reportText(report: SimulatorReport): string {
  const { connections, messages, entries, violations, latencyMs } = report;
  const lines: readonly (readonly [string, string])[] = [
    ['connected', plural(connections.established, 'time')],
    ['not connected', counts(connections.failures)],
    ['closed with', counts(connections.closes)],
    [
      'sent',
      `${plural(messages.sent, 'message')} (${entries.sent} entries) in ${seconds(report.durationMs)}`,
    ],
    [
      'answered',
      `${messages.answered} (${rate(messages.answered, report)} messages/s, ${rate(entries.answered, report)} entries/s)`,
    ],
    ['not answered', nonZero(messages.unanswered)],
    ['resends', nonZero(messages.resends)],
    ['answers to resends', nonZero(messages.duplicateAnswers)],
    ['commands received', nonZero(report.commands)],
    ['first answer after', report.firstAnswerMs === null ? '' : milliseconds(report.firstAnswerMs)],
    [
      'time to answer',
      latencyMs === null
        ? ''
        : `p50 ${milliseconds(latencyMs.p50)}, p90 ${milliseconds(latencyMs.p90)}, ` +
          `p99 ${milliseconds(latencyMs.p99)}, max ${milliseconds(latencyMs.max)}`,
    ],
    ['violations', violations.total === 0 ? 'none' : counts(violations.byKind)],
  ];
  const shown = lines
    .filter(([, value]) => value !== '')
    .map(([label, value]) => `${label.padEnd(20)}${value}`);
  const details = violations.first.map(({ kind, detail }) => `  ${kind}: ${detail}`);
  return `${[...shown, ...details].join('\n')}\n`;
}

function counts(byName: Readonly<Record<string, number>>): string {
  return Object.entries(byName)
    .map(([name, count]) => `${name} ${count}x`)
    .join(', ');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function nonZero(count: number): string {
  return count === 0 ? '' : String(count);
}

function rate(count: number, { durationMs }: SimulatorReport): string {
  return durationMs === 0 ? '0' : ((count * 1000) / durationMs).toFixed(1);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
}
