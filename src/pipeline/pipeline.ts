import {
  clientNameOf,
  type DeadLetter,
  deadLetterOf,
  deadLetterOverheadBytes,
} from '../encode/dead-letter.ts';
import type { Encoder } from '../encode/encoder.ts';
import { type KafkaRecord, maxKeyBytes } from '../encode/record.ts';
import { EncodeError } from '../encode/value.ts';
import { BridgeError } from '../errors.ts';
import type { NotificationRequest } from '../protocol/message.ts';
import type { Produce } from '../produce/producer.ts';
import { type Entry, nameOf } from '../split/entry.ts';
import type { InFlight } from './in-flight.ts';
import type { DeliveryReport } from './report.ts';
import type { Resends } from './resends.ts';

/** Resolves: Kafka has committed all of the message, and it may be answered. Rejects: stay silent. */
export type Deliver = (message: NotificationRequest) => Promise<DeliveryReport>;

/**
 * What is kept of a message that waits. Its parsed values take many times its text, and go as soon as it is encoded; a resend isn't
 * counted as in flight at all, so that it must not even hold its frame.
 */
export type MessageName = Pick<NotificationRequest, 'primary' | 'id'>;

export interface PipelineEvents {
  delivered(message: MessageName, report: DeliveryReport): void;
  coalesced(resend: MessageName): void;
  idReused(message: MessageName): void;
  joinedTooOften(message: MessageName): void;
  notDelivered(message: MessageName, error: unknown): void;
}

export interface PipelineOptions {
  readonly split: (message: NotificationRequest) => Entry[];
  /** Asked once for a message, all of whose records are written by it. */
  readonly encoder: () => Encoder;
  readonly produce: Produce;
  /** What a dead letter's value may take, in bytes, beside a key of that many bytes. */
  readonly maxDeadLetterBytes: (keyBytes: number) => number;
  readonly inFlight: InFlight;
  readonly resends: Resends;
  readonly events: PipelineEvents;
}

/**
 * A message's way to Kafka: split, encode, produce, and the dead letters of what can't be written, in the same delivery.
 * Splitting and encoding happen before the call returns, so that messages reach the lanes in the order of their arrival.
 */
export function createPipeline(options: PipelineOptions): Deliver {
  const { inFlight, resends, events } = options;

  return function deliver(message) {
    const { primary, id, frame, receivedAt } = message;
    if (
      message.kind === 'notification' &&
      message.notifications.every((n) => n.kind === 'readable' && n.data.length === 0)
    ) {
      return Promise.resolve(nothing);
    }
    if (id !== null) {
      const known = resends.look(primary, id, frame.digest());
      if (known.is === 'answered') return Promise.resolve(coalesced({ primary, id }));
      if (known.is === 'pending') return join(known.delivery, { primary, id });
      if (known.is === 'joined-too-often') {
        events.joinedTooOften(message);
        return Promise.reject(
          new BridgeError(`message ${id} waits for its delivery already`, { code: 'joined-too-often' }),
        );
      }
      if (known.idReused) events.idReused(message);
    }
    const end = inFlight.begin(primary, weightOf(message), receivedAt);
    const delivery = deliverNew(message, options).finally(end);
    if (id !== null) resends.enter(primary, id, frame.digest(), delivery);
    tell(delivery, { primary, id });
    return delivery;
  };

  // Functions of their own: a closure in `deliver` would keep the message.
  function tell(delivery: Promise<DeliveryReport>, name: MessageName): void {
    delivery.then(
      (report) => events.delivered(name, report),
      (error: unknown) => events.notDelivered(name, error),
    );
  }

  function join(delivery: Promise<DeliveryReport>, resend: MessageName): Promise<DeliveryReport> {
    return delivery.then(() => coalesced(resend));
  }

  function coalesced(resend: MessageName): DeliveryReport {
    events.coalesced(resend);
    return { ...nothing, outcome: 'coalesced' };
  }
}

/**
 * What a record takes while it waits for Kafka, with all that is kept of its entry (0.5 to 1.4 KiB, measured) and its part of the batch whose
 * bytes are kept for a retry.
 */
const bytesPerEntry = 768;

/** What a message takes while it is in flight, in bytes: that of its frame, unless that is all small entries. */
function weightOf(message: NotificationRequest): number {
  const { length } = message.frame.bytes;
  if (message.kind === 'rejected') return length;
  let entries = 0;
  for (const each of message.notifications) entries += each.kind === 'readable' ? each.data.length : 1;
  return Math.max(length, entries * bytesPerEntry);
}

const nothing: DeliveryReport = { outcome: 'delivered', jobs: 0, images: 0, deadLetters: [] };

/** Synchronous up to the first record's way into its lane. Ends there, so that nothing that waits holds the message. */
async function deliverNew(message: NotificationRequest, options: PipelineOptions): Promise<DeliveryReport> {
  const encoder = options.encoder();
  const letters = createLetters(message.primary, encoder, options.maxDeadLetterBytes);
  const records = options.split(message).map((entry) => {
    try {
      return encoder.encode(entry);
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      return letters.write(deadLetterOf(entry.kind === 'unwritable' ? entry : nameOf(entry), error));
    }
  });
  return commit(records, letters, options.produce);
}

async function commit(
  records: readonly KafkaRecord[],
  letters: Letters,
  produce: Produce,
): Promise<DeliveryReport> {
  let pending = records;
  // Three rounds at most: the records, the dead letters of those refused, and these once more without their raw bytes.
  for (let round = 1; pending.length > 0; round++) {
    const refused = await produce(pending);
    if (refused.length > 0 && round === 3) throw deadLetterRefused(refused[0]?.code);
    pending = refused.map(({ index, code }) => letters.insteadOf(pending[index] as KafkaRecord, code));
  }
  const dead = letters.written();
  const failed = new Set(dead.map(({ entry }) => entry));
  let jobs = 0;
  for (const { entry } of records) if (entry.kind === 'job' && !failed.has(entry)) jobs++;
  return {
    outcome: 'delivered',
    jobs,
    images: records.length - failed.size - jobs,
    deadLetters: dead.map(({ reason }) => reason),
  };
}

/** The dead letters of one message. */
interface Letters {
  write(letter: DeadLetter): KafkaRecord;
  /** What is written in place of a record that Kafka refused. */
  insteadOf(refused: KafkaRecord, code: string): KafkaRecord;
  written(): DeadLetter[];
}

function createLetters(
  primary: string,
  { encodeDeadLetter }: Encoder,
  maxDeadLetterBytes: PipelineOptions['maxDeadLetterBytes'],
): Letters {
  const letters = new Map<KafkaRecord, DeadLetter>();

  function write(letter: DeadLetter, withoutRaw = false): KafkaRecord {
    const name = clientNameOf(letter.entry) ?? '';
    const keyBytes = Math.min(maxKeyBytes, Math.max(Buffer.byteLength(name), Buffer.byteLength(primary)));
    const room = withoutRaw ? 0 : maxDeadLetterBytes(keyBytes) - deadLetterOverheadBytes;
    const record = encodeDeadLetter(letter, room);
    letters.set(record, letter);
    return record;
  }

  return {
    write,
    insteadOf(record, code) {
      const letter = letters.get(record);
      if (letter !== undefined) {
        letters.delete(record);
        return write(letter, true);
      }
      const reason = code === 'MESSAGE_TOO_LARGE' ? 'too-large' : 'refused';
      return write(deadLetterOf(record.entry, new EncodeError(reason, `Kafka refuses the record: ${code}`)));
    },
    written: () => [...letters.values()],
  };
}

function deadLetterRefused(code: string | undefined): BridgeError {
  const message = `Kafka refuses a dead letter even without its raw bytes (${code ?? 'unknown'}): check the dead letters' topic`;
  return new BridgeError(message, { code: 'dead-letter-refused', retryable: true });
}
