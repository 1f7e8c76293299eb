import { UsageError } from '../errors.ts';

/** How an option of a time is to be written; for its help and its error. */
export const timeForms = '10m, 2h or 7d back, or a time like 2026-03-01T08:00:00Z';

const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** With its zone: a time without one means another moment on another host. */
const isoTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d))?$/;

/**
 * A moment that an option names: so long ago, or a time of ISO 8601 with its zone; a date alone is its midnight in UTC.
 * @param now Unix ms @returns Unix ms @throws UsageError
 */
export function parseTime(option: string, text: string, now: number): number {
  const [, amount, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return Math.max(0, now - Number(amount) * (unitsMs[unit] ?? 0));
  const time = isoTime.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) throw new UsageError(`${option} must be ${timeForms}, not ${JSON.stringify(text)}`);
  // Below 0 are Kafka's own words for its first and last offset.
  return Math.max(0, time);
}
