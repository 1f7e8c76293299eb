import type { Type } from 'avsc';
import { reasonOf } from '../errors.ts';
import type { Frame } from '../protocol/frame.ts';
import { type Entry, type EntryName, type ImageEntry, type JobEntry } from '../split/entry.ts';
import { type CloudEventType, cloudEventHeaders } from './cloud-events.ts';
import { clientNameOf, compileDeadLetter, type DeadLetter, deadLetterValues, rawOf } from './dead-letter.ts';
import { type FieldType, readSchema, SchemaError, unusableDefaults } from './field-type.ts';
import { compileProjection } from './projection.ts';
import { createKeys } from './key.ts';
import { type KafkaRecord, maxKeyBytes, type RecordHeaders, recordTimestamp } from './record.ts';
import { createSlabWriter } from './slab.ts';
import { EncodeError } from './value.ts';

/** One version of a subject, as the registry knows it. */
export interface RegisteredSchema {
  readonly subject: string;
  readonly id: number;
  readonly version: number;
  /** The schema's JSON text. */
  readonly schema: string;
  /** The texts of the schemas that it refers to, each behind those that it refers to itself. */
  readonly references?: readonly string[];
  /** Whether those of its defaults that can't be written count as none: there is no version that could be written with otherwise. */
  readonly dropsDefaults?: true;
}

/** What is kept for each of the three topics. */
export interface PerTopic<T> {
  readonly jobs: T;
  readonly images: T;
  readonly deadLetters: T;
}

/** Turns an entry into its record. @throws EncodeError (permanent) only */
export type Encode = (entry: Entry) => KafkaRecord;
/** Turns a dead letter into its record, its raw bytes cut to `maxRawBytes`. Never throws. */
export type EncodeDeadLetter = (letter: DeadLetter, maxRawBytes: number) => KafkaRecord;

export interface Encoder {
  readonly encode: Encode;
  readonly encodeDeadLetter: EncodeDeadLetter;
}

export interface EncoderOptions {
  readonly topics: PerTopic<string>;
  readonly schemas: PerTopic<RegisteredSchema>;
  /** Adds CloudEvents headers to every record; off by default, because headers are dear. */
  readonly cloudEvents: boolean;
  /** What all records of a frame carry beside: the context of its trace. Default: nothing. */
  readonly traceHeaders?: (frame: Frame) => RecordHeaders | undefined;
  /** Told of each record in which a time that no reader could hold is null. */
  readonly onOddTime?: (primary: string) => void;
  /** Told each time that a default was needed which can't be written. */
  readonly onDefaultDropped?: (subject: string) => void;
}

/**
 * Compiles the registry's schemas into an encoder.
 * @throws SchemaError naming the subject, its version and the field that can't be written
 */
export function createEncoder({
  topics,
  schemas,
  cloudEvents,
  traceHeaders = () => undefined,
  onOddTime = () => {},
  onDefaultDropped = () => {},
}: EncoderOptions): Encoder {
  const write = createSlabWriter();
  const keyOf = createKeys();
  const project =
    ({ subject }: RegisteredSchema) =>
    (fields: readonly FieldType[]) =>
      compileProjection(fields, {
        oddTime: (entry) => onOddTime(entry.origin.primary),
        defaultDropped: () => onDefaultDropped(subject),
      });
  const job = compile(schemas.jobs, project(schemas.jobs));
  const image = compile(schemas.images, project(schemas.images));
  const dead = compile(schemas.deadLetters, compileDeadLetter);

  function encodeEntry(entry: JobEntry | ImageEntry): KafkaRecord {
    const { origin, clientName } = entry;
    const key = keyOf(clientName);
    const { schema, toValues, construct, type } = entry.kind === 'job' ? job : image;
    const values = toValues(entry);
    const record = construct(values);
    // The array stays: it must not hold megabytes until the next entry.
    values.fill(undefined);
    return {
      topic: entry.kind === 'job' ? topics.jobs : topics.images,
      key,
      value: write(schema.id, type, record),
      timestamp: recordTimestamp(origin.notifiedAt, origin.receivedAt),
      entry,
      ...headers(`netbackup.${entry.kind}`, entry, clientName),
    };
  }

  function headers(type: CloudEventType, entry: EntryName, clientName: string | null) {
    const traced = traceHeaders(entry.origin.frame);
    if (!cloudEvents) return traced === undefined ? undefined : { headers: traced };
    return { headers: { ...cloudEventHeaders(type, entry, clientName), ...traced } };
  }

  return {
    encode(entry) {
      if (entry.kind === 'unwritable') throw new EncodeError(entry.reason, entry.detail);
      return encodeEntry(entry);
    },
    encodeDeadLetter(letter, maxRawBytes) {
      const { entry } = letter;
      const clientName = clientNameOf(entry);
      const name = clientName === null || Buffer.byteLength(clientName) > maxKeyBytes ? null : clientName;
      const { raw, rawTruncated } = rawOf(letter, maxRawBytes);
      const values = dead.toValues(deadLetterValues(letter, raw, rawTruncated));
      return {
        topic: topics.deadLetters,
        key: Buffer.from(name ?? entry.origin.primary),
        value: write(dead.schema.id, dead.type, dead.construct(values)),
        timestamp: entry.origin.receivedAt,
        entry,
        ...headers('netbackup.dead-letter', entry, name),
      };
    },
  };
}

/** @throws SchemaError, as `createEncoder`, where what is written to this topic can't be written with the schema */
export function checkWritable(use: keyof PerTopic<unknown>, schema: RegisteredSchema): void {
  if (use === 'deadLetters') compile(schema, compileDeadLetter);
  else compile(schema, (fields) => compileProjection(fields));
}

interface Compiled<From> {
  readonly schema: RegisteredSchema;
  readonly type: Type;
  /** In an array that the next call fills anew. */
  readonly toValues: (from: From) => unknown[];
  readonly construct: (values: readonly unknown[]) => unknown;
}

function compile<From>(
  schema: RegisteredSchema,
  project: (fields: readonly FieldType[]) => (from: From) => unknown[],
): Compiled<From> {
  try {
    const read = readSchema(schema.schema, schema.references);
    const [unusable] = schema.dropsDefaults === true ? [] : unusableDefaults(read);
    if (unusable !== undefined) throw new SchemaError(unusable);
    return { schema, type: read.type, toValues: project(read.fields), construct: read.construct };
  } catch (error) {
    const { subject, version, id } = schema;
    const what = `subject ${subject}, version ${version} (schema id ${id}), can't be written with: ${reasonOf(error)}`;
    throw new SchemaError(`${what}. Register a version that the bridge can write, see schemas/.`, error);
  }
}
