/** Makes cases, has them judged, and tells what disagrees. */
import { createRandom } from '../../src/simulator/random.ts';
import { below, oneOf } from '../fuzz/choose.ts';
import { compareCase, type Disagreement } from './compare.ts';
import { comparePair, conflictOf, type Verdicts } from './compare-pair.ts';
import { known } from './known.ts';
import { makeEntry } from './make-entry.ts';
import { makePair } from './make-pair.ts';
import { makeSchema } from './make-schema.ts';
import type { RecordSchema } from '../schemas/versions.ts';
import type { Case } from './product.ts';
import type { JavaReader, Reader } from './readers.ts';
import { resolve, type ResolvedRecord } from './resolved.ts';
import { type Pair, shrinkCase, shrinkPair } from './shrink.ts';

export interface Run {
  /** A schema and its entries. */
  schema(seed: number): Promise<void>;
  /** A pair of versions. */
  pair(seed: number): Promise<void>;
  disagreements(): number;
  summary(): string[];
}

const entriesOfSchema = 10;
const maxTries = 100;
/** So many are made small and printed: the first of each kind tell the most. */
const maxShownOfKind = 2;

export function createRun(
  readers: { readonly java: JavaReader; readonly fastavro: Reader },
  say: (line: string) => void,
): Run {
  const counts = {
    schemas: 0,
    entries: 0,
    records: 0,
    'dead letters': 0,
    pairs: 0,
    'pairs that break': 0,
    'pairs of no schema': 0,
  };
  const found = new Map<string, number>();
  const byDesign = new Map<string, number>();

  /** Whether it is one of the first of its kind. */
  function count(kind: string): boolean {
    const before = found.get(kind) ?? 0;
    found.set(kind, before + 1);
    return before < maxShownOfKind;
  }

  async function schema(seed: number): Promise<void> {
    const given = makeCase(seed);
    const outcome = await compareCase(given, readers);
    counts.schemas++;
    counts.entries += given.entries.length;
    counts.records += outcome.records;
    counts['dead letters'] += outcome.deadLetters;
    const [first] = outcome.disagreements.filter(({ kind }) => count(kind));
    if (first !== undefined) await tellCase(seed, given, first);
  }

  async function tellCase(seed: number, given: Case, { kind }: Disagreement): Promise<void> {
    const ofKind = async (one: Case) =>
      (await compareCase(one, readers)).disagreements.find((each) => each.kind === kind);
    const small = await shrinkCase(given, async (smaller) => (await ofKind(smaller)) !== undefined);
    say(`DISAGREEMENT: ${kind} (--seed ${seed} --schemas 1)`);
    say(`  ${(await ofKind(small))?.detail}`);
    say(`  schema: ${JSON.stringify(small.schema)}`);
    say(`  notificationType: ${JSON.stringify(small.notificationType)}`);
    for (const entry of small.entries) say(`  entry: ${entry}`);
  }

  async function pair(seed: number): Promise<void> {
    const given = makePair(createRandom(seed));
    const verdicts = await comparePair(given, readers, seed);
    if (verdicts === null) return void counts['pairs of no schema']++;
    counts.pairs++;
    if (verdicts.breaks.length > 0) counts['pairs that break']++;
    const conflict = newsOf(given, verdicts);
    if (conflict !== null && count(conflict)) await tellPair(seed, given, conflict);
  }

  /** The conflict, unless it is known. */
  function newsOf(given: Pair, verdicts: Verdicts): string | null {
    const conflict = conflictOf(verdicts);
    if (conflict === null) return null;
    const design = known.find((each) => each.applies(conflict, verdicts, given));
    if (design === undefined) return conflict;
    byDesign.set(design.name, (byDesign.get(design.name) ?? 0) + 1);
    return null;
  }

  async function tellPair(seed: number, given: Pair, conflict: string): Promise<void> {
    const small = await shrinkPair(given, async (smaller) => {
      const verdicts = await comparePair(smaller, readers, seed);
      return (
        verdicts !== null &&
        conflictOf(verdicts) === conflict &&
        known.every((each) => !each.applies(conflict, verdicts, smaller))
      );
    });
    say(`DISAGREEMENT: ${conflict} (--seed ${seed} --schemas 1)`);
    say(`  ${JSON.stringify(await comparePair(small, readers, seed))}`);
    say(`  reader: ${JSON.stringify(small.reader)}`);
    say(`  writer: ${JSON.stringify(small.writer)}`);
  }

  const disagreements = () => [...found.values()].reduce((sum, each) => sum + each, 0);
  return {
    schema,
    pair,
    disagreements,
    summary: () => [
      Object.entries(counts)
        .map(([name, value]) => `${value} ${name}`)
        .join(', '),
      ...known.map(({ name, right }) => `known, ${byDesign.get(name) ?? 0} pairs: ${name} (right: ${right})`),
      ...[...found].map(([kind, value]) => `NEW, ${value} times: ${kind}`),
      `${disagreements()} disagreements`,
    ],
  };
}

function makeCase(seed: number): Case {
  const random = createRandom(seed);
  const kind = oneOf(random, ['job', 'job', 'image'] as const);
  const { schema, resolved } = resolvable(() => makeSchema(random, kind));
  const entries = Array.from({ length: entriesOfSchema }, () => makeEntry(random, resolved));
  const notificationType = below(random, 4) > 0 ? 'INFO' : oneOf(random, [null, '', 'é😀', '\ud800']);
  return { kind, schema, notificationType, entries };
}

/** What is left out of a schema may have been the definition of a type that it names again: then another is made. */
function resolvable(make: () => RecordSchema): {
  readonly schema: RecordSchema;
  readonly resolved: ResolvedRecord;
} {
  for (let tries = 0; ; tries++) {
    const schema = make();
    try {
      return { schema, resolved: resolve(schema as never) as ResolvedRecord };
    } catch (error) {
      if (tries === maxTries) throw error;
    }
  }
}
