/** The figures of the cases: each case adds its own, and at the end of the run they are tables. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import type { Gap } from './gaps.ts';

export interface Figures {
  readonly case: string;
  /** Of everything random in the case. */
  readonly seed: number;
  /** Entries of messages that were answered. */
  readonly answered: number;
  readonly lost: number;
  readonly reordered: number;
  readonly duplicated: number;
  /** The longest time without an answer while messages were waiting for one, in ms. */
  readonly longestSilenceMs: number;
  /** From the end of the fault to the answer of the last message that was waiting by then, in ms. */
  readonly recoveryMs: number;
  /** Where there are several, and their connections end. */
  readonly primaries?: readonly PrimaryFigures[];
}

export interface PrimaryFigures {
  readonly primary: string;
  readonly gaps: readonly Gap[];
  readonly longestSilenceMs: number;
  readonly resends: number;
}

export async function addFigures(file: string, figures: Figures): Promise<void> {
  await appendFile(file, `${JSON.stringify(figures)}\n`);
}

/** Prints the tables, and writes the figures to the file that NBWSS_FAULT_FIGURES names. */
export async function reportFigures(file: string): Promise<void> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  const all = lines.map((line) => JSON.parse(line) as Figures);
  if (all.length === 0) return;
  process.stdout.write(`\n${table(caseHead, all.map(caseRow))}\n`);
  const gaps = all.flatMap((one) => (one.primaries ?? []).map((primary) => gapRow(one.case, primary)));
  if (gaps.length > 0) process.stdout.write(`${table(gapHead, gaps)}\n`);
  const target = process.env['NBWSS_FAULT_FIGURES'];
  if (target !== undefined) await writeFile(target, `${JSON.stringify(all, null, 2)}\n`);
}

const caseHead = [
  'case',
  'entries answered',
  'lost',
  'reordered',
  'duplicated',
  'longest silence s',
  'recovery s',
  'seed',
];

function caseRow(one: Figures): string[] {
  return [
    one.case,
    String(one.answered),
    String(one.lost),
    String(one.reordered),
    String(one.duplicated),
    seconds(one.longestSilenceMs),
    seconds(one.recoveryMs),
    String(one.seed),
  ];
}

/** A gap is the time from the end of a connection, by its close code, to the first answer on the next one. */
const gapHead = ['case', 'primary', 'gaps s', 'longest silence s', 'resends'];

function gapRow(name: string, { primary, gaps, longestSilenceMs, resends }: PrimaryFigures): string[] {
  const shown = gaps.map(({ closeCode, ms }) => `${closeCode}: ${(ms / 1000).toFixed(2)}`).join(', ');
  return [name, primary, shown === '' ? 'none' : shown, seconds(longestSilenceMs), String(resends)];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |\n`;
  return `${line(head)}${line(widths.map((width) => '-'.repeat(width)))}${rows.map(line).join('')}`;
}
