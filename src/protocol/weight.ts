import type { Notification, ReadableNotification } from './message.ts';

/**
 * What an entry takes while it waits for Kafka, beside what is in proportion to its text: the objects of its record (0.5 KiB, measured).
 */
const bytesPerEntry = 512;

/** A frame is kept for its dead letters and the digest, and its text is in the records again, and in the batches that are kept for a retry. */
const copiesOfFrame = 2;

/** A text that all entries share is in each record, and in the batch. */
const copiesOfShared = 2;

/** What the name of a primary counts for, which is in each record too: the operator chooses it, and it may have 253 characters. */
const primaryBytes = 64;

/**
 * What a message takes in this process while it is in flight, in bytes; what it takes in Kafka is less than three times that, whatever it
 * holds (a property test). @param id of a message that has notifications
 */
export function weightOf(bytes: Buffer, notifications: readonly Notification[], id = ''): number {
  const ofMessage = Buffer.byteLength(id) + primaryBytes;
  let weight = copiesOfFrame * bytes.length;
  for (const each of notifications) {
    if (each.kind === 'unreadable') weight += bytesPerEntry + copiesOfShared * ofMessage;
    else weight += each.data.length * (bytesPerEntry + copiesOfShared * (ofMessage + sharedBytes(each)));
  }
  return weight;
}

function sharedBytes({ object, notificationType }: ReadableNotification): number {
  return Buffer.byteLength(object) + Buffer.byteLength(notificationType ?? '');
}
