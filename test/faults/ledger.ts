/** What NetBackup sent, in the order of the first sends, and what was answered: the oracle's side of the story. */
import type { PreparedMessage } from '../../src/simulator/message.ts';

/** One entry that was sent, and what its record has to say. */
export interface SentEntry {
  readonly messageId: string;
  readonly entryIndex: number;
  /** Counted over all entries, in the order in which they were first sent. */
  readonly order: number;
  readonly clientName: string;
  /** What the entry is, whatever message it came in: "job 17". */
  readonly identity: string;
  readonly object: 'JOB' | 'IMAGE';
  readonly fields: Readonly<Record<string, unknown>>;
  /** Unix ms. */
  readonly notifiedAt: number;
}

export interface Ledger {
  /** To be called in the order of the first sends. */
  sent(message: PreparedMessage): void;
  answered(messageId: string): void;
  /** By event name without the primary: "<messageId>:<entryIndex>". */
  readonly entries: ReadonlyMap<string, SentEntry>;
  /** The entries of the messages that were answered. */
  answeredEntries(): readonly SentEntry[];
  /** Forgets the answers so far: what was answered before was lost on purpose, with its topic. */
  forgetAnswers(): void;
}

interface Envelope {
  readonly timeStamp: number;
  readonly payload: readonly {
    readonly object: 'JOB' | 'IMAGE';
    readonly data: readonly Readonly<Record<string, unknown>>[];
  }[];
}

export function createLedger(): Ledger {
  const entries = new Map<string, SentEntry>();
  const byMessage = new Map<string, SentEntry[]>();
  const answered = new Set<string>();
  return {
    entries,
    sent({ id, frame }) {
      const { timeStamp, payload } = JSON.parse(frame.toString()) as Envelope;
      const sent = payload
        .flatMap(({ object, data }) => data.map((fields) => ({ object, fields })))
        .map(({ object, fields }, entryIndex) => ({
          messageId: id,
          entryIndex,
          order: entries.size + entryIndex,
          clientName: String(fields['clientName']),
          identity:
            object === 'JOB' ? `job ${String(fields['jobId'])}` : `image ${String(fields['backupId'])}`,
          object,
          fields,
          notifiedAt: timeStamp * 1000,
        }));
      byMessage.set(id, sent);
      for (const entry of sent) entries.set(`${id}:${entry.entryIndex}`, entry);
    },
    answered: (id) => void answered.add(id),
    answeredEntries: () => [...answered].flatMap((id) => byMessage.get(id) ?? []),
    forgetAnswers: () => answered.clear(),
  };
}
