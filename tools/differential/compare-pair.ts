/** One pair of versions: the bridge's verdict beside Java's checker, and beside what reading does. */
import { whatBreaks } from '../../src/encode/compatibility.ts';
import { readSchema, SchemaError } from '../../src/encode/field-type.ts';
import type { JavaReader, Read, Reader } from './readers.ts';
import type { Pair } from './shrink.ts';

/** What each said of a pair. */
export interface Verdicts {
  /** The bridge's sentences. */
  readonly breaks: readonly string[];
  /** Java's checker: COMPATIBLE, INCOMPATIBLE, or its exception. */
  readonly checker: string;
  /** Why random data of the writer's couldn't be read; null where all was. */
  readonly java: string | null;
  readonly fastavro: string | null;
}

const valuesOfPair = 8;

/** Null where one of the two is no schema that the bridge compiles. */
export async function comparePair(
  { reader, writer }: Pair,
  { java, fastavro }: { readonly java: JavaReader; readonly fastavro: Reader },
  seed: number,
): Promise<Verdicts | null> {
  const [readerText, writerText] = [plain(reader), plain(writer)];
  const breaks = breaksOf(readerText, writerText);
  if (breaks === null) return null;
  const { verdict, values } = await java.compare(readerText, writerText, valuesOfPair, seed);
  const question = { reader: readerText, writer: writerText, values };
  const [byJava, byFastavro] = await Promise.all([java.read(question), fastavro.read(question)]);
  return {
    breaks,
    checker: verdict,
    java: errorOf(byJava),
    fastavro: errorOf(byFastavro),
  };
}

/** As it is, but for logical types: fastavro reads these as dates, and random numbers are none. */
function plain(schema: object): string {
  return JSON.stringify(schema, (name, part: unknown) => (name === 'logicalType' ? undefined : part));
}

function breaksOf(reader: string, writer: string): string[] | null {
  try {
    return whatBreaks(readSchema(reader).type, readSchema(writer).type);
  } catch (error) {
    if (error instanceof SchemaError) return null;
    throw error;
  }
}

function errorOf(reads: readonly Read[]): string | null {
  return reads.map((read) => ('error' in read ? read.error : null)).find((error) => error !== null) ?? null;
}

/** What of the verdicts doesn't fit together; null where all does. A break says that some data can't be read, so that reading all of these proves nothing. */
export function conflictOf({ breaks, checker, java, fastavro }: Verdicts): string | null {
  const isReadable = breaks.length === 0;
  if (isReadable !== (checker === 'COMPATIBLE'))
    return isReadable ? "only Java's checker says that it breaks" : 'only the bridge says that it breaks';
  if (isReadable && java !== null) return "it breaks for Java's reader alone";
  if (isReadable && fastavro !== null) return 'it breaks for fastavro alone';
  return null;
}
