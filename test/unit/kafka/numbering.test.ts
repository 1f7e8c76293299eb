import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberingAfter, numberingFrom } from '../../../src/kafka/numbering.ts';

const number = (firstSequence: number) => ({ producerId: 2n ** 60n, producerEpoch: 3, firstSequence });

test('a producer id that is new to a partition begins at 0', () => {
  expect(numberingFrom({ id: 2n ** 60n, epoch: 3 })).toEqual({ is: 'known', next: number(0) });
});

test.each([
  [0, 1, 1],
  [2 ** 31 - 2, 1, 2 ** 31 - 1],
  [2 ** 31 - 1, 1, 0],
  [2 ** 31 - 3, 3, 0],
  [2 ** 31 - 2, 3, 1],
])('behind the sequence %i and %i records comes %i', (first, records, next) => {
  expect(numberingAfter(number(first), records)).toEqual({ is: 'known', next: number(next) });
});

test('a sequence is what Kafka counts, one record after the other, and stays between 0 and 2^31 - 1', () => {
  // As ProducerBatch and DefaultRecordBatch of Kafka's own client count.
  const increment = (sequence: number, by: number) =>
    sequence > 2 ** 31 - 1 - by ? by - (2 ** 31 - 1 - sequence) - 1 : sequence + by;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      (first, by) => {
        expect(numberingAfter(number(first), by).next).toEqual(number(increment(first, by)));
      },
    ),
  );
});
