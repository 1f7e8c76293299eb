import { besideName } from './builds.ts';
import type { Figures } from './figures.ts';

/** The rows of the yardstick. */
export const rawName = 'raw';

export interface Row {
  readonly cell: string;
  readonly build: string;
  readonly figures: Figures;
}

interface Column {
  readonly title: string;
  readonly key: keyof Figures;
  readonly digits: number;
}

const columns: readonly Column[] = [
  { title: 'entries/s', key: 'entriesPerSecond', digits: 0 },
  { title: `/ ${besideName}`, key: 'perBeside', digits: 2 },
  { title: `/ ${rawName}`, key: 'perRaw', digits: 2 },
  { title: 'p50 ms', key: 'p50', digits: 2 },
  { title: 'p99 ms', key: 'p99', digits: 2 },
  { title: 'CPU s/100k', key: 'cpu', digits: 3 },
  { title: `/ ${besideName}`, key: 'cpuPerBeside', digits: 2 },
  { title: 'peak MiB', key: 'memory', digits: 0 },
  { title: `/ ${besideName}`, key: 'memoryPerBeside', digits: 2 },
  { title: 'stall ms', key: 'stall', digits: 1 },
  { title: 'copies', key: 'copies', digits: 0 },
  { title: 'others %', key: 'others', digits: 0 },
];

/** Lines of text. A column without any figure is left out, and a cell is named once. */
export function tableOf(title: string, rows: readonly Row[]): string {
  const used = columns.filter(({ key }) => rows.some(({ figures }) => !Number.isNaN(figures[key])));
  const lines = rows.map(({ cell, build, figures }, index) => [
    cell === rows[index - 1]?.cell ? '' : cell,
    build,
    ...used.map(({ key, digits }) => numberText(figures[key], digits)),
  ]);
  return `${title}\n${aligned([['cell', 'build', ...used.map((column) => column.title)], ...lines])}`;
}

/** Cells as wide as the widest below each other: the first two columns are words, the others numbers. The first line is the head. */
export function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const pad = (text: string, at: number) =>
    at < 2 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0);
  const texts = lines.map((line) => `| ${line.map(pad).join(' | ')} |\n`);
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|\n`;
  return texts.toSpliced(1, 0, rule).join('');
}

function numberText(value: number, digits: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(digits);
}
