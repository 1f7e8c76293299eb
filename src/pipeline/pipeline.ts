import { clientNameOf, type DeadLetter, deadLetterOf } from '../encode/dead-letter.ts';
import type { Encoder } from '../encode/encoder.ts';
import { type KafkaRecord, maxKeyBytes } from '../encode/record.ts';
import { EncodeError } from '../encode/value.ts';
import { BridgeError } from '../errors.ts';
import type { NotificationRequest } from '../protocol/message.ts';
import type { Produce } from '../produce/producer.ts';
import type { Entry } from '../split/entry.ts';
import type { InFlight } from './in-flight.ts';
import type { DeliveryReport } from './report.ts';
import type { Resends } from './resends.ts';

/** Resolves: Kafka has committed all of the message, and it may be answered. Rejects: stay silent. */
export type Deliver = (message: NotificationRequest) => Promise<DeliveryReport>;

/** What is kept of a resend that waits: it isn't counted as in flight, so it must not hold a frame. */
export type Resend = Pick<NotificationRequest, 'primary' | 'id'>;

export interface PipelineEvents {
  delivered(message: NotificationRequest, report: DeliveryReport): void;
  coalesced(resend: Resend): void;
  idReused(message: NotificationRequest): void;
  joinedTooOften(message: NotificationRequest): void;
  notDelivered(message: NotificationRequest, error: unknown): void;
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

/** What a dead letter needs beside its raw bytes: names, reason, paths and CloudEvents headers, all of bounded length. */
const deadLetterOverheadBytes = 16 * 1024;

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
    const end = inFlight.begin(primary, frame.bytes.length, receivedAt);
    const delivery = deliverNew(message, options).finally(end);
    if (id !== null) resends.enter(primary, id, frame.digest(), delivery);
    delivery.then(
      (report) => events.delivered(message, report),
      (error: unknown) => events.notDelivered(message, error),
    );
    return delivery;
  };

  /** A function of its own: a closure in `deliver` would keep the message. */
  function join(delivery: Promise<DeliveryReport>, resend: Resend): Promise<DeliveryReport> {
    return delivery.then(() => coalesced(resend));
  }

  function coalesced(resend: Resend): DeliveryReport {
    events.coalesced(resend);
    return { ...nothing, outcome: 'coalesced' };
  }
}

const nothing: DeliveryReport = { outcome: 'delivered', jobs: 0, images: 0, deadLetters: [] };

/** Synchronous up to the first record's way into its lane. */
async function deliverNew(message: NotificationRequest, options: PipelineOptions): Promise<DeliveryReport> {
  const { split, produce, maxDeadLetterBytes } = options;
  const { encode, encodeDeadLetter } = options.encoder();
  const letters = new Map<KafkaRecord, DeadLetter>();

  const records = split(message).map((entry) => {
    try {
      return encode(entry);
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      return toRecord(deadLetterOf(entry, error));
    }
  });
  let pending = records;
  // Three rounds at most: the records, the dead letters of those refused, and these once more without their raw bytes.
  for (let round = 1; pending.length > 0; round++) {
    const refused = await produce(pending);
    if (refused.length > 0 && round === 3) throw deadLetterRefused(refused[0]?.code);
    pending = refused.map(({ index, code }) => afterRefusal(pending[index] as KafkaRecord, code));
  }
  return report();

  function toRecord(letter: DeadLetter, withoutRaw = false): KafkaRecord {
    const name = clientNameOf(letter.entry) ?? '';
    const keyBytes = Math.min(
      maxKeyBytes,
      Math.max(Buffer.byteLength(name), Buffer.byteLength(message.primary)),
    );
    const room = withoutRaw ? 0 : maxDeadLetterBytes(keyBytes) - deadLetterOverheadBytes;
    const record = encodeDeadLetter(letter, room);
    letters.set(record, letter);
    return record;
  }

  function afterRefusal(record: KafkaRecord, code: string): KafkaRecord {
    const letter = letters.get(record);
    if (letter !== undefined) {
      letters.delete(record);
      return toRecord(letter, true);
    }
    const reason = code === 'MESSAGE_TOO_LARGE' ? 'too-large' : 'refused';
    return toRecord(deadLetterOf(record.entry, new EncodeError(reason, `Kafka refuses the record: ${code}`)));
  }

  function report(): DeliveryReport {
    const failed = new Set([...letters.values()].map(({ entry }) => entry));
    let jobs = 0;
    for (const { entry } of records) if (entry.kind === 'job' && !failed.has(entry)) jobs++;
    const deadLetters = [...letters.values()].map(({ reason }) => reason);
    return { outcome: 'delivered', jobs, images: records.length - failed.size - jobs, deadLetters };
  }
}

function deadLetterRefused(code: string | undefined): BridgeError {
  const message = `Kafka refuses a dead letter even without its raw bytes (${code ?? 'unknown'}): check the dead letters' topic`;
  return new BridgeError(message, { code: 'dead-letter-refused', retryable: true });
}
