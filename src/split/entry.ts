import type { Frame, JsonPath } from '../protocol/frame.ts';
import type { FrameRejection, JsonObject } from '../protocol/message.ts';

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
  /** The place of the entry's notification in the payload. */
  readonly notification: number;
  /** The entry's place in the `data` of its notification. */
  readonly element: number;
}

export interface JobEntry extends EntryPlace {
  readonly kind: 'job';
  readonly clientName: string;
  /** The entry as NetBackup sent it, known fields and unknown; nothing of it once the entry has been `released`. */
  fields: JsonObject;
}

export interface ImageEntry extends EntryPlace {
  readonly kind: 'image';
  readonly clientName: string;
  fields: JsonObject;
}

/** Why something can never become a job or image record (stable codes: logs, metrics, dead letters). */
export type Unwritable =
  | FrameRejection
  | 'notification-unreadable'
  | 'not-an-object'
  | 'unknown-object'
  | 'no-client-name'
  | 'key-too-long'
  | 'wrong-type'
  | 'missing'
  | 'inexact-number'
  | 'time-out-of-range'
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
  /** Null for a frame. */
  readonly notification: number | null;
  /** Null for a frame or a notification. */
  readonly element: number | null;
}

export type Entry = JobEntry | ImageEntry | UnwritableEntry;

/** An entry without its values: what is kept of it until Kafka has committed its record, and what a dead letter of it needs. */
export type EntryName = Omit<JobEntry, 'fields'> | Omit<ImageEntry, 'fields'> | UnwritableEntry;

const nothing: JsonObject = Object.freeze({});

/** Parsed values take many times their text: once an entry is encoded, nothing that waits for Kafka may hold them. */
export function release(entry: Entry): EntryName {
  if (entry.kind !== 'unwritable') entry.fields = nothing;
  return entry;
}

/** Where it stands in the frame; empty where it is the frame. */
export function pathOf({ notification, element }: EntryName): JsonPath {
  if (notification === null) return [];
  return element === null ? ['payload', notification] : ['payload', notification, 'data', element];
}
