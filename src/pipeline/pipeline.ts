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
import { atOnce, inTurns, type Pieces } from '../pieces.ts';
import type { NotificationRequest } from '../protocol/message.ts';
import { requestCut } from '../produce/append.ts';
import type { Produce } from '../produce/producer.ts';
import { type Entry, release } from '../split/entry.ts';
import type { InFlight } from './in-flight.ts';
import type { DeliveryReport } from './report.ts';
import type { Resends } from './resends.ts';

/**
 * Resolves: Kafka has committed all of the message, and it may be answered. Rejects: stay silent.
 * @param taken called once the records have taken their places, or it is known that there are none: no message may overtake another before
 */
export type Deliver = (message: NotificationRequest, taken?: () => void) => Promise<DeliveryReport>;

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
 * What has few entries is encoded before the call returns; the rest in turns with others, and is taken later.
 */
export function createPipeline(options: PipelineOptions): Deliver {
  const { inFlight, resends, events } = options;

  return function deliver(message, taken = () => {}) {
    const { primary, id, frame, receivedAt } = message;
    if (
      message.kind === 'notification' &&
      message.notifications.every((n) => n.kind === 'readable' && n.data.length === 0)
    ) {
      taken();
      return Promise.resolve(nothing);
    }
    if (id !== null) {
      const known = resends.look(primary, id, frame.digest());
      if (known.is !== 'new') taken();
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
    const end = inFlight.begin(primary, message.weight, receivedAt);
    const delivery = deliverNew(message, options, taken).finally(end);
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

const nothing: DeliveryReport = { outcome: 'delivered', jobs: 0, images: 0, deadLetters: [] };

/** Ends when the records are on their way, so that nothing that waits holds the message. */
async function deliverNew(
  message: NotificationRequest,
  options: PipelineOptions,
  taken: () => void,
): Promise<DeliveryReport> {
  const encoder = options.encoder();
  const letters = createLetters(message.primary, encoder, options.maxDeadLetterBytes);
  try {
    const entries = options.split(message);
    const encoding = encodeAll(entries, encoder, letters);
    const records = entries.length <= entriesAtOnce ? atOnce(encoding) : await inTurns(encoding);
    return commit(records, letters, options.produce);
  } finally {
    taken();
  }
}

/** More are encoded in turns with others: a dead letter takes up to some 25 us. */
const entriesAtOnce = 256;
const entriesPerPiece = 32;

function* encodeAll(
  entries: readonly Entry[],
  encoder: Encoder,
  letters: Letters,
): Pieces<readonly KafkaRecord[]> {
  const records: KafkaRecord[] = [];
  for (const entry of entries) {
    if (records.length % entriesPerPiece === entriesPerPiece - 1) yield;
    try {
      records.push(encoder.encode(entry));
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      records.push(letters.write(deadLetterOf(entry, error)));
    } finally {
      release(entry);
    }
  }
  return records;
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

/** Codes of records that are refused for their size. */
const tooLarge: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', requestCut]);

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
      const reason = tooLarge.has(code) ? 'too-large' : 'refused';
      const words =
        code === requestCut ? 'each request that holds the record is cut' : 'Kafka refuses the record';
      return write(deadLetterOf(record.entry, new EncodeError(reason, `${words}: ${code}`)));
    },
    written: () => [...letters.values()],
  };
}

function deadLetterRefused(code: string | undefined): BridgeError {
  const message = `Kafka refuses a dead letter even without its raw bytes (${code ?? 'unknown'}): check the dead letters' topic`;
  return new BridgeError(message, { code: 'dead-letter-refused', retryable: true });
}
