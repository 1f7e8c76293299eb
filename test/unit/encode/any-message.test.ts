import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldName, jsonText, meaningOf, objectText } from '../../helpers/json-text.ts';
import { arrivedAt, envelopeText, requestOf, stampedAt } from '../../helpers/messages.ts';
import { encoderWith, recordsOf, topics, valueOf } from '../../helpers/schemas.ts';

/** A field of an entry: its JSON text, and what the record has to hold. */
interface Field {
  readonly text: string;
  readonly value: unknown;
}

const asSent = (value: unknown): Field => ({ text: JSON.stringify(value), value });
const absent: Field = { text: '', value: null };
const nothing = fc.constantFrom(absent, asSent(null));

const string = fc.string({ unit: 'binary', maxLength: 40 }).map(asSent);
const int = fc.integer().map(asSent);
const long = fc.integer({ min: -(2 ** 52), max: 2 ** 53 - 2 }).map(asSent);
const time = fc
  .integer({ min: -62_135_596_800, max: 253_402_300_799 })
  .map((seconds) => ({ text: String(seconds), value: seconds * 1000 }));

const optional = (field: fc.Arbitrary<Field>) => fc.oneof({ weight: 5, arbitrary: field }, nothing);

const job = fc.record({
  jobId: long,
  parentJobId: optional(long),
  jobType: optional(string),
  state: optional(string),
  status: optional(int),
  startTime: optional(time),
  clientName: string,
  policyName: optional(string),
  policyType: optional(string),
  scheduleType: optional(string),
});
const image = fc.record({
  backupId: string,
  backupTime: optional(time),
  createdTime: optional(time),
  operationId: optional(string),
  clientName: string,
  clientType: optional(string),
});

interface Entry {
  readonly topic: string;
  readonly known: Readonly<Record<string, Field>>;
  readonly unknown: readonly (readonly [string, string])[];
}

function entryOf(topic: string, known: fc.Arbitrary<Readonly<Record<string, Field>>>): fc.Arbitrary<Entry> {
  const unknown = fc.uniqueArray(fc.tuple(fieldName, jsonText), { maxLength: 4, selector: ([name]) => name });
  return fc.record({ topic: fc.constant(topic), known, unknown }).map((entry) => {
    return { ...entry, unknown: entry.unknown.filter(([name]) => !Object.hasOwn(entry.known, name)) };
  });
}

function textOf({ known, unknown }: Entry): string {
  const sent = Object.entries(known).filter(([, { text }]) => text !== '');
  return objectText([...unknown, ...sent.map(([name, { text }]) => [name, text] as const)]);
}

const notification = fc
  .constantFrom(
    { object: 'JOB', entry: entryOf(topics.jobs, job) },
    { object: 'IMAGE', entry: entryOf(topics.images, image) },
  )
  .chain(({ object, entry }) =>
    fc.record({ object: fc.constant(object), entries: fc.array(entry, { maxLength: 4 }) }),
  );

test('any well-formed message becomes one record for each entry, in order, that holds every field that was sent', () => {
  const encoder = encoderWith();
  const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(id, fc.array(notification, { maxLength: 4 }), (messageId, notifications) => {
      const payload = notifications.map(
        ({ object, entries }) =>
          `{"object":"${object}","notificationType":"INFO","data":[${entries.map(textOf).join()}]}`,
      );
      const request = requestOf(envelopeText(`[${payload.join()}]`, JSON.stringify(messageId)));
      const entries = notifications.flatMap(({ entries }) => entries);
      const records = recordsOf(request, encoder);

      expect(records.map(({ topic }) => topic)).toEqual(entries.map(({ topic }) => topic));
      entries.forEach(({ known, unknown }, entryIndex) => {
        const record = records[entryIndex];
        const { extra, ...value } = valueOf(record);
        expect(record?.key.toString()).toBe(known['clientName']?.value);
        expect(record?.timestamp).toBe(stampedAt * 1000);
        expect(value).toEqual({
          primary: 'primary1',
          messageId,
          entryIndex,
          notificationType: 'INFO',
          notifiedAt: stampedAt * 1000,
          ...Object.fromEntries(Object.entries(known).map(([name, field]) => [name, field.value])),
        });
        const kept = Object.entries(extra as Record<string, string>);
        expect(kept.map(([name, text]) => [name, meaningOf(text)]).toSorted(byName)).toEqual(
          unknown.map(([name, text]) => [name, meaningOf(text)]).toSorted(byName),
        );
      });
    }),
    { numRuns: 500 },
  );
});

test('any entry has a record of its own kind or a dead letter of its own bytes, and its siblings do not change', () => {
  const encoder = encoderWith();
  const good = '{"jobId":1,"clientName":"good"}';
  const entry = fc.oneof(
    jsonText,
    fc
      .tuple(fc.constantFrom('jobId', 'clientName', 'status', 'startTime', 'state'), jsonText)
      .map(([name, text]) => `{"jobId":1,"clientName":"c","${name}":${text}}`),
  );
  fc.assert(
    fc.property(entry, (text) => {
      const sent = envelopeText(`[{"object":"JOB","data":[${good}, ${text} ,${good}]}]`);
      const [before, record, after] = recordsOf(requestOf(sent), encoder);
      expect([valueOf(before)['entryIndex'], valueOf(after)['entryIndex']]).toEqual([0, 2]);
      expect([before?.topic, after?.topic]).toEqual([topics.jobs, topics.jobs]);
      if (record?.topic === topics.jobs) return;
      const value = valueOf(record);
      expect(value).toMatchObject({ entryIndex: 1, messageId: 'M1', object: 'JOB', receivedAt: arrivedAt });
      expect((value['raw'] as Buffer).toString()).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});

function byName([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}
