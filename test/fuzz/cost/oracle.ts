/** What a frame costs: processor time, memory and bytes in Kafka. It throws where that is beyond what the bridge counts for it. */
import assert from 'node:assert/strict';
import { limits as limitsSchema } from '../../../src/config/limits.ts';
import { deadLetterOf } from '../../../src/encode/dead-letter.ts';
import type { Encoder } from '../../../src/encode/encoder.ts';
import type { KafkaRecord } from '../../../src/encode/record.ts';
import { EncodeError } from '../../../src/encode/value.ts';
import { decodeInPieces } from '../../../src/protocol/codec.ts';
import type { Message } from '../../../src/protocol/message.ts';
import { split } from '../../../src/split/split.ts';
import { release } from '../../../src/split/entry.ts';
import { arrivedAt } from '../../helpers/messages.ts';
import { encoderWith } from '../../helpers/schemas.ts';
import { primary } from '../record-oracle.ts';
import { frameOf, type Recipe } from './recipe.ts';

const defaults = limitsSchema.parse({});
/** Of the defaults, so that more inputs are tried in the same time. What a frame costs is about in proportion to them. */
const part = 1 / 4;

export const costLimits = {
  ...defaults,
  maxPayloadBytes: defaults.maxPayloadBytes * part,
  maxEntries: defaults.maxEntries * part,
  maxValues: defaults.maxValues * part,
};

export interface Cost {
  readonly outcome: string;
  readonly frameBytes: number;
  /** What the bridge counts for it while it is in flight. */
  readonly weight: number;
  readonly records: number;
  readonly recordBytes: number;
}

/** What depends on the machine, and on what the process did before. */
export interface Spent {
  readonly cpuMs: number;
  /** The longest stretch of it in which nothing else happens. */
  readonly longestMs: number;
  /** Allocated while it is decoded, and while its entries are encoded. A garbage collection in between hides some, and invents none. */
  readonly decodingBytes: number;
  readonly encodingBytes: number;
}

/** Of the bytes in Kafka, for each that is counted. */
const maxRecordBytesPerWeight = 3;
/** For one frame, whatever it holds; most of what is allocated is garbage soon: numbers that are kept as text take forty times their frame. */
const maxCpuMs = 4_000 * part;
const maxDecodingBytes = part * 400 * 1024 * 1024;

const encoder = encoderWith();
const maxRawBytes = 900_000;

/** @throws where its records are larger than what is counted for it allows */
export function costOf(recipe: Recipe, encoder: Encoder): Cost {
  const meter = createMeter();
  const frame = frameOf(recipe, costLimits.maxPayloadBytes);
  const message = decode(frame, meter);
  return judged(costFrom(frame, message, encode(message, encoder, meter)));
}

/** The same, measured. @throws where it takes more than a frame may, too */
export function spendingOf(recipe: Recipe): Cost & Spent {
  const frame = frameOf(recipe, costLimits.maxPayloadBytes);
  const meter = createMeter();
  const before = usedBytes();
  const message = decode(frame, meter);
  const decoded = usedBytes();
  const records = encode(message, encoder, meter);
  const [decodingBytes, encodingBytes] = [decoded - before, usedBytes() - decoded];
  const cost = judged(costFrom(frame, message, records));
  const { cpuMs, longestMs } = meter;
  assert.ok(cpuMs <= maxCpuMs, `${cpuMs} ms of CPU for ${frame.length} bytes, ${cost.outcome}`);
  assert.ok(decodingBytes <= maxDecodingBytes, `${decodingBytes} bytes allocated for ${frame.length}`);
  return { ...cost, cpuMs, longestMs, decodingBytes, encodingBytes };
}

function costFrom(frame: Buffer, message: Message, records: readonly KafkaRecord[]): Cost {
  let recordBytes = 0;
  for (const { key, value, headers = {} } of records) {
    recordBytes += key.length + value.length;
    for (const [name, text] of Object.entries(headers)) recordBytes += name.length + Buffer.byteLength(text);
  }
  const outcome = message.kind === 'rejected' ? message.reason : message.kind;
  const weight = 'weight' in message ? message.weight : 0;
  return { outcome, frameBytes: frame.length, weight, records: records.length, recordBytes };
}

function judged(cost: Cost): Cost {
  const { recordBytes, weight } = cost;
  assert.ok(
    recordBytes <= maxRecordBytesPerWeight * weight,
    `${recordBytes} bytes into Kafka for ${weight} counted`,
  );
  return cost;
}

function decode(frame: Buffer, meter: Meter): Message {
  const pieces = decodeInPieces(frame, arrivedAt, costLimits);
  for (;;) {
    const next = meter.measure(() => pieces.next());
    if (next.done === true) return next.value;
  }
}

function encode(message: Message, { encode, encodeDeadLetter }: Encoder, meter: Meter): KafkaRecord[] {
  if (message.kind === 'connect' || message.kind === 'ignored') return [];
  const entries = meter.measure(() => split({ ...message, primary }));
  return entries.map((entry) =>
    meter.measure(() => {
      try {
        return encode(entry);
      } catch (error) {
        if (!(error instanceof EncodeError)) throw error;
        return encodeDeadLetter(deadLetterOf(entry, error), maxRawBytes);
      } finally {
        release(entry);
      }
    }),
  );
}

interface Meter {
  readonly cpuMs: number;
  readonly longestMs: number;
  measure<T>(work: () => T): T;
}

function createMeter(): Meter {
  let [cpuMs, longestMs] = [0, 0];
  return {
    get cpuMs() {
      return cpuMs;
    },
    get longestMs() {
      return longestMs;
    },
    measure(work) {
      const before = process.threadCpuUsage();
      const done = work();
      const { user, system } = process.threadCpuUsage(before);
      const ms = (user + system) / 1000;
      cpuMs += ms;
      longestMs = Math.max(longestMs, ms);
      return done;
    },
  };
}

function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
