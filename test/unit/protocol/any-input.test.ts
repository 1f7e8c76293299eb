import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '../../../src/protocol/message.ts';
import { split } from '../../../src/split/split.ts';
import { envelope, frameOf, image, images, job, jobs, receive } from '../../helpers/messages.ts';
import { encoderWith, recordsOf, topics, valueOf } from '../../helpers/schemas.ts';

const encoder = encoderWith();
const sample = JSON.stringify(envelope([jobs(job, { ...job, more: ['ä', 0] }), images(image, image)]));
const wellFormed = frameOf(sample.replace('"ä",0', '"ä",1e400'));

/** What holds of any frame whatever: an outcome of the truth table, and nothing that was not sent. */
function expectAnOutcome(bytes: Buffer): void {
  const message: Message = receive(bytes);
  if (message.kind === 'connect' || message.kind === 'ignored') return;
  const request = { ...message, primary: 'primary1' };
  const entries = split(request);
  const records = recordsOf(request, encoder);
  if (message.kind === 'rejected') expect(entries).toHaveLength(1);
  expect(records).toHaveLength(entries.length);
  for (const record of records) {
    const value = valueOf(record);
    expect(value['messageId']).toBe(message.id);
    if (record.topic !== topics.deadLetters) continue;
    const raw = value['raw'] as Buffer;
    expect(bytes.includes(raw)).toBe(true);
    if (message.kind === 'rejected') expect(raw.equals(bytes)).toBe(true);
    expect(value['rawTruncated']).toBe(false);
  }
}

test('any bytes have an outcome', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expectAnOutcome(Buffer.from(bytes))));
});

test('any text has an outcome', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => expectAnOutcome(Buffer.from(text))));
});

test('any JSON has an outcome', () => {
  fc.assert(fc.property(fc.json({ maxDepth: 40 }), (text) => expectAnOutcome(Buffer.from(text))));
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
    fc.property(place, json, (at, value) => expectAnOutcome(frameOf(at(value)))),
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
      expectAnOutcome(Buffer.concat([wellFormed.subarray(0, at), bytes, wellFormed.subarray(at + cut)]));
    }),
    { numRuns: 2_000 },
  );
});

test('a well-formed message that is cut off anywhere is a dead letter', () => {
  for (let length = 0; length < wellFormed.length; length++) {
    expect(receive(wellFormed.subarray(0, length))).toMatchObject({ kind: 'rejected', reason: 'not-json' });
  }
});
