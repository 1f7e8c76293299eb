/** The vendor's documented notifications, and the records that each must become. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface GoldenRecord {
  /** The default name of the topic. */
  readonly topic: string;
  readonly key: string;
  /** In a topic of twelve. */
  readonly partition: number;
  readonly cloudEvents: Readonly<Record<string, string>>;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface GoldenSample {
  readonly file: string;
  /** The message, byte for byte. */
  readonly frame: Buffer;
  readonly id: string;
  /** In the order of the entries. */
  readonly golden: readonly GoldenRecord[];
}

const fixtures = join(import.meta.dirname, '../fixtures');

export const goldenSamples: readonly GoldenSample[] = readdirSync(join(fixtures, 'golden')).map((file) => {
  const frame = readFileSync(join(fixtures, 'nbwss', file));
  const { id } = JSON.parse(frame.toString()) as { id: string };
  const golden = JSON.parse(readFileSync(join(fixtures, 'golden', file), 'utf8')) as GoldenRecord[];
  return { file, frame, id, golden };
});
