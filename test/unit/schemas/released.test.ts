import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  currentSchema,
  type RecordSchema,
  releasedVersions,
  schemaNames,
  withoutDocs,
} from '../../../tools/schemas/versions.ts';
import {
  altered,
  type Change,
  encodeWith,
  plus,
  readerOf,
  renamed,
  without,
} from '../../helpers/schema-evolution.ts';
import { harmBetween } from '../../helpers/schema-harm.ts';
import { valuesOf } from '../../helpers/schema-values.ts';

const schemas = join(import.meta.dirname, '../../../schemas');

/** SHA-256 of each released version, in their order: a line is added with a release, and never changed. */
const fingerprints = {
  'netbackup-job': ['5b233e1ba8d7f9746b985add7d19acc7f86f99e2b589eb889f6cbb1d8b961628'],
  'netbackup-image': ['6a1714a6e16b24b476ee6e0e0b9f2f135abede2fadde2925ed2c666fd6e435dc'],
  'dead-letter': ['ae2fb836b1ff13aec1e9f808279209e663d03e7ba8726b82d3a653c441407f4a'],
};

describe.each(schemaNames)('%s', (name) => {
  const released = releasedVersions(name);
  const current = currentSchema(name);
  const versions = [
    ...released.map(({ version, schema }) => ({ label: `version ${version}`, schema })),
    { label: 'the one of this release', schema: current },
  ];
  const pairs = versions.flatMap((reader) => versions.map((writer) => ({ reader, writer })));

  test('its released versions are numbered from 1, and never change', () => {
    const known = fingerprints[name];
    expect(released.map(({ version }) => version)).toEqual(known.map((_, at) => at + 1));
    const seen = released.map(({ version }) => {
      const file = readFileSync(join(schemas, `released/${name}/${version}.avsc`));
      return createHash('sha256').update(file).digest('hex');
    });
    expect(seen).toEqual(known);
  });

  test.each(pairs)('$reader.label reads any record of $writer.label', ({ reader, writer }) => {
    const read = readerOf(reader.schema, writer.schema);
    fc.assert(
      fc.property(valuesOf(writer.schema), (value) => {
        expect(read(encodeWith(writer.schema, value))).toEqual(asRead(reader.schema, value));
      }),
    );
  });

  test('no version changes or hides a value from the readers of another', () => {
    for (const { reader, writer } of pairs)
      expect(harmBetween(reader.schema, writer.schema), `${reader.label}, ${writer.label}`).toEqual([]);
  });

  test('it has what names an event and what keeps unknown fields, in every version', () => {
    const needed =
      name === 'dead-letter' ? ['primary', 'reason', 'raw'] : ['primary', 'messageId', 'entryIndex', 'extra'];
    for (const { schema } of versions)
      expect(schema.fields.map((field) => field.name)).toEqual(expect.arrayContaining(needed));
  });
});

/** A written value as a reader has to see it: what the writer lacks is the reader's default. */
function asRead({ fields }: RecordSchema, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    fields.map(({ name, default: fallback }) => [name, Object.hasOwn(value, name) ? value[name] : fallback]),
  );
}

const job = currentSchema('netbackup-job');

test.each<[string, Change]>([
  ['a field of which older records have no value', plus({ name: 'site', type: 'string' })],
  ['a required field is gone', without('jobId')],
  ['an int becomes a long', altered('status', { type: ['null', 'long'] })],
  ['a long becomes an int', altered('jobId', { type: 'int' })],
  ['a required field may be null', altered('jobId', { type: ['null', 'long'], default: null })],
  ['a field may no longer be null', altered('state', { type: 'string', default: '' })],
  ['text becomes bytes', altered('state', { type: ['null', 'bytes'] })],
  ['a timestamp becomes a number', altered('startTime', { type: ['null', 'long'] })],
  ['the values of extra become numbers', altered('extra', { type: { type: 'map', values: 'long' } })],
  ['a required field is renamed', renamed('jobId', 'jobNumber')],
  ['an optional field is renamed', renamed('policyName', 'policy')],
  ['the record is renamed', (schema) => ({ ...schema, name: 'Job' })],
  ['the record moves to another namespace', (schema) => ({ ...schema, namespace: 'nbwss.v2' })],
])('an evolution that harms readers is caught: %s', (_, change) => {
  expect(harmBetween(change(job), job)).not.toEqual([]);
});

test.each<[string, Change]>([
  ['an optional field', plus({ name: 'site', type: ['null', 'string'], default: null })],
  ['a field with a default', plus({ name: 'attempt', type: 'int', default: 1 })],
  ['an optional field less', without('policyName')],
  ['another order', (schema) => ({ ...schema, fields: schema.fields.toReversed() })],
  ['other docs', altered('state', { doc: 'Better.' })],
])('an evolution that harms nobody passes: %s', (_, change) => {
  expect(harmBetween(change(job), job)).toEqual([]);
});

test('a version that says the same in other words is the same version', () => {
  expect(withoutDocs({ ...altered('state', { doc: 'Better.' })(job), doc: 'Better.' })).toBe(
    withoutDocs(job),
  );
  for (const attributes of [{ default: 'DONE' }, { aliases: ['jobState'] }, { type: 'string' }])
    expect(withoutDocs(altered('state', attributes)(job))).not.toBe(withoutDocs(job));
});
