import assert from 'node:assert/strict';
import type { KafkaRecord } from '../../src/encode/record.ts';
import type { Unwritable } from '../../src/split/entry.ts';
import type { AvroValue } from '../helpers/avro-decoder.ts';
import { meaningOf } from '../helpers/json-text.ts';
import { arrivedAt } from '../helpers/messages.ts';
import { topics, valueOf } from '../helpers/schemas.ts';
import { isUnreadableTime, sameNumber } from './expected-entry.ts';
import { type Piece, wireFields } from './expected.ts';
import { field, type JsonNode, lastFields, stringOf } from './json-nodes.ts';

export const primary = 'primary1';

/** The frame that a piece is of. */
interface Place {
  readonly sent: Buffer;
  readonly text: string;
  readonly messageId: string | null;
  /** Unix ms. */
  readonly notifiedAt: number;
}

/** Throws where the record isn't what the piece has to become. @returns what it became, in a word or two */
export function checkPiece(record: KafkaRecord, piece: Piece, place: Place): string {
  const value = valueOf(record);
  assert.equal(value['primary'], primary);
  assert.equal(value['messageId'], place.messageId);
  assert.equal(value['entryIndex'], piece.entryIndex);
  for (const header of Object.values(record.headers ?? {})) assert.equal(typeof header, 'string');
  if (record.topic === topics.deadLetters) {
    checkDeadLetter(record, value, piece, place);
    return `dead letter ${value['reason'] as string}`;
  }
  assert.deepEqual([...piece.reasons], [], 'a record was made of what can never be one');
  checkRecord(record, value, piece, place);
  return `record ${piece.kind ?? ''}`;
}

type Value = Readonly<Record<string, AvroValue>>;

function checkDeadLetter(record: KafkaRecord, value: Value, piece: Piece, { sent, text }: Place): void {
  const { node, object, path } = piece;
  const reason = value['reason'] as Unwritable;
  assert.ok(piece.reasons.has(reason), `${reason} is none of: ${[...piece.reasons].join()}`);
  const raw = node === null ? sent : Buffer.from(text.slice(node.start, node.end));
  assert.ok(raw.equals(value['raw'] as Buffer), `the raw bytes are not the slice at ${path.join('/')}`);
  assert.equal(value['rawTruncated'], false);
  assert.equal(value['object'], object?.toWellFormed() ?? null);
  assert.equal(value['receivedAt'], arrivedAt);
  const pointer = path.map((step) => `/${step}`).join('');
  const isOddType = piece.notificationType?.isWellFormed() === false;
  const all = value['paths'] as readonly string[];
  const paths = isOddType ? all.slice(0, -1) : all;
  if (isOddType) assert.equal(all.at(-1), `/${path.slice(0, 2).join('/')}/notificationType`);
  if (path.length === 0) assert.deepEqual(paths, []);
  else
    assert.ok(
      paths.length === 1 && `${paths[0]}/`.startsWith(`${pointer}/`),
      `${paths.join()} is not ${pointer}`,
    );
  const clientName =
    piece.kind === null && object === null ? undefined : stringOf(field(node ?? undefined, 'clientName'));
  const usable = clientName?.isWellFormed() === true && Buffer.byteLength(clientName) <= 4096;
  assert.equal(record.key.toString(), usable ? clientName : primary);
  assert.equal(record.timestamp, arrivedAt);
}

function checkRecord(record: KafkaRecord, value: Value, piece: Piece, { text, notifiedAt }: Place): void {
  const { node, kind } = piece;
  assert.ok(kind !== null && node?.kind === 'object');
  assert.equal(record.topic, kind === 'job' ? topics.jobs : topics.images);
  assert.equal(value['notificationType'], piece.notificationType);
  assert.equal(value['notifiedAt'], notifiedAt);
  const recent = notifiedAt <= arrivedAt && notifiedAt > arrivedAt - 24 * 60 * 60 * 1000;
  assert.equal(record.timestamp, recent ? notifiedAt : arrivedAt);
  const sent = lastFields(node);
  assert.equal(record.key.toString(), stringOf(sent.get('clientName')));
  for (const [name, holds] of Object.entries(wireFields[kind])) {
    const each = sent.get(name);
    const isKept = each !== undefined && holds === 'time' && isUnreadableTime(each);
    if (!isKept) sent.delete(name);
    if (isKept) assert.equal(value[name], null, name);
    else if (each === undefined || each.kind === 'null') assert.equal(value[name], null, name);
    else if (holds.startsWith('string')) assert.equal(value[name], stringOf(each), name);
    else checkNumber(value[name], each, holds === 'time' ? 'e-3' : '', name);
  }
  const extra = value['extra'] as Readonly<Record<string, string>>;
  assert.deepEqual(Object.keys(extra).toSorted(), [...sent.keys()].toSorted(), 'extra');
  for (const [name, { start, end }] of sent)
    assert.deepEqual(meaningOf(extra[name] ?? ''), meaningOf(text.slice(start, end)), name);
}

function checkNumber(value: AvroValue | undefined, node: JsonNode, scale: string, name: string): void {
  assert.ok(node.kind === 'number' && (typeof value === 'number' || typeof value === 'bigint'), name);
  const held = `${value}${scale}`;
  assert.ok(sameNumber(held, node.text), `${name}: ${held} is not ${node.text}`);
}
