/** Where a dead letter stands, and when it was written; with its time a place is the same one even where a topic was made anew. */
export interface LetterPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Unix ms. */
  readonly timestamp: number;
}

/** A dead letter as it was read back; what its schema does not have is null. */
export interface Letter {
  readonly place: LetterPlace;
  readonly primary: string;
  readonly messageId: string | null;
  /** Null for a notification or a whole frame. */
  readonly entryIndex: number | null;
  readonly object: string | null;
  /** Unix ms. */
  readonly receivedAt: number;
  /** Unix ms; null for a notification or a whole frame. */
  readonly notifiedAt: number | null;
  readonly notificationType: string | null;
  readonly reason: string;
  /** JSON Pointers into the frame; none for a whole frame. */
  readonly paths: readonly string[];
  readonly raw: Buffer;
  readonly rawTruncated: boolean;
}

/** @param fields the decoded value of a record @returns null for what is no dead letter of a bridge */
export function readLetter(place: LetterPlace, fields: Readonly<Record<string, unknown>>): Letter | null {
  const { primary, messageId, entryIndex, object, receivedAt, notifiedAt, notificationType } = fields;
  const { reason, paths, raw, rawTruncated } = fields;
  if (typeof primary !== 'string' || typeof reason !== 'string') return null;
  if (!Buffer.isBuffer(raw) || typeof rawTruncated !== 'boolean') return null;
  return {
    place,
    primary,
    messageId: typeof messageId === 'string' ? messageId : null,
    entryIndex: typeof entryIndex === 'number' ? entryIndex : null,
    object: typeof object === 'string' ? object : null,
    receivedAt: typeof receivedAt === 'number' ? receivedAt : place.timestamp,
    notifiedAt: typeof notifiedAt === 'number' ? notifiedAt : null,
    notificationType: typeof notificationType === 'string' ? notificationType : null,
    reason,
    paths: Array.isArray(paths) ? paths.map(String) : [],
    raw,
    rawTruncated,
  };
}
