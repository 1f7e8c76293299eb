/**
 * `npm run fuzz`: looks for inputs that break a promise of the codec or of the session, or cost more than they count for, guided by
 * coverage and by what they cost, for a bounded time. Exit 1
 * where it found one; it is written to a file, with the command that runs it again.
 *
 * The engine is our own, because none that was tried runs here (2026-11): @jazzer.js/core 4.0.0 comes with binaries that need
 * glibc 2.38, newer than Debian 12's, and its loader passes over TypeScript that Node.js strips itself; 2.1.0 fetches its binary
 * from GitHub by an install script; jsfuzz 1.0.15 instruments CommonJS only, with a parser that doesn't know today's syntax.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BridgeError, ExitCode, reasonOf, UsageError } from '../../src/errors.ts';
import { extensions, type TargetName } from '../../test/fuzz/corpus.ts';
import { writeInput } from './corpus.ts';
import type { Progress } from './engine.ts';
import { supervise } from './supervise.ts';
import { loadTarget } from './targets.ts';

const USAGE = `usage: npm run fuzz [-- --seconds N] [--target codec|session|cost] [--seed N] [--keep] [--replay FILE]

  --seconds  how long, for all targets together; default 60
  --target   only this one; default: all, one after the other
  --seed     repeats a run's random choices; the clock still decides how far it comes
  --keep     writes test/fuzz/corpus anew: few inputs that bring about all that the run saw
  --replay   runs one file, and prints what it brings about`;

const targetNames = Object.keys(extensions) as TargetName[];
const findingsDirectory = resolve(import.meta.dirname, '../../.cache/fuzz');
const say = (line: string) => void process.stdout.write(`${line}\n`);
const progress = (line: string) => void process.stderr.write(`${line}\n`);

interface Options {
  readonly targets: readonly TargetName[];
  readonly seconds: number;
  readonly seed: number;
  readonly keep: boolean;
  readonly replay: string | undefined;
}

/** @returns how many findings there were */
async function fuzzOne(name: TargetName, seconds: number, { seed, keep }: Options): Promise<number> {
  const reportEveryMs = 10_000;
  let state: Progress = { runs: 0, kept: 0, features: 0 };
  let findings = 0;
  const tell = () =>
    progress(
      `${name}: ${state.runs} inputs, ${state.kept} kept, ${state.features} features, ${findings} findings`,
    );
  progress(`${name}: for ${seconds} s, seed ${seed}`);
  const reporting = setInterval(tell, reportEveryMs);
  await supervise({
    name,
    seconds,
    seed,
    keep,
    onFinding(input, error) {
      findings++;
      const file = writeInput(findingsDirectory, input, name);
      say(`FINDING (${name}, ${input.length} bytes): ${error}`);
      say(`  run it again: npm run fuzz -- --replay ${file}`);
    },
    onProgress: (now) => (state = now),
    onKept: (files) => progress(`${name}: the corpus has ${files} files now`),
  });
  clearInterval(reporting);
  tell();
  return findings;
}

async function replay(file: string): Promise<void> {
  const name = targetNames.find((name) => file.endsWith(`.${extensions[name]}`));
  if (name === undefined)
    throw new UsageError(`${file} has the ending of no target: ${Object.values(extensions).join()}`);
  const { run } = await loadTarget(name);
  say((await run(readFileSync(file))).join('\n'));
}

function options(): Options {
  try {
    const { values } = parseArgs({
      options: {
        seconds: { type: 'string', default: '60' },
        target: { type: 'string' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        keep: { type: 'boolean', default: false },
        replay: { type: 'string' },
      },
    });
    const target = targetNames.find((name) => name === values.target);
    if (values.target !== undefined && target === undefined)
      throw new UsageError(`--target is ${targetNames.join(' or ')}, not '${values.target}'`);
    const seconds = Number(values.seconds);
    const seed = Number(values.seed);
    if (!(seconds > 0)) throw new UsageError(`--seconds is a number above 0, not '${values.seconds}'`);
    if (!Number.isSafeInteger(seed)) throw new UsageError(`--seed is an integer, not '${values.seed}'`);
    const targets = target === undefined ? targetNames : [target];
    return { targets, seconds, seed, keep: values.keep, replay: values.replay };
  } catch (error) {
    throw new UsageError(`${reasonOf(error)}\n${USAGE}`);
  }
}

try {
  const chosen = options();
  if (chosen.replay !== undefined) await replay(chosen.replay);
  else {
    let findings = 0;
    for (const name of chosen.targets)
      findings += await fuzzOne(name, chosen.seconds / chosen.targets.length, chosen);
    process.exitCode = findings === 0 ? ExitCode.ok : ExitCode.failure;
  }
} catch (error) {
  progress(`error: ${reasonOf(error)}`);
  process.exitCode = error instanceof BridgeError ? error.exitCode : ExitCode.internal;
}
