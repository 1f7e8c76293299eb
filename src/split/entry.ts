import type { Frame, JsonPath } from '../protocol/frame.ts';
import type { JsonObject } from '../protocol/message.ts';

/** What all entries of one message share. */
export interface Origin {
  /** The primary's configured name. */
  readonly primary: string;
  /** Null where the frame has no readable id. */
  readonly messageId: string | null;
  /** Unix ms, from the envelope's `timeStamp`. */
  readonly notifiedAt: number;
  /** Unix ms. */
  readonly receivedAt: number;
  readonly frame: Frame;
}

interface EntryPlace {
  readonly origin: Origin;
  /**
   * The entry's place in the message, counted from 0 through the `data` of all its notifications. With the primary and the
   * message id it names one event: a resend with the same id has the same name.
   */
  readonly entryIndex: number;
  readonly notificationType: string | null;
  /** Where the entry stands in the frame. */
  readonly path: JsonPath;
}

export interface JobEntry extends EntryPlace {
  readonly kind: 'job';
  readonly clientName: string;
  /** The entry as NetBackup sent it, known fields and unknown. */
  readonly fields: JsonObject;
}

export interface ImageEntry extends EntryPlace {
  readonly kind: 'image';
  readonly clientName: string;
  readonly fields: JsonObject;
}

/** Why something can never become a job or image record (stable codes: logs, metrics, dead letters). */
export type Unwritable =
  | 'not-json'
  | 'no-id'
  | 'no-notification'
  | 'too-many-entries'
  | 'too-many-values'
  | 'too-deep'
  | 'notification-unreadable'
  | 'not-an-object'
  | 'unknown-object'
  | 'no-client-name'
  | 'key-too-long'
  | 'wrong-type'
  | 'missing'
  | 'inexact-number'
  | 'bad-unicode'
  | 'too-large'
  | 'refused';

/** An element of `data`, a notification, or a whole frame that can't be written as a record of its own kind. */
export interface UnwritableEntry {
  readonly kind: 'unwritable';
  readonly origin: Origin;
  /** Null for a notification or a frame: they are no entries. */
  readonly entryIndex: number | null;
  /** The notification's `object`, where it is known. */
  readonly object: string | null;
  /** Of the entry's notification; null for a notification or a frame. */
  readonly notificationType: string | null;
  readonly clientName: string | null;
  readonly reason: Unwritable;
  /** What is wrong, in words. */
  readonly detail: string;
  readonly path: JsonPath;
}

export type Entry = JobEntry | ImageEntry | UnwritableEntry;

/** An entry without its values: what is kept of it until Kafka has committed its record, and what a dead letter of it needs. */
export type EntryName = Omit<JobEntry, 'fields'> | Omit<ImageEntry, 'fields'> | UnwritableEntry;

/** Parsed values take many times their text: nothing that waits for Kafka may hold them. */
export function nameOf(entry: JobEntry | ImageEntry): EntryName {
  const { kind, origin, entryIndex, notificationType, path, clientName } = entry;
  return { kind, origin, entryIndex, notificationType, path, clientName };
}
