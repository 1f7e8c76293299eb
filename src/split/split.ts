import { isInexactNumber } from '../protocol/exact.ts';
import type {
  JsonObject,
  JsonValue,
  NotificationRequest,
  ReadableNotification,
} from '../protocol/message.ts';
import type { Entry, Origin, Unwritable } from './entry.ts';

/** The notification's `object` for each kind of record (protocol, NOTIFICATION). */
const kinds: Readonly<Record<string, 'job' | 'image' | undefined>> = Object.assign(Object.create(null), {
  JOB: 'job',
  IMAGE: 'image',
});

/**
 * Takes a message apart into its entries, in order. Pure. What can't become a record is an entry all the same, an unwritable
 * one, so that nothing of an answered message is dropped.
 */
export function split(message: NotificationRequest): Entry[] {
  const { primary, receivedAt, frame } = message;
  if (message.kind === 'rejected') {
    const origin: Origin = { primary, messageId: message.id, notifiedAt: receivedAt, receivedAt, frame };
    const { reason, detail } = message;
    return [
      {
        kind: 'unwritable',
        origin,
        entryIndex: null,
        object: null,
        notificationType: null,
        clientName: null,
        reason,
        detail,
        notification: null,
        element: null,
      },
    ];
  }
  const origin: Origin = {
    primary,
    messageId: message.id,
    notifiedAt: message.notifiedAt,
    receivedAt,
    frame,
  };
  const entries: Entry[] = [];
  let entryIndex = 0;
  message.notifications.forEach((notification, n) => {
    if (notification.kind === 'unreadable') {
      entries.push({
        kind: 'unwritable',
        origin,
        entryIndex: null,
        object: null,
        notificationType: null,
        clientName: null,
        reason: 'notification-unreadable',
        detail: notification.detail,
        notification: n,
        element: null,
      });
      return;
    }
    const { data } = notification;
    for (let element = 0; element < data.length; element++)
      entries.push(toEntry(origin, notification, n, element, entryIndex++));
  });
  return entries;
}

function toEntry(
  origin: Origin,
  { object, notificationType, data }: ReadableNotification,
  notification: number,
  element: number,
  entryIndex: number,
): Entry {
  const value = data[element] as JsonValue;
  const fields =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !isInexactNumber(value)
      ? (value as JsonObject)
      : null;
  const name = fields?.['clientName'];
  const clientName = typeof name === 'string' ? name : null;
  const kind = kinds[object];
  if (kind !== undefined && fields !== null && clientName !== null)
    return { kind, origin, entryIndex, notificationType, notification, element, clientName, fields };
  const unwritable = (reason: Unwritable, detail: string): Entry => ({
    kind: 'unwritable',
    origin,
    entryIndex,
    object,
    notificationType,
    clientName,
    reason,
    detail,
    notification,
    element,
  });
  if (fields === null) return unwritable('not-an-object', 'the entry is not an object');
  if (kind === undefined) {
    return unwritable(
      'unknown-object',
      `object ${JSON.stringify(object.slice(0, 40))} is neither "JOB" nor "IMAGE"`,
    );
  }
  return unwritable('no-client-name', 'the entry has no "clientName" that is a string');
}
