import { isUtf8 } from 'node:buffer';
import { type CodecLimits, decodeMessage } from '../protocol/codec.ts';
import type { Message, NotificationMessage } from '../protocol/message.ts';
import type { Entry } from '../split/entry.ts';
import { split } from '../split/split.ts';
import type { Letter } from './letter.ts';

/** A whole message, as a session would hand it on. */
export type RebuiltMessage = NotificationMessage & { readonly primary: string };

/** What a dead letter is about, made again from its raw bytes, or why that can't be. */
export type Rebuilt =
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'message'; readonly message: RebuiltMessage; readonly entries: readonly Entry[] }
  | { readonly kind: 'impossible'; readonly why: 'truncated' | 'unwritable'; readonly detail: string };

/**
 * Takes a dead letter back through the codec and the split. It keeps its event name (primary, message id and entry index) and its
 * time; where a schema of the dead letters has no `notifiedAt`, that is the time of arrival.
 * @param now Unix ms, for the record's own time: a topic deletes what is stamped with a time before its retention
 */
export function rebuild(letter: Letter, limits: CodecLimits, now: number): Rebuilt {
  if (letter.rawTruncated) {
    const detail = 'its raw bytes were cut or left out, so that it is not whole';
    return { kind: 'impossible', why: 'truncated', detail };
  }
  if (letter.entryIndex !== null) return rebuildEntry(letter, letter.entryIndex, limits, now);
  if (letter.paths.length === 0) return rebuildFrame(letter, limits, now);
  // To give its entries their places would take the whole frame: made-up ones would name other events.
  return unwritable(
    'it is a notification that can not be read, and the places of its entries in the message are not known',
  );
}

function rebuildEntry(letter: Letter, entryIndex: number, limits: CodecLimits, now: number): Rebuilt {
  const { primary, messageId, object, notificationType, notifiedAt, receivedAt, raw, paths } = letter;
  if (paths.some((path) => toNotificationType.test(path)))
    return unwritable('its notificationType holds a lone surrogate, so that no record can have it');
  if (messageId === null) return unwritable('it has no message id, which is a part of the name of its event');
  if (!isJson(raw)) return unwritable('its raw bytes are not JSON');
  const head = JSON.stringify({ version: '1.0', id: messageId, type: 'NOTIFICATION', subType: 'REQUEST' });
  const kind = JSON.stringify({ notificationType, object: object ?? '' }).slice(0, -1);
  const notification = `${kind},"data":[${raw.toString('utf8')}]}`;
  const frame = Buffer.from(`${head.slice(0, -1)},"payload":[${notification}]}`);
  const message = decodeMessage(frame, now, limits);
  if (message.kind !== 'notification') return unwritable(reasonOf(message));
  const [entry] = split({ ...message, primary, notifiedAt: notifiedAt ?? receivedAt });
  if (entry === undefined) return unwritable('it holds no entry');
  return { kind: 'entry', entry: { ...entry, entryIndex } };
}

/** Among the paths of a letter whose `notificationType` isn't the one that was sent. */
const toNotificationType = /^\/payload\/\d+\/notificationType$/;

function rebuildFrame({ primary, receivedAt, raw }: Letter, limits: CodecLimits, now: number): Rebuilt {
  const decoded = decodeMessage(raw, receivedAt, limits);
  if (decoded.kind !== 'notification') return unwritable(reasonOf(decoded));
  const message = { ...decoded, primary, receivedAt: now };
  return { kind: 'message', message, entries: split(message) };
}

function unwritable(detail: string): Rebuilt {
  return { kind: 'impossible', why: 'unwritable', detail };
}

function reasonOf(message: Message): string {
  return message.kind === 'rejected' ? `${message.reason}: ${message.detail}` : 'it holds no notification';
}

function isJson(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false;
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
