import { isUtf8 } from 'node:buffer';
import { atOnce, type Pieces } from '../pieces.ts';
import { isInexactNumber, mayHoldInexactNumber, parseMarked, withInexactMarked } from './exact.ts';
import { createFrame } from './frame.ts';
import { type Glance, glance } from './glance.ts';
import type {
  FrameRejection,
  JsonObject,
  JsonValue,
  Message,
  Notification,
  NotificationMessage,
  Oddity,
} from './message.ts';
import { weightOf } from './weight.ts';
import { readableYears } from './years.ts';

/** The only door from a frame's bytes to a Message, and from a response to its text. */

export interface CodecLimits {
  /** The most entries that one message may hold. */
  readonly maxEntries: number;
  /** The most values that one message may hold, those inside of others included. */
  readonly maxValues: number;
  /** The deepest nesting of objects and arrays, the envelope being level 1. */
  readonly maxDepth: number;
  /** The most property names of a large message, as `Glance.names` counts them. */
  readonly maxNames: number;
}

/**
 * What all records of a message repeat is bounded by what NetBackup could mean, in UTF-16 units: its ids have 36, and "JOB", "IMAGE" and "INFO" are
 * the only other texts.
 */
const maxLength = { id: 128, object: 64, notificationType: 64 } as const;

/** A smaller frame is read at once: it can't hold so many values or names that they would have to be counted before they are made. */
export const largeFrameBytes = 128 * 1024;

/**
 * Decodes one WebSocket message, text or binary (protocol: which of them NetBackup sends is open).
 * Never throws: whatever can't be read becomes a RejectedFrame.
 * @param receivedAt Unix ms
 */
export function decodeMessage(bytes: Buffer, receivedAt: number, limits: CodecLimits): Message {
  return atOnce(decodeInPieces(bytes, receivedAt, limits));
}

/** The same in pieces, each of some milliseconds, but for one JSON.parse: a frame of 8 MiB takes up to some 110 ms there. */
export function* decodeInPieces(bytes: Buffer, receivedAt: number, limits: CodecLimits): Pieces<Message> {
  const seen = bytes.length > largeFrameBytes ? yield* glance(bytes, limits) : null;
  const crowd = seen === null ? null : crowdIn(seen, limits);
  if (seen !== null && crowd !== null) {
    const frame = createFrame(bytes, null);
    const { reason, detail } = crowd;
    const rejected = { reason, detail, id: readableId(seen.id ?? undefined), receivedAt, frame };
    return { kind: 'rejected', weight: weightOf(bytes, []), ...rejected };
  }
  const envelope = yield* parse(bytes, seen === null, limits);
  const timeStamp = timeStampOf(envelope.value?.['timeStamp']);
  const frame = createFrame(bytes, timeStamp);
  const id = readableId(envelope.value?.['id']);
  const rejected = (reason: FrameRejection, detail: string): Message => ({
    kind: 'rejected',
    id,
    reason,
    detail,
    receivedAt,
    frame,
    weight: weightOf(bytes, []),
  });

  if (envelope.value === null) return rejected('not-json', envelope.detail);
  const { type, subType, version, payload } = envelope.value;
  if (id === null) {
    return rejected('no-id', `the message has no "id" that is a string of 1 to ${maxLength.id} characters`);
  }
  if (type === 'CONNECT' && subType === 'REQUEST') return { kind: 'connect', id, token: tokenOf(payload) };
  if (type === 'COMMAND') return { kind: 'ignored', id, type };
  if (subType === 'RESPONSE') return { kind: 'ignored', id, type: subType };
  if (type !== 'NOTIFICATION' || subType !== 'REQUEST') {
    return rejected(
      'no-notification',
      `type ${show(type)} with subType ${show(subType)} is no message of this protocol`,
    );
  }
  if (!Array.isArray(payload)) return rejected('no-notification', 'the payload is not an array');
  if (envelope.nestsTooDeep) {
    const { reason, detail } = tooDeep(limits);
    return rejected(reason, detail);
  }

  const notifications = (payload as readonly JsonValue[]).map(readNotification);
  const entries = countEntries(notifications);
  if (entries > limits.maxEntries) {
    return rejected(
      'too-many-entries',
      `the message holds ${entries} entries, more than ${limits.maxEntries}`,
    );
  }
  const unreadable = notifications.find((n) => n.kind === 'unreadable');
  if (unreadable && notifications.every((n) => n.kind === 'unreadable')) {
    return rejected('no-notification', `no notification can be read; the first: ${unreadable.detail}`);
  }
  const oddities: Oddity[] = [];
  if (version !== '1.0') oddities.push('version');
  if (timeStamp === null) oddities.push('timestamp');
  const notifiedAt = timeStamp === null ? receivedAt : timeStamp * 1000;
  return {
    kind: 'notification',
    id,
    notifiedAt,
    notifications,
    oddities,
    receivedAt,
    frame,
    weight: weightOf(bytes, notifications, id),
  } satisfies NotificationMessage;
}

/** The shape of a NOTIFICATION RESPONSE's payload: undocumented, so it is a setting; `[]` is the default. */
export type ResponsePayload = 'array' | 'object' | 'none';

/** The answer to a CONNECT REQUEST. @param now Unix ms */
export function encodeConnectResponse(id: string, valid: boolean, now: number): string {
  return encodeResponse('CONNECT', id, now, { valid });
}

/** The answer to a NOTIFICATION REQUEST: NetBackup won't send it again. @param now Unix ms */
export function encodeNotificationResponse(id: string, payload: ResponsePayload, now: number): string {
  return encodeResponse('NOTIFICATION', id, now, { array: [], object: {}, none: undefined }[payload]);
}

function encodeResponse(type: 'CONNECT' | 'NOTIFICATION', id: string, now: number, payload: unknown): string {
  return JSON.stringify({
    version: '1.0',
    id,
    type,
    subType: 'RESPONSE',
    timeStamp: Math.floor(now / 1000),
    payload,
  });
}

type Parsed = { value: JsonObject; nestsTooDeep: boolean } | { value: null; detail: string };

/** @param isUnseen whether it may nest deeper than it may */
function* parse(bytes: Buffer, isUnseen: boolean, limits: CodecLimits): Pieces<Parsed> {
  if (!isUtf8(bytes)) return { value: null, detail: 'the frame is not UTF-8' };
  const text = bytes.toString('utf8');
  if (bytes.length > largeFrameBytes) yield;
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return { value: null, detail: 'the frame is not JSON' };
  }
  if (!isObject(value)) return { value: null, detail: 'the frame is JSON, but not an object' };
  if (bytes.length > largeFrameBytes) yield;
  const nestsTooDeep = isUnseen && nestsDeeper(value, limits.maxDepth);
  // What is refused needs no exact numbers.
  if (nestsTooDeep || !mayHoldInexactNumber(text) || entriesIn(value['payload']) > limits.maxEntries)
    return { value, nestsTooDeep };
  const marked = yield* withInexactMarked(text);
  if (marked === null) return { value, nestsTooDeep };
  // Twice the values would be twice the memory.
  value = null;
  return { value: (yield* parseMarked(marked)) as JsonObject, nestsTooDeep };
}

function entriesIn(payload: JsonValue | undefined): number {
  return Array.isArray(payload) ? countEntries((payload as readonly JsonValue[]).map(readNotification)) : 0;
}

/** What can't be read counts too: each is a dead letter of its own. */
function countEntries(notifications: readonly Notification[]): number {
  return notifications.reduce((sum, each) => sum + (each.kind === 'readable' ? each.data.length : 1), 0);
}

function readNotification(element: JsonValue): Notification {
  if (!isObject(element)) return unreadable('the notification is not an object');
  const { notificationType, object, data } = element;
  if (typeof object !== 'string') return unreadable('the notification has no "object"');
  if (object.length > maxLength.object) return unreadable(tooLong('object'));
  if (!Array.isArray(data)) return unreadable('the notification has no "data" array');
  const type = typeof notificationType === 'string' ? notificationType : null;
  if (type !== null && type.length > maxLength.notificationType)
    return unreadable(tooLong('notificationType'));
  return { kind: 'readable', notificationType: type, object, data: data as readonly JsonValue[] };
}

function unreadable(detail: string): Notification {
  return { kind: 'unreadable', detail };
}

function tooLong(name: 'object' | 'notificationType'): string {
  return `the "${name}" is longer than ${maxLength[name]} characters`;
}

function tooDeep({ maxDepth }: CodecLimits): { reason: FrameRejection; detail: string } {
  return { reason: 'too-deep', detail: `the message nests deeper than ${maxDepth} levels` };
}

/** Why a frame holds more than may be made of it, if it does. */
function crowdIn(
  { values, names, depth }: Glance,
  limits: CodecLimits,
): { reason: FrameRejection; detail: string } | null {
  if (values > limits.maxValues)
    return { reason: 'too-many-values', detail: `the message holds more than ${limits.maxValues} values` };
  if (names > limits.maxNames) {
    const detail = `the message holds more than ${limits.maxNames} property names in orders of their own`;
    return { reason: 'too-many-names', detail };
  }
  return depth > limits.maxDepth ? tooDeep(limits) : null;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isInexactNumber(value);
}

function readableId(id: JsonValue | undefined): string | null {
  return typeof id === 'string' && id !== '' && id.length <= maxLength.id && id.isWellFormed() ? id : null;
}

function tokenOf(payload: JsonValue | undefined): string {
  if (payload === undefined || !isObject(payload)) return '';
  return typeof payload['token'] === 'string' ? payload['token'] : '';
}

function timeStampOf(value: JsonValue | undefined): number | null {
  const seconds = Number.isInteger(value) ? (value as number) : NaN;
  return seconds >= readableYears.first && seconds <= readableYears.last ? seconds : null;
}

/** Level by level, so that no input can exhaust the stack. */
function nestsDeeper(root: JsonValue, limit: number): boolean {
  let level: object[] = [root as object];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limit) return true;
    const next: object[] = [];
    const take = (child: unknown) => {
      if (typeof child === 'object' && child !== null) next.push(child);
    };
    for (const container of level) {
      if (Array.isArray(container)) for (const child of container) take(child);
      // Without a list of the values: what JSON.parse made has no inherited ones.
      else for (const name in container) take((container as Readonly<Record<string, unknown>>)[name]);
    }
    level = next;
  }
  return false;
}

function show(value: JsonValue | undefined): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeof value;
}
