/** Judges what is in Kafka, read back by another client, against what was sent and answered. */
import type { ReadBack } from '../helpers/independent-reader.ts';
import type { Ledger, SentEntry } from './ledger.ts';

export interface Verdict {
  /** Entries of answered messages. */
  readonly answered: number;
  /** Answered entries that are neither in their topic nor a dead letter. */
  readonly lost: readonly string[];
  /** Records that nobody sent. */
  readonly foreign: readonly string[];
  /** Records with another value or key than what was sent. */
  readonly altered: readonly string[];
  /** Entries whose first record stands behind one of the same client that was sent later. */
  readonly reordered: readonly string[];
  /** Records beyond the first with the same event name. */
  readonly duplicated: number;
  /** Records beyond the first of the same entry; more than `duplicated` where a copy has another event name. */
  readonly duplicatedEntries: number;
  /** Event names of entries that are dead letters. */
  readonly deadLetters: readonly string[];
}

export interface OracleOptions {
  readonly primary: string;
  /** The suffix of the topic of dead letters. */
  readonly isDeadLetter: (record: ReadBack) => boolean;
}

/** Several primaries, each judged by its own ledger, in one verdict. */
export function judgeAll(
  records: readonly ReadBack[],
  ledgers: ReadonlyMap<string, Ledger>,
  isDeadLetter: OracleOptions['isDeadLetter'],
): Verdict {
  const byPrimary = Map.groupBy(records, ({ value }) => String(value?.['primary']));
  const verdicts = [...ledgers].map(([primary, ledger]) =>
    judge(byPrimary.get(primary) ?? [], ledger, { primary, isDeadLetter }),
  );
  const strangers = [...byPrimary.keys()].filter((primary) => !ledgers.has(primary));
  const sum = (of: (verdict: Verdict) => number) => verdicts.reduce((total, each) => total + of(each), 0);
  const all = (of: (verdict: Verdict) => readonly string[]) => verdicts.flatMap(of);
  return {
    answered: sum(({ answered }) => answered),
    lost: all(({ lost }) => lost),
    foreign: [...all(({ foreign }) => foreign), ...strangers.map((primary) => `a record of ${primary}`)],
    altered: all(({ altered }) => altered),
    reordered: all(({ reordered }) => reordered),
    duplicated: sum(({ duplicated }) => duplicated),
    duplicatedEntries: sum(({ duplicatedEntries }) => duplicatedEntries),
    deadLetters: all(({ deadLetters }) => deadLetters),
  };
}

/** Fields of the wire that hold Unix seconds; the record has milliseconds. */
const times: ReadonlySet<string> = new Set(['startTime', 'backupTime', 'createdTime']);

/** @param records in the order of topic, partition and offset */
export function judge(records: readonly ReadBack[], ledger: Ledger, options: OracleOptions): Verdict {
  const seen = new Map<string, number>();
  const seenEntries = new Map<string, number>();
  const foreign: string[] = [];
  const altered: string[] = [];
  const reordered: string[] = [];
  const deadLetters: string[] = [];
  /** The latest order so far, by partition and client. */
  const latest = new Map<string, number>();

  for (const record of records) {
    const { topic, partition, key, value } = record;
    const name = `${String(value?.['messageId'])}:${String(value?.['entryIndex'])}`;
    const entry = ledger.entries.get(name);
    if (entry === undefined) {
      foreign.push(`${topic}/${partition}@${record.offset}: ${name}`);
      continue;
    }
    const copies = count(seen, name);
    count(seenEntries, entry.identity);
    if (options.isDeadLetter(record)) {
      if (copies === 0) deadLetters.push(name);
      continue;
    }
    const difference = differenceOf(record, entry, options.primary);
    if (difference !== null) altered.push(`${name}: ${difference}`);
    if (copies > 0) continue;
    const place = `${topic}/${partition}/${String(key)}`;
    if (entry.order < (latest.get(place) ?? -1)) reordered.push(`${name} in ${place}`);
    latest.set(place, Math.max(entry.order, latest.get(place) ?? -1));
  }

  const answered = ledger.answeredEntries();
  return {
    answered: answered.length,
    lost: answered.map(nameOf).filter((name) => !seen.has(name)),
    foreign,
    altered,
    reordered,
    duplicated: copiesIn(seen),
    duplicatedEntries: copiesIn(seenEntries),
    deadLetters,
  };
}

function differenceOf({ key, value }: ReadBack, entry: SentEntry, primary: string): string | null {
  const expected: Record<string, unknown> = {
    primary,
    messageId: entry.messageId,
    entryIndex: entry.entryIndex,
    notificationType: 'INFO',
    notifiedAt: entry.notifiedAt,
    extra: {},
  };
  for (const [name, sent] of Object.entries(entry.fields))
    expected[name] = times.has(name) ? Number(sent) * 1000 : sent;
  if (key !== entry.clientName) return `the key is ${String(key)}`;
  const names = new Set([...Object.keys(expected), ...Object.keys(value ?? {})]);
  for (const name of names) {
    const [was, is] = [expected[name], value?.[name]].map((each) => JSON.stringify(each));
    if (was !== is) return `${name} is ${String(is)} instead of ${String(was)}`;
  }
  return null;
}

function nameOf({ messageId, entryIndex }: SentEntry): string {
  return `${messageId}:${entryIndex}`;
}

/** Counts one more. @returns how many there were before */
function count(counts: Map<string, number>, name: string): number {
  const before = counts.get(name) ?? 0;
  counts.set(name, before + 1);
  return before;
}

function copiesIn(counts: ReadonlyMap<string, number>): number {
  return counts.values().reduce((sum, each) => sum + each - 1, 0);
}
