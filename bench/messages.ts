/** Messages without end in bounded memory: those of a pool again and again, each time under an id that tells its number. */
import { randomUUID } from 'node:crypto';
import { generateMessages, type GeneratedMessage } from '../src/simulator/generate.ts';
import { nowSeconds, type PreparedMessage } from '../src/simulator/message.ts';

export interface MessagePool {
  readonly entriesPerMessage: number;
  /** What its entries have to become: entry i of message number m is like number (m * entriesPerMessage + i) modulo their number. */
  readonly expected: readonly ExpectedRecord[];
  /** Messages that no other series has. */
  series(): MessageSeries;
}

export interface MessageSeries {
  /** What all of its ids begin with. */
  readonly idPrefix: string;
  /** @param number from 0 on */
  message(number: number): PreparedMessage;
}

export interface ExpectedRecord {
  readonly object: 'JOB' | 'IMAGE';
  readonly clientName: string;
}

interface Notification {
  readonly object: ExpectedRecord['object'];
  readonly data: readonly { readonly clientName: string }[];
}

/** So many different entries; 14 MB of messages. */
const poolEntries = 50_000;
const clients = 500;
/** The last group of a UUID is the message's number. */
const numberDigits = 12;

/** Jobs and images in equal parts, of 500 clients. */
export function createMessagePool(entriesPerMessage: number): MessagePool {
  const choices = { seed: 1, entriesPerMessage, jobShare: 0.5, clients, timeStamp: nowSeconds() };
  const pool = generateMessages(choices)
    .take(Math.ceil(poolEntries / entriesPerMessage))
    .toArray();
  return {
    entriesPerMessage,
    expected: pool.flatMap(recordsOf),
    series() {
      const idPrefix = randomUUID().toUpperCase().slice(0, -numberDigits);
      return {
        idPrefix,
        message(number) {
          const id = idPrefix + number.toString(16).toUpperCase().padStart(numberDigits, '0');
          return renamed(pool[number % pool.length] as GeneratedMessage, id);
        },
      };
    },
  };
}

function renamed({ id: former, frame: original, entries }: GeneratedMessage, id: string): PreparedMessage {
  const frame = Buffer.from(original);
  frame.write(id, frame.indexOf(former), 'latin1');
  return { id, frame, entries };
}

function recordsOf({ frame }: GeneratedMessage): ExpectedRecord[] {
  const { payload } = JSON.parse(frame.toString()) as { readonly payload: readonly Notification[] };
  return payload.flatMap(({ object, data }) => data.map(({ clientName }) => ({ object, clientName })));
}
