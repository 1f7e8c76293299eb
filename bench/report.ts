/** What the benchmark says when all rounds are over. */
import { thisTree } from './builds.ts';
import type { Rest } from './cell.ts';
import { median, medianOf } from './figures.ts';
import { aligned, rawName, type Row, tableOf } from './table.ts';

export function medianTable(rows: readonly Row[]): string {
  const groups = Map.groupBy(rows, ({ cell, build }) => `${cell} ${build}`);
  const medians = [...groups.values()].map(medianRow);
  return tableOf('medians; a ratio is the median of the ratios of the rounds', medians);
}

/** Nothing unless there was one message with one entry in flight. */
export function latencyLine(rows: readonly Row[]): string {
  const p50Of = (name: string) =>
    median(
      rows.filter(({ cell, build }) => cell === '1x1' && build === name).map(({ figures }) => figures.p50),
    );
  const [answer, raw] = [p50Of(thisTree), p50Of(rawName)];
  if (Number.isNaN(answer)) return '';
  return (
    `one message in flight: answer p50 ${answer.toFixed(2)} ms, raw send p50 ${raw.toFixed(2)} ms, ` +
    `difference ${(answer - raw).toFixed(2)} ms\n\n`
  );
}

/** @param load the cell that the bridges rested from */
export function restTable(rests: readonly Rest[], load: string): string {
  const lines = [...Map.groupBy(rests, ({ build }) => build)].map(([build, rows]) => {
    const mebibytes = (key: 'fresh' | 'afterLoad') => median(rows.map((rest) => rest[key])).toFixed(0);
    return [build, mebibytes('fresh'), mebibytes('afterLoad')];
  });
  const head = ['resident memory at rest', 'fresh, MiB', `after ${load}, MiB`];
  return aligned([head, ...lines]);
}

function medianRow(rows: readonly Row[]): Row {
  const [{ cell, build }] = rows as readonly [Row, ...Row[]];
  return { cell, build, figures: medianOf(rows.map(({ figures }) => figures)) };
}
