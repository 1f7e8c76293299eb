/** The bridge's own way from a frame to records, in this process. */
import { deadLetterOf } from '../../src/encode/dead-letter.ts';
import { createEncoder, type RegisteredSchema } from '../../src/encode/encoder.ts';
import { EncodeError } from '../../src/encode/value.ts';
import { decodeMessage } from '../../src/protocol/codec.ts';
import type { NotificationRequest } from '../../src/protocol/message.ts';
import type { Entry } from '../../src/split/entry.ts';
import { split } from '../../src/split/split.ts';
import { currentSchema, type RecordSchema } from '../schemas/versions.ts';
import type { Kind } from './make-schema.ts';

export const primary = 'primary1';
export const messageId = 'M1';
/** Unix s. */
export const stampedAt = 1_760_000_000;

/** The bridge's defaults. */
const limits = { maxEntries: 100_000, maxValues: 400_000, maxDepth: 32, maxNames: 10_000 };
const headerBytes = 5;
const topics = { jobs: 'jobs', images: 'images', deadLetters: 'dead' };

/** One entry's record: the bytes behind the wire format's header. */
export interface Product {
  readonly isDeadLetter: boolean;
  readonly bytes: Buffer;
  /** Whether it was counted as one with a time that no reader could hold. */
  readonly odd: boolean;
}

export interface Case {
  readonly kind: Kind;
  readonly schema: RecordSchema;
  readonly notificationType: string | null;
  /** JSON texts, of one message. */
  readonly entries: readonly string[];
}

/** @throws SchemaError where the version is refused; anything else is a fault */
export function produce({ kind, schema, notificationType, entries }: Case): Product[] {
  let odd = false;
  const registered = (subject: string, text: RecordSchema): RegisteredSchema => ({
    subject,
    id: 1,
    version: 1,
    schema: JSON.stringify(text),
  });
  const ofKind = (wanted: Kind) =>
    registered(
      wanted,
      wanted === kind ? schema : currentSchema(wanted === 'job' ? 'netbackup-job' : 'netbackup-image'),
    );
  const { encode, encodeDeadLetter } = createEncoder({
    topics,
    schemas: {
      jobs: ofKind('job'),
      images: ofKind('image'),
      deadLetters: registered('dead', currentSchema('dead-letter')),
    },
    cloudEvents: false,
    onOddTime: () => (odd = true),
  });
  return split(received({ kind, notificationType, entries })).map((entry) => {
    odd = false;
    const { topic, value } = recordOf(entry);
    // The slab is written on: a copy.
    return {
      isDeadLetter: topic === topics.deadLetters,
      bytes: Buffer.from(value.subarray(headerBytes)),
      odd,
    };
  });

  function recordOf(entry: Entry) {
    try {
      return encode(entry);
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      return encodeDeadLetter(deadLetterOf(entry, error), 1_000_000);
    }
  }
}

function received({ kind, notificationType, entries }: Omit<Case, 'schema'>): NotificationRequest {
  const type = notificationType === null ? '' : `"notificationType":${JSON.stringify(notificationType)},`;
  const payload = `[{${type}"object":"${kind.toUpperCase()}","data":[${entries.join()}]}]`;
  const text = `{"version":"1.0","id":"${messageId}","type":"NOTIFICATION","subType":"REQUEST","timeStamp":${stampedAt},"payload":${payload}}`;
  const message = decodeMessage(Buffer.from(text), stampedAt * 1000 + 1, limits);
  if (message.kind !== 'notification') throw new Error(`the message is ${message.kind}: ${text}`);
  return { ...message, primary };
}
