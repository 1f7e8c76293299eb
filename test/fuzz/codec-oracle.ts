/**
 * What holds of any frame whatever. It throws where the bridge's codec, split or encoder does anything but what the truth table says
 * (test/fuzz/expected.ts), changes what was sent, pollutes a prototype, or spends more than a frame of that size may cost.
 */
import assert from 'node:assert/strict';
import { getHeapStatistics } from 'node:v8';
import { deadLetterOf } from '../../src/encode/dead-letter.ts';
import type { Encoder } from '../../src/encode/encoder.ts';
import type { KafkaRecord } from '../../src/encode/record.ts';
import { EncodeError } from '../../src/encode/value.ts';
import { atOnce } from '../../src/pieces.ts';
import { decodeMessage, encodeNotificationResponse } from '../../src/protocol/codec.ts';
import { glance } from '../../src/protocol/glance.ts';
import type { Message } from '../../src/protocol/message.ts';
import { split } from '../../src/split/split.ts';
import { arrivedAt } from '../helpers/messages.ts';
import { encoderWith } from '../helpers/schemas.ts';
import { expectedRow, isReadableId, type Row } from './expected.ts';
import { nodesOf, parseNodes } from './json-nodes.ts';
import { checkPiece, primary } from './record-oracle.ts';

/** What is judged; a test puts a broken one in its place. */
export interface Codec {
  readonly glance: typeof glance;
  readonly decodeMessage: typeof decodeMessage;
  readonly split: typeof split;
  /** With and without CloudEvents headers. */
  readonly encoders: readonly Encoder[];
  readonly encodeNotificationResponse: typeof encodeNotificationResponse;
}

export const bridgeCodec: Codec = {
  glance,
  decodeMessage,
  split,
  encoders: [encoderWith(), encoderWith({ cloudEvents: true })],
  encodeNotificationResponse,
};

/** Few entries and levels, so that small frames exceed them. */
export const codecLimits = { maxEntries: 40, maxValues: 400_000, maxDepth: 12, maxNames: 10_000 };

/** What one frame may cost. */
interface Bounds {
  readonly cpuMs: number;
  readonly allocatedBytes: number;
  /** And so many bytes more for each byte of the frame. */
  readonly allocatedPerByte: number;
}

/** Far above what a frame of some KiB needs, and far below what an attack on time or memory is after. */
const frameBounds: Bounds = { cpuMs: 1_000, allocatedBytes: 16 * 1024 * 1024, allocatedPerByte: 2_000 };

/** @returns what the frame brought about, for those who look for frames that bring about something new */
export function judgeFrame(
  bytes: Buffer,
  codec: Codec = bridgeCodec,
  bounds: Bounds = frameBounds,
): string[] {
  const sent = Buffer.from(bytes);
  const before = prototypes();
  const cost = startCost();
  const message = codec.decodeMessage(bytes, arrivedAt, codecLimits);
  const recordsByEncoder = codec.encoders.map((encoder) => recordsOf(message, encoder, codec));
  cost.check(bytes.length, bounds);
  assert.deepEqual(prototypes(), before, 'a prototype was polluted');
  assert.ok(sent.equals(bytes), "the frame's bytes were changed");

  const row = expectedRow(sent, arrivedAt, codecLimits);
  checkMessage(message, row);
  checkGlance(sent, row, codec);
  checkAnswer(message, codec);
  if (message.kind === 'connect' || message.kind === 'ignored') return [message.kind];
  assert.ok(row.kind === 'notification' || row.kind === 'rejected');
  const place = { sent, text: sent.toString(), messageId: row.id, notifiedAt: notifiedAtOf(row) };
  const outcomes = recordsByEncoder.map((records) => {
    assert.equal(records.length, row.pieces.length, 'one record or dead letter for each piece');
    return row.pieces.map((piece, n) => checkPiece(records[n] as KafkaRecord, piece, place));
  });
  for (const outcome of outcomes) assert.deepEqual(outcome, outcomes[0]);
  const oddities = message.kind === 'notification' ? message.oddities : [];
  return [...new Set([row.kind, ...oddities, ...(outcomes[0] ?? [])])];
}

function notifiedAtOf(row: Row): number {
  return row.kind === 'notification' ? row.notifiedAt : arrivedAt;
}

/** Every piece of a message as its record, or as its dead letter, as the pipeline makes them. */
function recordsOf(message: Message, { encode, encodeDeadLetter }: Encoder, codec: Codec): KafkaRecord[] {
  if (message.kind === 'connect' || message.kind === 'ignored') return [];
  return codec.split({ ...message, primary }).map((entry) => {
    try {
      return encode(entry);
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      return encodeDeadLetter(deadLetterOf(entry, error), Number.MAX_SAFE_INTEGER);
    }
  });
}

function checkMessage(message: Message, row: Row): void {
  const { kind, id } = message;
  const seen: Record<string, unknown> = { kind, id };
  if (message.kind === 'connect') seen['token'] = message.token;
  if (message.kind === 'ignored') seen['type'] = message.type;
  if (message.kind === 'rejected') seen['reason'] = message.reason;
  if (message.kind === 'notification') {
    seen['notifiedAt'] = positive(message.notifiedAt);
    seen['oddities'] = message.oddities;
  }
  const { pieces: _, ...expected } = { pieces: null, ...row };
  assert.deepEqual(seen, expected);
}

/** What would be told of a frame of that kind, but too large to be read: as many values as it has or more, and the same id. */
function checkGlance(sent: Buffer, row: Row, codec: Codec): void {
  const seen = atOnce(codec.glance(sent, codecLimits));
  const root = row.kind === 'rejected' && row.reason === 'not-json' ? undefined : parseNodes(sent.toString());
  if (root === undefined) return;
  const values = nodesOf(root).length;
  assert.ok(seen.values >= values, `${seen.values} values were counted of ${values}`);
  if (row.id !== null) assert.equal(seen.id, row.id, 'the id at a glance');
  else assert.ok(seen.id === null || !isReadableId(seen.id), `the id at a glance is ${seen.id}`);
}

/** A zero has no sign here. */
function positive(value: number): number {
  return value + 0;
}

/** An answer repeats the id exactly, also when it has been UTF-8 on its way. */
function checkAnswer({ id }: Message, codec: Codec): void {
  if (id === null) return;
  const answer = Buffer.from(codec.encodeNotificationResponse(id, 'array', arrivedAt)).toString();
  assert.equal((JSON.parse(answer) as { id: unknown }).id, id);
}

function prototypes(): unknown[] {
  return [Object.prototype, Array.prototype, String.prototype].map((each) => Reflect.ownKeys(each).length);
}

/** What this thread spends from here on. A garbage collection in between hides some of the memory, and invents none. */
function startCost(): { check(frameBytes: number, bounds: Bounds): void } {
  const cpu = process.threadCpuUsage();
  const memory = usedBytes();
  return {
    check(frameBytes, bounds) {
      const { user, system } = process.threadCpuUsage(cpu);
      const spentMs = (user + system) / 1000;
      assert.ok(spentMs <= bounds.cpuMs, `${spentMs} ms of CPU for ${frameBytes} bytes`);
      const allocated = usedBytes() - memory;
      const most = bounds.allocatedBytes + frameBytes * bounds.allocatedPerByte;
      assert.ok(allocated <= most, `${allocated} bytes allocated for a frame of ${frameBytes}`);
    },
  };
}

function usedBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
