import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KafkaRecord } from '../../../src/encode/record.ts';
import type { Append } from '../../../src/produce/append.ts';
import { partitionFor } from '../../../src/produce/partition.ts';
import { givenProducer, recordOf, refusedBecause, unknownBecause } from './given.ts';

const partitions = 3;
/** A key of one character and a value of two, by the producer's upper bound. */
const largestRecordBytes = 39;
const batchHeaderBytes = 61;

type Fault = 'lost-before' | 'lost-after' | 'thrown' | 'refused-once' | 'none';
const fault = fc.constantFrom<Fault>('none', 'none', 'lost-before', 'lost-after', 'thrown', 'refused-once');

/** A broker with idempotent producers: a batch that it has written is confirmed again, and not written again. */
function faultyBroker(faults: readonly Fault[], isCulprit: (record: KafkaRecord) => boolean) {
  const logs = Array.from({ length: partitions }, (): KafkaRecord[] => []);
  const written = new Set<readonly KafkaRecord[]>();
  const underWay = new Set<number>();
  let call = 0;
  const append: Append = async ({ partition }, batch) => {
    expect(underWay.has(partition), 'one batch under way per partition').toBe(false);
    underWay.add(partition);
    await setImmediate();
    underWay.delete(partition);
    const fault = faults[call++] ?? 'none';
    if (fault === 'lost-before') throw unknownBecause('REQUEST_TIMED_OUT');
    if (fault === 'thrown') throw new Error('the client broke');
    if (fault === 'refused-once' && !written.has(batch)) throw refusedBecause('INVALID_RECORD');
    if (batch.some(isCulprit)) throw refusedBecause('INVALID_RECORD');
    if (!written.has(batch)) logs[partition]?.push(...batch);
    written.add(batch);
    if (fault === 'lost-after') throw unknownBecause('REQUEST_TIMED_OUT');
  };
  return { append, logs };
}

test('whatever fails, each record is written once or refused, in the order of its key', async () => {
  const record = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', ''),
    culprit: fc.boolean(),
    pause: fc.boolean(),
  });
  const calls = fc.array(fc.array(record, { maxLength: 6 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      calls,
      fc.array(fault, { maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      async (sent, faults, recordsInBatch) => {
        let number = 0;
        const culprits = new Set<KafkaRecord>();
        const all = sent.map((records) =>
          records.map(({ key, culprit }, i) => {
            const made = recordOf(key, String(number++));
            if (culprit && i % 3 === 0) culprits.add(made);
            return made;
          }),
        );
        const broker = faultyBroker(faults, (record) => culprits.has(record));
        await using given = givenProducer(broker.append, {
          shapeOf: () => ({
            partitions,
            maxMessageBytes: batchHeaderBytes + recordsInBatch * largestRecordBytes,
          }),
        });
        const produced = [];
        for (const [i, records] of all.entries()) {
          produced.push(given.produce(records));
          if (sent[i]?.[0]?.pause === true) await setImmediate();
        }
        const refused = new Set<KafkaRecord>();
        (await Promise.all(produced)).forEach((indexes, i) => {
          for (const { index } of indexes) refused.add(all[i]?.[index] as KafkaRecord);
        });

        for (const culprit of culprits) expect(refused.has(culprit)).toBe(true);
        const passed = all.flat().filter((record) => !refused.has(record));
        broker.logs.forEach((log, partition) => {
          expect(log).toEqual(passed.filter(({ key }) => partitionFor(key, partitions) === partition));
        });
      },
    ),
    { numRuns: 300 },
  );
});
