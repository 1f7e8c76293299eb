import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KafkaRecord } from '../../../src/encode/record.ts';
import { maxValueBytes } from '../../../src/produce/producer.ts';
import { givenProducer, recordOf, scriptedAppend } from './given.ts';

test('a batch stays below the limit of the topic, and is no smaller than it has to be', async () => {
  const maxMessageBytes = 10_000;
  const header = fc.tuple(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 50 }));
  const record = fc
    .record({
      key: fc.string({ unit: 'binary', maxLength: 300 }),
      length: fc.nat({ max: 4_000 }),
      headers: fc.option(
        fc.array(header, { maxLength: 40, size: 'max' }).map((all) => Object.fromEntries(all)),
      ),
    })
    .map(({ key, length, headers }) =>
      recordOf(key, 'x'.repeat(length), headers === null ? {} : { headers }),
    );
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 30 }), async (records) => {
      const batches: (readonly KafkaRecord[])[] = [];
      await using given = givenProducer(async (_to, batch) => void batches.push(batch), {
        shapeOf: () => ({ partitions: 1, maxMessageBytes }),
      });
      expect(await given.produce(records)).toEqual([]);
      expect(batches.flat()).toEqual(records);
      for (const batch of batches) expect(batchBytes(batch)).toBeLessThanOrEqual(maxMessageBytes);
      batches.slice(1).forEach((batch, i) => {
        const joined = [...(batches[i] ?? []), ...batch.slice(0, 1)];
        expect(batchBytes(joined) + joined.length * (40 + 40 * 10)).toBeGreaterThan(maxMessageBytes);
      });
    }),
    { numRuns: 100 },
  );
});

test('many small headers count with all that Kafka adds to them', async () => {
  const sizes: number[] = [];
  await using given = givenProducer(async (_to, batch) => void sizes.push(batchBytes(batch)), {
    shapeOf: () => ({ partitions: 1, maxMessageBytes: 5_000 }),
  });
  const headers = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`h${i}`, '']));
  await given.produce(Array.from({ length: 100 }, () => recordOf('a', '', { headers })));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(5_000);
});

test('a record as large as a batch may be is sent, a larger one is refused without being sent', async () => {
  const shape = { partitions: 1, maxMessageBytes: 5_000 };
  const sent: KafkaRecord[] = [];
  await using given = givenProducer(async (_to, batch) => void sent.push(...batch), { shapeOf: () => shape });
  const fitting = recordOf('key', 'x'.repeat(maxValueBytes(shape, 3)));
  const tooLarge = recordOf('key', 'x'.repeat(maxValueBytes(shape, 3) + 1));
  const withHeaders = recordOf('key', fitting.value.toString(), { headers: { ce_id: '1' } });
  expect(await given.produce([tooLarge, fitting, withHeaders, recordOf('key', 'small')])).toEqual([
    { index: 0, code: 'MESSAGE_TOO_LARGE' },
    { index: 2, code: 'MESSAGE_TOO_LARGE' },
  ]);
  expect(sent.map(({ value }) => value.length)).toEqual([fitting.value.length, 5]);
  expect(batchBytes([fitting])).toBeLessThanOrEqual(shape.maxMessageBytes);
});

test('a call of nothing but records that are too large is done at once', async () => {
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append, {
    shapeOf: () => ({ partitions: 1, maxMessageBytes: 100 }),
  });
  const refused = await given.produce([recordOf('a', 'x'.repeat(101)), recordOf('b', 'x'.repeat(1_000_000))]);
  expect(refused.map(({ index }) => index)).toEqual([0, 1]);
  expect(broker.calls).toEqual([]);
});

test('a limit that is raised counts from then on', async () => {
  let shape = { partitions: 1, maxMessageBytes: 200 };
  const broker = scriptedAppend();
  await using given = givenProducer(broker.append, { shapeOf: () => shape });
  expect(await given.produce([recordOf('a', 'x'.repeat(300))])).toHaveLength(1);
  shape = { partitions: 1, maxMessageBytes: 1_000 };
  const produced = given.produce([recordOf('a', 'x'.repeat(300)), recordOf('a', 'x'.repeat(300))]);
  const call = await broker.next();
  expect(call.texts).toHaveLength(2);
  call.confirm();
  expect(await produced).toEqual([]);
});

/** The bytes of a record batch of format v2 (Kafka protocol, "Record Batch"), with the longest deltas that there can be. */
function batchBytes(batch: readonly KafkaRecord[]): number {
  return batch.reduce((sum, { key, value, headers = {} }, i) => {
    const named = Object.entries(headers).map(([name, text]) => lengthed(name) + lengthed(text));
    const timestampDelta = 10;
    const body =
      1 +
      timestampDelta +
      varint(i) +
      lengthed(key) +
      lengthed(value) +
      varint(named.length) +
      named.reduce((a, b) => a + b, 0);
    return sum + varint(body) + body;
  }, 61);
}

function lengthed(bytes: Buffer | string): number {
  return varint(Buffer.byteLength(bytes)) + Buffer.byteLength(bytes);
}

/** Zig-zag. */
function varint(value: number): number {
  return Math.max(1, Math.ceil((value * 2).toString(2).length / 7));
}
