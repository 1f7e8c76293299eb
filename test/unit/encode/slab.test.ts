import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encoderWith, recordsOf, valueOf } from '../../helpers/schemas.ts';
import { envelope, image, images, job, jobs, requestOf } from '../../helpers/messages.ts';

const slab = 64 * 1024;

/** Encodes jobs with policy names of these lengths by one encoder, and reads them all afterwards. */
function writtenAndRead(lengths: readonly number[]): void {
  const encoder = encoderWith();
  const names = lengths.map((length, i) => String.fromCharCode(97 + (i % 26)).repeat(length));
  const records = names.flatMap((policyName) =>
    recordsOf(requestOf(envelope([jobs({ ...job, policyName })])), encoder),
  );
  const read = records.map((record) => valueOf(record)['policyName'] as string);
  expect(read.map((name) => name.length)).toEqual(lengths);
  expect(read.every((name, i) => name === names[i])).toBe(true);
}

test('values around 64 KiB are written whole, and leave the earlier ones intact', () => {
  for (let length = slab - 200; length <= slab + 8; length++) writtenAndRead([100, length, 1, length, 0]);
});

test('whatever room is left, the next value is written whole', () => {
  for (let left = 0; left < 300; left++) writtenAndRead([slab - 450 + left, 10, 10]);
});

test('values of megabytes are written whole, between small ones', () => {
  writtenAndRead([1, 1_000_000, 2, 8_000_000, 3, slab, slab * 2]);
});

test('values of any lengths in any order stay what they were', () => {
  const length = fc.oneof(fc.nat({ max: 500 }), fc.integer({ min: 20_000, max: 70_000 }));
  fc.assert(fc.property(fc.array(length, { maxLength: 30 }), writtenAndRead), { numRuns: 50 });
});

test('dead letters stay what they were to their last byte', () => {
  const encoder = encoderWith();
  const records = Array.from({ length: 100 }, () => recordsOf(requestOf('not JSON'), encoder, 3)).flat();
  for (const record of records) {
    expect(valueOf(record)).toMatchObject({ raw: Buffer.from('not'), rawTruncated: true });
  }
});

test('an entry that can not be written leaves its neighbours intact', () => {
  const encoder = encoderWith();
  const sent = envelope([
    images(image, { ...image, clientType: '\ud800' }, { ...image, operationId: 'DELETE' }),
  ]);
  const records = Array.from({ length: 300 }, () => recordsOf(requestOf(sent), encoder)).flat();
  for (let i = 0; i < records.length; i += 3) {
    expect(valueOf(records[i])).toMatchObject({ operationId: 'CREATE', entryIndex: 0 });
    expect(valueOf(records[i + 1])).toMatchObject({ reason: 'bad-unicode', entryIndex: 1 });
    expect(valueOf(records[i + 2])).toMatchObject({ operationId: 'DELETE', entryIndex: 2 });
  }
});
