/** The schemas of this release, and the released versions before it, as files of schemas/. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../schemas');

/** The files' names without `.avsc`, in the order of the dictionary. */
export const schemaNames = ['netbackup-job', 'netbackup-image', 'dead-letter'] as const;
export type SchemaName = (typeof schemaNames)[number];

/** A type of an Avro schema, as JSON. */
export type AvroType = string | readonly AvroType[] | { readonly [attribute: string]: unknown };

export interface Field {
  readonly name: string;
  readonly type: AvroType;
  readonly default?: unknown;
  readonly doc?: string;
  readonly aliases?: readonly string[];
}

export interface RecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly namespace: string;
  readonly doc?: string;
  readonly fields: readonly Field[];
}

export interface ReleasedVersion {
  readonly version: number;
  readonly schema: RecordSchema;
}

/** The schema that this release registers. */
export function currentSchema(name: SchemaName): RecordSchema {
  return read(`${name}.avsc`);
}

/** What was released, oldest first. The versions are ours: a registry counts its own. */
export function releasedVersions(name: SchemaName): ReleasedVersion[] {
  const released = join(folder, 'released', name);
  if (!existsSync(released)) return [];
  return readdirSync(released)
    .map((file) => ({ version: Number(file.replace(/\.avsc$/, '')), file }))
    .sort((a, b) => a.version - b.version)
    .map(({ version, file }) => ({ version, schema: read(`released/${name}/${file}`) }));
}

/** Everything that a reader's behaviour depends on, names, types, defaults and aliases, as one text; the docs are left out. */
export function withoutDocs(schema: RecordSchema): string {
  return JSON.stringify(sorted(schema));
}

function sorted(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(sorted);
  if (typeof part !== 'object' || part === null) return part;
  const entries = Object.entries(part).filter(([name]) => name !== 'doc');
  return Object.fromEntries(
    entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, name === 'default' ? value : sorted(value)]),
  );
}

function read(file: string): RecordSchema {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as RecordSchema;
}
