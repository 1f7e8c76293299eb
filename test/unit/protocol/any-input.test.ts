import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeFrame } from '../../fuzz/codec-oracle.ts';
import { envelope, frameOf, image, images, job, jobs, receive } from '../../helpers/messages.ts';

const sample = JSON.stringify(envelope([jobs(job, { ...job, more: ['ä', 0] }), images(image, image)]));
const wellFormed = frameOf(sample.replace('"ä",0', '"ä",1e400'));

test('any bytes have an outcome', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void judgeFrame(Buffer.from(bytes))));
});

test('any text has an outcome', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void judgeFrame(Buffer.from(text))));
});

test('any JSON has an outcome', () => {
  fc.assert(fc.property(fc.json({ maxDepth: 40 }), (text) => void judgeFrame(Buffer.from(text))));
});

test('any JSON in any place of a message has an outcome', () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  const place = fc.constantFrom<(value: unknown) => object>(
    (value) => envelope(value),
    (value) => envelope([value]),
    (value) => envelope([jobs(job), value]),
    (value) => envelope([{ ...jobs(job), object: value }]),
    (value) => envelope([{ ...jobs(job), notificationType: value }]),
    (value) => envelope([{ ...jobs(), data: value }]),
    (value) => envelope([jobs(value, job), images(value)]),
    (value) => envelope([jobs(job)], { id: value }),
    (value) => envelope([jobs(job)], { type: value }),
    (value) => envelope([jobs(job)], { subType: value }),
    (value) => envelope([jobs(job)], { timeStamp: value }),
    (value) => envelope([jobs(job)], { version: value }),
    ...Object.keys(job).map((name) => (value: unknown) => envelope([jobs(job, { ...job, [name]: value })])),
    ...Object.keys(image).map(
      (name) => (value: unknown) => envelope([images({ ...image, [name]: value }, image)]),
    ),
  );
  fc.assert(
    fc.property(place, json, (at, value) => void judgeFrame(frameOf(at(value)))),
    { numRuns: 1_000 },
  );
});

test('a well-formed message with bytes changed, cut out or put in has an outcome', () => {
  const place = fc.nat({ max: wellFormed.length });
  const change = fc.oneof(
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '-', '1e999', '0.12345678901234567', 'null')
      .map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(place, fc.nat({ max: 40 }), change, (at, cut, bytes) => {
      judgeFrame(Buffer.concat([wellFormed.subarray(0, at), bytes, wellFormed.subarray(at + cut)]));
    }),
    { numRuns: 2_000 },
  );
});

test('a well-formed message that is cut off anywhere is a dead letter', () => {
  for (let length = 0; length < wellFormed.length; length++) {
    expect(receive(wellFormed.subarray(0, length))).toMatchObject({ kind: 'rejected', reason: 'not-json' });
  }
});
