/** How many entries a second become records in this process, beside `avsc` alone. No broker takes part. */
import { readFileSync } from 'node:fs';
import avro from 'avsc';
import { createEncoder, type RegisteredSchema } from '../src/encode/encoder.ts';
import { decodeMessage } from '../src/protocol/codec.ts';
import { generateMessages } from '../src/simulator/generate.ts';
import type { Entry } from '../src/split/entry.ts';
import { split } from '../src/split/split.ts';

const roundMs = 1_000;
const slabBytes = 64 * 1024;

const topics = { jobs: 'jobs', images: 'images', deadLetters: 'dead-letters' };
const schemas = {
  jobs: schemaOf('netbackup-job'),
  images: schemaOf('netbackup-image'),
  deadLetters: schemaOf('dead-letter'),
};

/** Records a second. `avsc` only writes values that are made already: there is no entry to project, no key and no wire format. */
export interface EncodeRate {
  /** `type.toBuffer`: a buffer for each record, as the encode stage gives. */
  readonly avsc: number;
  /** `type.encode` into one piece of memory, which it fills again and again. */
  readonly avscInPlace: number;
  readonly encode: number;
}

export function measureEncode(rounds: number): EncodeRate[] {
  const entries = jobEntries(10_000);
  const { encode } = createEncoder({ topics, schemas, cloudEvents: false });
  const avsc = avscAlone(entries.map((entry) => encode(entry).value));
  const round = (): EncodeRate => ({
    avsc: perSecond(avsc.toBuffers, entries.length),
    avscInPlace: perSecond(avsc.inPlace, entries.length),
    encode: perSecond(() => entries.forEach((entry) => encode(entry)), entries.length),
  });
  round();
  return Array.from({ length: rounds }, round);
}

function schemaOf(file: string): RegisteredSchema {
  const schema = readFileSync(new URL(`../schemas/${file}.avsc`, import.meta.url), 'utf8');
  return { subject: file, id: 1, version: 1, schema };
}

function jobEntries(count: number): Entry[] {
  const choices = { seed: 1, entriesPerMessage: 100, jobShare: 1, clients: 500, timeStamp: 1_760_000_000 };
  const messages = generateMessages(choices).take(count / choices.entriesPerMessage);
  return messages
    .flatMap(({ frame }) => {
      const message = decodeMessage(frame, Date.now(), {
        maxEntries: 1_000,
        maxValues: 400_000,
        maxDepth: 64,
        maxNames: 10_000,
      });
      return message.kind === 'notification' ? split({ ...message, primary: 'primary1' }) : [];
    })
    .toArray();
}

/** The same records by `avsc` alone, from instances of its own class. */
function avscAlone(values: readonly Buffer[]) {
  const type = avro.Type.forSchema(JSON.parse(schemas.jobs.schema) as avro.Schema);
  const records = values.map((value) => type.fromBuffer(value.subarray(5)) as unknown);
  const slab = Buffer.allocUnsafeSlow(slabBytes);
  return {
    toBuffers: () => records.forEach((record) => type.toBuffer(record)),
    inPlace() {
      let position = 0;
      for (const record of records) {
        const end = type.encode(record, slab, position);
        position = end < 0 ? Math.abs(type.encode(record, slab, 0)) : end;
      }
    },
  };
}

/** @param once makes `records` of them */
function perSecond(once: () => void, records: number): number {
  const begun = performance.now();
  let made = 0;
  while (performance.now() - begun < roundMs) {
    once();
    made += records;
  }
  return (made * 1000) / (performance.now() - begun);
}
