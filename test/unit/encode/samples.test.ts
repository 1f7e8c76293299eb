import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { partitionFor } from '../../../src/produce/partition.ts';
import { decodeWire } from '../../helpers/avro-decoder.ts';
import { receive, requestOf } from '../../helpers/messages.ts';
import { encoderWith, recordsOf, schemas } from '../../helpers/schemas.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const partitions = 12;
const schemaTexts = new Map(Object.values(schemas).map(({ id, schema }) => [id, schema]));

interface Golden {
  readonly timestamp: number;
  readonly cloudEvents: Record<string, string>;
  readonly value: Record<string, unknown>;
}

const samples = readdirSync(join(fixtures, 'nbwss'))
  .filter((file) => file.startsWith('notification-'))
  .map((file) => {
    const golden = JSON.parse(readFileSync(join(fixtures, 'golden', file), 'utf8')) as Golden[];
    const frame = readFileSync(join(fixtures, 'nbwss', file));
    const stampedAt = (JSON.parse(frame.toString()) as { timeStamp: number }).timeStamp * 1000;
    return { file, frame, golden, stampedAt };
  });

test('all five notifications of the vendor are here', () => {
  expect(samples).toHaveLength(5);
});

test.each(samples)('$file becomes exactly its golden records', ({ frame, golden, stampedAt }) => {
  const records = recordsOf(requestOf(frame, 'primary1', stampedAt + 2_000));
  const seen = records.map(({ topic, key, value, timestamp }) => {
    const { schemaId, fields } = decodeWire(value, schemaTexts);
    const partition = partitionFor(key, partitions);
    return { topic, key: key.toString(), partition, schemaId, timestamp, value: fields };
  });
  expect(seen).toEqual(golden.map(({ cloudEvents: _, ...record }) => record));
  expect(records.filter((record) => 'headers' in record)).toEqual([]);
});

test.each(samples)('$file has CloudEvents headers where they are asked for', (sample) => {
  const { frame, golden, stampedAt } = sample;
  const encoder = encoderWith({ cloudEvents: true });
  const records = recordsOf(requestOf(frame, 'primary1', stampedAt + 2_000), encoder);
  expect(records.map(({ headers }) => headers)).toEqual(golden.map(({ cloudEvents }) => cloudEvents));
});

test.each(samples)('$file, sent years later, is stamped now and keeps its time', ({ frame, golden }) => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const records = recordsOf(requestOf(frame, 'primary1', now));
  expect(records.map(({ timestamp }) => timestamp)).toEqual(golden.map(() => now));
  const values = records.map(({ value }) => decodeWire(value, schemaTexts).fields);
  expect(values).toEqual(golden.map(({ value }) => value));
});

test("the vendor's CONNECT is read with its token, and a response is passed over", () => {
  const read = (file: string) => receive(readFileSync(join(fixtures, 'nbwss', file)));
  const id = '0CEAB6C2-0BBF-4F60-974D-C1F3EF39B872';
  expect(read('connect-request.json')).toEqual({ kind: 'connect', id, token: 'qwerrtrtrtrt2234344===' });
  expect(read('connect-response-valid.json')).toEqual({ kind: 'ignored', id, type: 'RESPONSE' });
});
