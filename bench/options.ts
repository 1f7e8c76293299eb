import { parseArgs } from 'node:util';
import { UsageError } from '../src/errors.ts';

/** One kind of load. */
export interface Cell {
  /** In each message. */
  readonly entries: number;
  /** Messages that are sent and not yet answered. */
  readonly inFlight: number;
  /** `<entries>x<inFlight>` */
  readonly name: string;
}

export interface BenchOptions {
  /** Of each measurement, without its warm-up. */
  readonly durationMs: number;
  readonly rounds: number;
  /** The checkout of another build; measured beside this tree's where there is one. */
  readonly beside: string | undefined;
  /** The share of messages that a second bridge of this tree samples for traces. */
  readonly traced: number | undefined;
  readonly cells: readonly Cell[];
}

const allCells = '1x1,1x100,10x1,10x10,100x1,100x10,100x100';

/** @throws UsageError */
export function readOptions(): BenchOptions {
  const { seconds, rounds, beside, traced, cells } = parseArgs({
    options: {
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      beside: { type: 'string' },
      traced: { type: 'string' },
      cells: { type: 'string', default: allCells },
    },
  }).values;
  return {
    durationMs: positive('--seconds', seconds) * 1000,
    rounds: positive('--rounds', rounds),
    beside,
    traced: traced === undefined ? undefined : positive('--traced', traced),
    cells: cells.split(',').map(cellOf),
  };
}

function cellOf(name: string): Cell {
  const [, entries, inFlight] = name.match(/^([1-9]\d*)x([1-9]\d*)$/) ?? [];
  if (entries === undefined || inFlight === undefined)
    throw new UsageError(`--cells takes names like ${allCells}, not "${name}"`);
  return { name, entries: Number(entries), inFlight: Number(inFlight) };
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (value > 0 && value < Infinity) return value;
  throw new UsageError(`${option} must be a number above 0, not "${text}"`);
}
