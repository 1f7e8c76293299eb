import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createEncoder,
  type Encoder,
  type PerTopic,
  type RegisteredSchema,
} from '../../src/encode/encoder.ts';
import { deadLetterOf } from '../../src/encode/dead-letter.ts';
import type { KafkaRecord } from '../../src/encode/record.ts';
import { EncodeError } from '../../src/encode/value.ts';
import type { NotificationRequest } from '../../src/protocol/message.ts';
import { split } from '../../src/split/split.ts';
import { type AvroValue, decodeWire } from './avro-decoder.ts';

export const topics: PerTopic<string> = {
  jobs: 'netbackup.jobs',
  images: 'netbackup.images',
  deadLetters: 'netbackup.dead-letters',
};

/** Ids that use each of their four bytes. */
export const schemas: PerTopic<RegisteredSchema> = {
  jobs: registered('netbackup-job', topics.jobs, 0x01020304),
  images: registered('netbackup-image', topics.images, 7),
  deadLetters: registered('dead-letter', topics.deadLetters, 0x7fffffff),
};

/** A schema of schemas/, as a registry would give it. */
function registered(file: string, topic: string, id: number): RegisteredSchema {
  const schema = readFileSync(join(import.meta.dirname, `../../schemas/${file}.avsc`), 'utf8');
  return { subject: `${topic}-value`, id, version: 1, schema };
}

export interface EncoderChoices {
  readonly schemas?: Partial<PerTopic<RegisteredSchema>>;
  readonly cloudEvents?: boolean;
  readonly onOddTime?: (primary: string) => void;
  readonly onDefaultDropped?: (subject: string) => void;
}

export function encoderWith(choices: EncoderChoices = {}): Encoder {
  return createEncoder({
    cloudEvents: false,
    ...choices,
    topics,
    schemas: { ...schemas, ...choices.schemas },
  });
}

/** A record's value, read with the schema that it names. */
export function valueOf(
  record: KafkaRecord | undefined,
  known: Partial<PerTopic<RegisteredSchema>> = {},
): Readonly<Record<string, AvroValue>> {
  if (record === undefined) throw new Error('there is no record');
  const byId = Object.values({ ...schemas, ...known }).map(({ id, schema }) => [id, schema] as const);
  return decodeWire(record.value, new Map(byId)).fields;
}

/** Every entry of a message as its record, or as the dead letter that it becomes, in order. */
export function recordsOf(
  message: NotificationRequest,
  { encode, encodeDeadLetter }: Encoder = encoderWith(),
  maxRawBytes = 10_000_000,
): KafkaRecord[] {
  return split(message).map((entry) => {
    try {
      return encode(entry);
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      return encodeDeadLetter(deadLetterOf(entry, error), maxRawBytes);
    }
  });
}
