import { reasonOf } from '../../src/errors.ts';
import type { Found } from './corpus.ts';
import type { TakeCoverage } from './coverage.ts';
import type { Random } from '../../src/simulator/random.ts';
import { below, oneOf } from './choose.ts';
import { reduce } from './reduce.ts';
import type { Target } from './target.ts';

export interface Finding {
  readonly input: Buffer;
  readonly error: unknown;
}

export interface EngineOptions {
  readonly target: Target;
  readonly takeCoverage: TakeCoverage;
  readonly corpus: readonly Buffer[];
  readonly random: Random;
  /** Ends the run. */
  readonly stop: AbortSignal;
  /** Called before each input: one that hangs or kills the process is known by it. */
  readonly onInput: (input: Buffer) => void;
  readonly onFinding: (finding: Finding) => void;
  readonly onProgress: (state: Progress) => void;
}

export interface Progress {
  readonly runs: number;
  readonly kept: number;
  readonly features: number;
}

/** More kinds of findings than that are one finding: something is broken at large. */
const maxFindings = 20;
const turnMs = 100;

/**
 * Changes inputs at random, and keeps those that run a block of the sources that none ran before, or ran it another number of
 * times, or bring about an outcome of their own. @returns what it kept
 */
export async function fuzz(options: EngineOptions): Promise<Found[]> {
  const { target, takeCoverage, corpus, random, stop } = options;
  const seen = new Set<string>();
  const kinds = new Set<string>();
  const kept: Found[] = [];
  let runs = 0;
  let turnedAt = performance.now();

  const seeds = target.seeds();
  for (const [n, input] of [...seeds, ...corpus].entries()) {
    const features = await run(input);
    if (features !== null) keep(input, features, n < seeds.length);
  }
  while (!stop.aborted && kinds.size < maxFindings && kept.length > 0) {
    await turn();
    const input = mutated();
    if (input !== undefined) await attempt(input);
  }
  tell();
  return kept;

  function mutated(): Buffer | undefined {
    const { input } = oneOf(random, below(random, 2) === 0 ? kept : kept.slice(-20));
    const other = oneOf(random, kept).input;
    let changed: Buffer | undefined = input;
    for (let left = oneOf(random, [1, 1, 2, 4, 8]); left > 0; left--)
      changed = target.mutate(changed, other, random) ?? changed;
    return changed === input || changed.length > target.maxBytes ? undefined : changed;
  }

  /** Runs an input; keeps it, made smaller, where it brings about something new. */
  async function attempt(input: Buffer): Promise<void> {
    const features = await run(input);
    const fresh = features?.filter((feature) => !seen.has(feature)) ?? [];
    if (fresh.length === 0) return;
    const smallest = await reduce(input, target.parts, async (candidate) => {
      const brought = new Set(stop.aborted ? null : await run(candidate));
      return fresh.every((feature) => brought.has(feature));
    });
    keep(smallest, (await run(smallest)) ?? [], false);
  }

  function keep(input: Buffer, features: readonly string[], isSeed: boolean): void {
    if (features.every((feature) => seen.has(feature))) return;
    kept.push({ input, features, isSeed });
    for (const feature of features) seen.add(feature);
  }

  /** @returns null where it is a finding */
  async function run(input: Buffer): Promise<string[] | null> {
    options.onInput(input);
    runs++;
    await turn();
    takeCoverage();
    try {
      const outcome = await target.run(input);
      return [...takeCoverage(), ...outcome];
    } catch (error) {
      await report(input, error);
      return null;
    }
  }

  /** Lets the event loop turn now and then: messages go out, `stop` aborts. */
  async function turn(): Promise<void> {
    if (performance.now() - turnedAt < turnMs) return;
    tell();
    await new Promise(setImmediate);
    turnedAt = performance.now();
  }

  function tell(): void {
    options.onProgress({ runs, kept: kept.length, features: seen.size });
  }

  /** The first of each kind, made smaller. */
  async function report(input: Buffer, error: unknown): Promise<void> {
    const kind = kindOf(error);
    if (kinds.has(kind)) return;
    kinds.add(kind);
    let shown = error;
    const smallest = await reduce(input, target.parts, async (candidate) => {
      if (stop.aborted) return false;
      options.onInput(candidate);
      try {
        await target.run(candidate);
        return false;
      } catch (error) {
        if (kindOf(error) !== kind) return false;
        shown = error;
        return true;
      }
    });
    options.onFinding({ input: smallest, error: shown });
  }
}

/** What two findings of one cause have in common: the place, and the words of the message without what is of the input. */
function kindOf(error: unknown): string {
  const words = (reasonOf(error).split('\n', 1)[0] ?? '').replaceAll(/\d+/g, '#').slice(0, 80);
  const place = error instanceof Error ? /\n\s+at .*/.exec(error.stack ?? '')?.[0] : undefined;
  return `${words}${place ?? ''}`;
}
