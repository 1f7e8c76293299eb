import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AvroValue } from '../../helpers/avro-decoder.ts';
import { objectText } from '../../helpers/json-text.ts';
import { jobsText, requestOf } from '../../helpers/messages.ts';
import { encoderWith, recordsOf, schemas, topics, valueOf } from '../../helpers/schemas.ts';

/** What a field may become in a later version of the schema: its type, what is sent for it, and what is read for that. */
interface Evolved {
  readonly type: unknown;
  readonly sent: unknown;
  readonly read: unknown;
  /** The value holds more than the type has a place for. */
  readonly surplus: boolean;
}

const plain =
  (type: unknown) =>
  (value: unknown): Evolved => ({ type, sent: value, read: value, surplus: false });
const string = fc.string({ unit: 'binary', maxLength: 20 });
const long = fc.integer({ min: -(2 ** 52), max: 2 ** 53 - 2 });
const seconds = fc.integer({ min: -4_503_599, max: 9_007_199_254 });
const name = fc.constantFrom('constructor', '__proto__', 'toString', 'länge', 'a', 'b', 'c');

const leaf: fc.Arbitrary<Evolved> = fc.oneof(
  string.map(plain('string')),
  fc.boolean().map(plain('boolean')),
  fc.integer().map(plain('int')),
  long.map(plain('long')),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((value) => !Object.is(value, -0))
    .map(plain('double')),
  fc
    .float({ noNaN: true, noDefaultInfinity: true })
    .filter((value) => !Object.is(value, -0))
    .map(plain('float')),
  seconds.map((sent) => timed('timestamp-millis', sent, 1_000)),
  seconds.map((sent) => timed('timestamp-micros', sent, 1_000_000)),
  string.map(plain(['null', 'string'])),
  fc.constant(null).map(plain(['null', 'string'])),
  fc.oneof(string, long, fc.boolean(), fc.constant(null)).map(plain(['null', 'boolean', 'long', 'string'])),
  fc.constantFrom('ONE', 'TWO').map(plain({ type: 'enum', name: 'Numbers', symbols: ['ONE', 'TWO'] })),
  fc.dictionary(name, string).map(plain({ type: 'map', values: 'string' })),
  fc.array(long, { maxLength: 3 }).map(plain({ type: 'array', items: ['null', 'long'] })),
);

const record: fc.Arbitrary<Evolved> = fc
  .record({
    inner: leaf,
    more: fc.option(fc.dictionary(fc.constantFrom('x', 'y'), string), { nil: undefined }),
  })
  .map(({ inner, more }) => ({
    type: { type: 'record', name: 'Part', fields: [{ name: 'inner', type: inner.type }] },
    sent: { inner: inner.sent, ...more },
    read: { inner: inner.read },
    surplus: more !== undefined && Object.keys(more).length > 0,
  }));

function timed(logicalType: string, sent: number, perSecond: number): Evolved {
  return { type: { type: 'long', logicalType }, sent, read: sent * perSecond, surplus: false };
}

/** A field that the later version has beside those of today, or under a new name, or has no more. */
const gained = fc.record({ is: fc.constant('gained' as const), field: fc.oneof(leaf, record) });
const renamed = fc.record({ is: fc.constant('renamed' as const), field: fc.oneof(leaf, record) });
const lost = fc.record({ is: fc.constant('lost' as const), field: string.map(plain('string')) });

/** As JSON text gives it: without undefined values, and with an own `__proto__`. */
function asJson(value: unknown): string {
  return JSON.stringify(value);
}

/** Without the difference between objects with a prototype and without. */
function plainly(value: AvroValue | undefined): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('any entry and any later version of the schema give back every value that was sent', () => {
  const changes = fc.array(fc.oneof(gained, renamed, lost), { maxLength: 5 });
  const optionality = fc.array(fc.boolean(), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(changes, optionality, fc.boolean(), (steps, isSent, reversed) => {
      const sent: [string, string][] = [
        ['jobId', '1'],
        ['clientName', '"a"'],
      ];
      const expected: Record<string, unknown> = {};
      const extra: Record<string, string> = {};
      const fields = steps.flatMap(({ is, field }, index) => {
        const now = `field${index}`;
        const wire = is === 'renamed' ? `earlier${index}` : now;
        const given = isSent[index] === true;
        if (given) sent.push([wire, asJson(field.sent)]);
        if (given && (is === 'lost' || field.surplus)) extra[wire] = asJson(field.sent);
        if (is === 'lost') return [];
        expected[now] = given ? field.read : null;
        // Named types must differ; a value that isn't sent needs a type that may be empty.
        const type = JSON.parse(
          asJson(field.type).replaceAll(/"name":"(Part|Numbers)"/g, `"name":"$1${index}"`),
        );
        const branches = Array.isArray(type) ? type : ['null', type];
        return [{ name: now, type: given ? type : branches, ...(is === 'renamed' && { aliases: [wire] }) }];
      });
      const parsed = JSON.parse(schemas.jobs.schema) as { fields: object[] };
      const all = [...parsed.fields, ...fields];
      const later = JSON.stringify({ ...parsed, fields: reversed ? all.toReversed() : all });
      const jobs = { ...schemas.jobs, id: 77, version: 2, schema: later };

      const [written] = recordsOf(requestOf(jobsText(objectText(sent))), encoderWith({ schemas: { jobs } }));
      expect(written?.topic).toBe(topics.jobs);
      const value = valueOf(written, { jobs });
      for (const [field, read] of Object.entries(expected))
        expect(plainly(value[field]), field).toEqual(JSON.parse(asJson(read)));
      expect({ ...(value['extra'] as object) }).toEqual(extra);
    }),
    { numRuns: 1_000 },
  );
});
