import type { Random } from '../../src/simulator/random.ts';

/** Something to fuzz. */
export interface Target {
  /** A larger input is never tried: what it finds a smaller one finds as well, and faster. */
  readonly maxBytes: number;
  /** What to begin with, where there is no corpus. */
  readonly seeds: () => readonly Buffer[];
  /** Throws, or rejects, where a promise is broken. @returns what the input brought about, beside the blocks that ran */
  readonly run: (input: Buffer) => string[] | Promise<string[]>;
  /** One change; undefined where this kind of change can't be made. */
  readonly mutate: (input: Buffer, other: Buffer, random: Random) => Buffer | undefined;
  /** The input without each of its parts, for making it smaller. */
  readonly parts: (input: Buffer) => Iterable<Buffer>;
}
