/** The figures of the cases: each case adds its own, and at the end of the run they are one table. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';

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
}

export async function addFigures(file: string, figures: Figures): Promise<void> {
  await appendFile(file, `${JSON.stringify(figures)}\n`);
}

/** Prints the table, and writes the figures to the file that NBWSS_FAULT_FIGURES names. */
export async function reportFigures(file: string): Promise<void> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  const all = lines.map((line) => JSON.parse(line) as Figures);
  if (all.length === 0) return;
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  const rows = all.map((one) => [
    one.case,
    String(one.answered),
    String(one.lost),
    String(one.reordered),
    String(one.duplicated),
    seconds(one.longestSilenceMs),
    seconds(one.recoveryMs),
    String(one.seed),
  ]);
  const head = [
    'case',
    'entries answered',
    'lost',
    'reordered',
    'duplicated',
    'longest silence s',
    'recovery s',
    'seed',
  ];
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |\n`;
  process.stdout.write(
    `\n${line(head)}${line(widths.map((width) => '-'.repeat(width)))}${rows.map(line).join('')}\n`,
  );
  const target = process.env['NBWSS_FAULT_FIGURES'];
  if (target !== undefined) await writeFile(target, `${JSON.stringify(all, null, 2)}\n`);
}
