import type { Frame } from './frame.ts';

/** Any value that JSON text can hold. A number that JavaScript can't hold exactly is kept as its text (`JSON.rawJSON`). */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** CONNECT REQUEST: the token that NetBackup was given for this endpoint. */
export interface ConnectRequest {
  readonly kind: 'connect';
  readonly id: string;
  /** Empty where the payload holds no token: then no credential can match. */
  readonly token: string;
}

/** One element of a NOTIFICATION REQUEST's payload; `unreadable` says why it makes no sense. */
export type Notification = ReadableNotification | { readonly kind: 'unreadable'; readonly detail: string };

export interface ReadableNotification {
  readonly kind: 'readable';
  /** "INFO" is the only documented value; null where it is absent. */
  readonly notificationType: string | null;
  /** "JOB" and "IMAGE" are documented. */
  readonly object: string;
  readonly data: readonly JsonValue[];
}

/** What an envelope may have wrong without being refused: each is treated by its default and counted. */
export type Oddity = 'version' | 'timestamp';

interface Received {
  /** Unix ms: when the frame arrived here. */
  readonly receivedAt: number;
  readonly frame: Frame;
  /** What the message takes while it is in flight, in bytes: more than its frame (`weightOf`). */
  readonly weight: number;
}

/** NOTIFICATION REQUEST: a batch of notifications, each a batch of entries. */
export interface NotificationMessage extends Received {
  readonly kind: 'notification';
  readonly id: string;
  /** Unix ms: the envelope's `timeStamp`, or the time of arrival where that is missing, no integer, or beyond `readableYears`. */
  readonly notifiedAt: number;
  readonly notifications: readonly Notification[];
  readonly oddities: readonly Oddity[];
}

/** Why a whole frame can't be taken apart into notifications (stable codes: logs, metrics, dead letters). */
export type FrameRejection =
  | 'not-json'
  | 'no-id'
  | 'no-notification'
  | 'too-many-entries'
  | 'too-many-values'
  | 'too-many-names'
  | 'too-deep';

/** A frame that holds no notifications we could split: one dead letter, and an answer where it has a readable id. */
export interface RejectedFrame extends Received {
  readonly kind: 'rejected';
  readonly id: string | null;
  readonly reason: FrameRejection;
  /** What is wrong, in words. */
  readonly detail: string;
}

/** A COMMAND message or a RESPONSE: counted, and otherwise passed over. */
export interface IgnoredMessage {
  readonly kind: 'ignored';
  readonly id: string;
  readonly type: 'COMMAND' | 'RESPONSE';
}

export type Message = ConnectRequest | NotificationMessage | RejectedFrame | IgnoredMessage;

/** What a session hands on: a message from an authenticated primary, named as the configuration names it. */
export type NotificationRequest = (NotificationMessage | RejectedFrame) & { readonly primary: string };
