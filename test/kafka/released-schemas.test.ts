import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  currentSchema,
  type RecordSchema,
  releasedVersions,
  type SchemaName,
  schemaNames,
  withoutDocs,
} from '../../tools/schemas/versions.ts';
import { readValues } from '../helpers/independent-values.ts';
import {
  altered,
  type Change,
  encodeWith,
  plus,
  readerOf,
  renamed,
  without,
} from '../helpers/schema-evolution.ts';
import { harmBetween } from '../helpers/schema-harm.ts';
import { valuesOf } from '../helpers/schema-values.ts';
import { freshSubject, type Subject, taken } from '../helpers/subjects.ts';

/** The released versions, and this release's where it says something new. */
function versionsOf(name: SchemaName): RecordSchema[] {
  const released = releasedVersions(name).map(({ schema }) => schema);
  const current = currentSchema(name);
  return released.some((schema) => withoutDocs(schema) === withoutDocs(current))
    ? released
    : [...released, current];
}

describe.each(schemaNames)('%s', (name) => {
  const versions = versionsOf(name);

  test('a FULL_TRANSITIVE subject takes every version in order, and this release’s with its own docs', async () => {
    const subject = await freshSubject('FULL_TRANSITIVE');
    for (const schema of versions) await taken(subject, schema);
    expect(await subject.versions()).toEqual(versions.map((_, at) => at + 1));
    await taken(subject, currentSchema(name));
  });

  test('Python’s reader of every version reads the records of every other, as avsc does', async () => {
    const subject = await freshSubject('FULL_TRANSITIVE');
    for (const writer of versions) {
      const header = headerOf(await taken(subject, writer));
      const bodies = fc.sample(timed(writer), 25).map((value) => encodeWith(writer, value));
      const reads = versions.flatMap((reader) => bodies.map((body) => ({ reader, body })));
      const seen = await readValues(
        reads.map(({ reader, body }) => ({
          value: Buffer.concat([header, body]),
          reader: JSON.stringify(reader),
        })),
      );
      expect(seen).toEqual(
        reads.map(({ reader, body }) => ({ value: inText(readerOf(reader, writer)(body)) })),
      );
    }
  });
});

const job = currentSchema('netbackup-job');

async function subjectWithJob(): Promise<Subject> {
  const subject = await freshSubject('FULL_TRANSITIVE');
  await taken(subject, job);
  return subject;
}

test.each<[string, Change]>([
  ['a field of which older records have no value', plus({ name: 'site', type: 'string' })],
  ['a required field is gone', without('jobId')],
  ['a required field may be null', altered('jobId', { type: ['null', 'long'], default: null })],
  ['a required field is renamed', renamed('jobId', 'jobNumber')],
  ['an int becomes a long', altered('status', { type: ['null', 'long'] })],
])('a FULL_TRANSITIVE subject refuses an evolution that harms readers: %s', async (_, change) => {
  expect(await (await subjectWithJob()).offer(change(job))).toEqual({ refused: expect.any(String) });
});

test.each<[string, Change]>([
  ['an optional field is renamed', renamed('policyName', 'policy')],
  ['a timestamp becomes a number', altered('startTime', { type: ['null', 'long'] })],
  ['text becomes bytes', altered('state', { type: ['null', 'bytes'] })],
])('the registry takes what still harms readers, and our own check does not: %s', async (_, change) => {
  expect(await (await subjectWithJob()).offer(change(job))).toEqual({ id: expect.any(Number) });
  expect(harmBetween(change(job), job)).not.toEqual([]);
});

test('FULL looks at the last version only: a field that goes and comes back with another type passes, FULL_TRANSITIVE refuses it', async () => {
  const gone = without('policyName')(job);
  const back = plus({ name: 'policyName', type: ['null', 'long'], default: null })(gone);
  for (const [level, verdict] of [
    ['FULL', { id: expect.any(Number) }],
    ['FULL_TRANSITIVE', { refused: expect.any(String) }],
  ] as const) {
    const subject = await freshSubject(level);
    await taken(subject, job);
    await taken(subject, gone);
    expect(await subject.offer(back), level).toEqual(verdict);
  }
});

function headerOf(id: number): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return header;
}

/** Values whose times Python's datetime can hold: the years 1 to 9999. */
function timed(schema: RecordSchema): fc.Arbitrary<Record<string, unknown>> {
  const isTime = (name: string) => /(?:Time|At)$/.test(name);
  return valuesOf(schema).map((value) =>
    Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        isTime(name) && inner !== null ? Number(inner) % 60e12 : inner,
      ]),
    ),
  );
}

/** Bytes as the reader's program prints them. */
function inText(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      Buffer.isBuffer(inner) ? inner.toString('base64') : inner,
    ]),
  );
}
