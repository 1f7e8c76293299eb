import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KafkaRecord } from '../../../src/encode/record.ts';
import { CutError, type Link, NotSentError } from '../../../src/kafka/link.ts';
import type { ProduceAnswer } from '../../../src/kafka/produce-request.ts';
import { givenProducer, recordOf } from '../produce/given.ts';
import { givenAppender } from './given-appender.ts';
import { readBatches, scriptedCluster, type SentBatch } from './scripted-cluster.ts';

/** The largest request that the broker of the test takes, in bytes. */
const requestLimit = 150_000;
const [outOfOrder] = [45];

/** No smaller record is given up. */
const leastGivenUpBytes = 65_000;

type Fault = 'none' | 'cut-before' | 'cut-after' | 'lost-after' | 'not-sent';

/**
 * A partition as a broker keeps it (Kafka, `ProducerAppendInfo` and `ProducerStateEntry`): of each producer the last five batches by their first
 * and last number, by which a copy is known; anything else has to follow the last.
 */
function partitionLog() {
  const log: string[] = [];
  const producers = new Map<number, { first: number; last: number }[]>();
  return {
    log,
    /** @returns the error's number */
    append({ producerId, sequence, texts }: SentBatch): number {
      const known = producers.get(producerId) ?? [];
      const last = sequence + texts.length - 1;
      if (known.some((each) => each.first === sequence && each.last === last)) return 0;
      const expected = (known.at(-1)?.last ?? -1) + 1;
      if (known.length > 0 && sequence !== expected) return outOfOrder;
      log.push(...texts);
      producers.set(producerId, [...known, { first: sequence, last }].slice(-5));
      return 0;
    },
  };
}

/** A broker that cuts each connection on a request above its limit, and has these faults besides, one after the other. */
function cuttingBroker(faults: readonly Fault[]) {
  const { cluster, view } = scriptedCluster();
  const partition = partitionLog();
  let requests = 0;
  const lost = new Error('read ECONNRESET');

  const linkTo = (): Link => ({
    open: () => Promise.resolve(),
    destroy() {},
    async ask<T>(ask: Parameters<Link['ask']>[0]): Promise<T> {
      if (ask.by !== 'us') throw new Error('nothing but Produce is asked');
      const body = ask.encode(0);
      const fault = faults[requests++] ?? 'none';
      await setImmediate();
      if (fault === 'not-sent') throw new NotSentError(lost);
      if (body.length > requestLimit || fault === 'cut-before') throw new CutError(lost);
      const partitions = readBatches(body).map((batch) => {
        const errorCode = partition.append(batch);
        const baseOffset = errorCode === 0 ? 0n : -1n;
        return { topic: batch.topic, partition: batch.partition, errorCode, baseOffset, reason: null };
      });
      if (fault === 'cut-after') throw new CutError(lost);
      if (fault === 'lost-after') throw new Error('no answer');
      const answer: ProduceAnswer = { partitions, throttleMs: 0 };
      return answer as T;
    },
  });
  return { cluster: { ...cluster, linkTo }, view, log: partition.log };
}

const fault = fc.constantFrom<Fault>(
  'none',
  'none',
  'none',
  'cut-before',
  'cut-after',
  'lost-after',
  'not-sent',
);
/** Runs of them, so that a record is given up that only bad luck cut, and that may be written. */
const faultRuns = fc
  .array(fc.tuple(fault, fc.integer({ min: 1, max: 11 })), { maxLength: 8 })
  .map((runs) => runs.flatMap(([each, times]) => Array.from({ length: times }, () => each)));
/** Of a record's value, in bytes: small, a part of the limit, and more than it. */
const size = fc.constantFrom(10, 10, 20_000, 70_000, 120_000, 160_000);

test('whatever is cut, for its size or not, each record is written or given up; in order, and twice only where that is counted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(size, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 }),
      faultRuns,
      async (sent, faults) => {
        const broker = cuttingBroker(faults);
        let counted = 0;
        const { append } = givenAppender(
          broker,
          {
            possibleDuplicates: (_, records) => void (counted += records),
          },
          { maxRequestBytes: 10_000_000 },
        );
        await using given = givenProducer(append);
        let number = 0;
        const all = sent.map((sizes) =>
          sizes.map((bytes) => recordOf('a', `<${number++}>`.padEnd(bytes, '.'))),
        );
        const refused = new Set<KafkaRecord>();
        const produced = all.map((records) => given.produce(records));
        (await Promise.all(produced)).forEach((indexes, call) => {
          for (const { index } of indexes) refused.add(all[call]?.[index] as KafkaRecord);
        });

        const textOf = ({ value }: KafkaRecord) => value.toString().slice(1, value.indexOf('>'));
        for (const { value } of refused) expect(value.length).toBeGreaterThan(leastGivenUpBytes);
        const givenUp = new Set([...refused].map(textOf));
        const others = all
          .flat()
          .map(textOf)
          .filter((text) => !givenUp.has(text));
        const written = broker.log.filter((text) => !givenUp.has(text));
        const firsts = [...new Set(written)];
        expect(firsts).toEqual(others);
        expect(written.length - firsts.length).toBeLessThanOrEqual(counted);
      },
    ),
    { numRuns: 200 },
  );
});
