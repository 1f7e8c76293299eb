import type { KafkaRecord } from '../encode/record.ts';
import { BridgeError, ExitCode } from '../errors.ts';
import type { EntryName } from '../split/entry.ts';
import type { Letter, LetterPlace } from './letter.ts';

/** Two numbers each: about 100 MB. More marks than that come with dead letters that nobody replays in one go. */
const defaultMaxMarks = 2_000_000;

/** The dead letters of one topic that were sent again already. */
export interface Marks {
  /** Takes one record of the marks' topic; a tombstone takes its mark away. @throws BridgeError `too-many-marks` */
  take(key: string | null, isTombstone: boolean): void;
  has(place: LetterPlace): boolean;
}

/**
 * @param topic the dead letters'
 * @param firstOffset from where on dead letters of a partition are looked at: earlier marks are not kept in memory
 */
export function createMarks(
  topic: string,
  firstOffset: (partition: number) => number,
  maxMarks = defaultMaxMarks,
): Marks {
  const partitions = new Map<number, Map<number, number>>();
  let count = 0;
  return {
    take(key, isTombstone) {
      const place = parseKey(key ?? '');
      if (place?.topic !== topic || place.offset < firstOffset(place.partition)) return;
      const { partition, offset, timestamp } = place;
      let offsets = partitions.get(partition);
      if (offsets === undefined) partitions.set(partition, (offsets = new Map()));
      if (isTombstone) {
        if (offsets.get(offset) === timestamp && offsets.delete(offset)) count--;
        return;
      }
      if (!offsets.has(offset) && ++count > maxMarks) throw tooManyMarks(maxMarks);
      // Of two topics of one name the later one has the later mark, at the same place.
      offsets.set(offset, Math.max(timestamp, offsets.get(offset) ?? -Infinity));
    },
    has({ partition, offset, timestamp }) {
      return partitions.get(partition)?.get(Number(offset)) === timestamp;
    },
  };
}

/** The record that marks a dead letter as sent. @param to how many records went to which topic. @param now Unix ms */
export function markRecord(
  topic: string,
  letter: Letter,
  entry: EntryName,
  to: Readonly<Record<string, number>>,
  now: number,
): KafkaRecord {
  const { primary, messageId, entryIndex, reason } = letter;
  const sentAt = new Date(now).toISOString();
  return {
    topic,
    key: Buffer.from(keyOf(letter.place)),
    value: Buffer.from(JSON.stringify({ sentAt, primary, messageId, entryIndex, reason, to })),
    timestamp: now,
    entry,
  };
}

/** Kafka's client can't name a topic's id; the dead letter's own time tells a topic that was made anew from the one before. */
function keyOf({ topic, partition, offset, timestamp }: LetterPlace): string {
  return `${topic}/${partition}/${offset}@${timestamp}`;
}

function parseKey(key: string) {
  const [, topic, partition, offset, timestamp] = /^([^/]+)\/(\d+)\/(\d+)@(-?\d+)$/.exec(key) ?? [];
  if (topic === undefined) return null;
  return { topic, partition: Number(partition), offset: Number(offset), timestamp: Number(timestamp) };
}

function tooManyMarks(maxMarks: number): BridgeError {
  const message = `more than ${maxMarks} dead letters of this time were replayed already: narrow it down with --since`;
  return new BridgeError(message, { code: 'too-many-marks', exitCode: ExitCode.data });
}
