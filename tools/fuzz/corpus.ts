import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { corpusDirectory, corpusFiles, extensions, type TargetName } from '../../test/fuzz/corpus.ts';
import { howOften } from './coverage.ts';

/** An input, and what it brought about when it was found. */
export interface Found {
  readonly input: Buffer;
  readonly features: readonly string[];
  /** A seed is no file of the corpus. */
  readonly isSeed: boolean;
}

/** Puts few inputs that together bring about all of it in the place of what the repository keeps. @returns how many */
export function writeCorpus(target: TargetName, all: readonly Found[]): number {
  const kept = fewestCover(all.map((found) => ({ ...found, features: found.features.map(whatever) })));
  for (const { path } of corpusFiles(target)) rmSync(path);
  for (const { input } of kept) writeInput(corpusDirectory(target), input, target);
  return kept.length;
}

/** @returns the file's path; equal inputs have equal names */
export function writeInput(directory: string, input: Buffer, target: TargetName): string {
  mkdirSync(directory, { recursive: true });
  const hash = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const path = join(directory, `${hash}.${extensions[target]}`);
  writeFileSync(path, input);
  return path;
}

/** The feature, however often the block ran: that guides a run, and makes no file of its own. */
function whatever(feature: string): string {
  return feature.split(howOften, 1)[0] ?? feature;
}

/** What the seeds leave missing: again and again the input that adds most of it, and of equal ones the smallest. */
function fewestCover(all: readonly Found[]): Found[] {
  const [seeds, others] = [all.filter(({ isSeed }) => isSeed), all.filter(({ isSeed }) => !isSeed)];
  const missing = new Set(others.flatMap(({ features }) => features));
  for (const { features } of seeds) for (const feature of features) missing.delete(feature);
  const left = others.toSorted((a, b) => a.input.length - b.input.length);
  const kept: Found[] = [];
  while (missing.size > 0) {
    const gains = left.map(({ features }) => features.filter((feature) => missing.has(feature)).length);
    const [best] = left.splice(gains.indexOf(Math.max(...gains)), 1);
    if (best === undefined) break;
    kept.push(best);
    for (const feature of best.features) missing.delete(feature);
  }
  return kept;
}
