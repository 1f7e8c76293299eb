/** The figures of the benchmark, how they are compared and how they are put together. */

/** Of one build in one cell. NaN where there is none. */
export interface Figures {
  readonly entriesPerSecond: number;
  readonly perBeside: number;
  readonly perRaw: number;
  /** From a message's request to its answer, in ms. */
  readonly p50: number;
  readonly p99: number;
  /** CPU seconds of the process per 100,000 entries. */
  readonly cpu: number;
  readonly cpuPerBeside: number;
  /** The peak of the resident memory, in MiB. */
  readonly memory: number;
  readonly memoryPerBeside: number;
  /** The longest stall of the event loop, in ms beyond that of an idle process at the same time. */
  readonly stall: number;
  /** Records too many. */
  readonly copies: number;
  /** What processes of others took of the machine's CPU time, in percent of all of it: the figures of a busy machine say little. */
  readonly others: number;
}

type Ratio = 'perBeside' | 'perRaw' | 'cpuPerBeside' | 'memoryPerBeside';
/** While it ran. */
export type Measured = Omit<Figures, Ratio | 'copies'>;

/** What was measured in the same minutes, if anything was. */
export interface Others {
  readonly beside: Measured | undefined;
  readonly raw: Measured | undefined;
}

export function compare(own: Measured, copies: number, { beside, raw }: Others): Figures {
  const ratio = (key: keyof Measured, other: Measured | undefined) => own[key] / (other?.[key] ?? NaN);
  return {
    ...own,
    copies,
    perBeside: ratio('entriesPerSecond', beside),
    perRaw: ratio('entriesPerSecond', raw),
    cpuPerBeside: ratio('cpu', beside),
    memoryPerBeside: ratio('memory', beside),
  };
}

/** Each figure's median for itself: that of a ratio is of the ratios of the rounds. Copies are added up. */
export function medianOf(rounds: readonly Figures[]): Figures {
  const of = (key: keyof Figures) => median(rounds.map((figures) => figures[key]));
  return {
    entriesPerSecond: of('entriesPerSecond'),
    perBeside: of('perBeside'),
    perRaw: of('perRaw'),
    p50: of('p50'),
    p99: of('p99'),
    cpu: of('cpu'),
    cpuPerBeside: of('cpuPerBeside'),
    memory: of('memory'),
    memoryPerBeside: of('memoryPerBeside'),
    stall: of('stall'),
    copies: rounds.reduce((sum, { copies }) => sum + copies, 0),
    others: of('others'),
  };
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? NaN : (low + high) / 2;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param work `cpu` is in s */
export function perEntry(work: { readonly entries: number; readonly seconds: number; readonly cpu: number }) {
  return { entriesPerSecond: work.entries / work.seconds, cpu: (work.cpu / work.entries) * 100_000 };
}
