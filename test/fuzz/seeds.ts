import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { envelope, envelopeText, image, images, job, jobs, jobsText } from '../helpers/messages.ts';
import { anonymous, cases } from '../helpers/truth-table.ts';
import { codecLimits } from './codec-oracle.ts';

const fixtures = join(import.meta.dirname, '../fixtures/nbwss/*.json');
const ids = ['e4ecaf4f-1d29-4d5f-a66f-b2c9d6c1e5d1', ' ', 'Größe "und" \\ 𝄞 \u2028', '\u0000', '__proto__'];
/** The first and the last second of the years that have a text, those beside them, and zeros of other kinds. */
const stamps = ['-62135596800', '-62135596801', '253402300799', '253402300800', '1e-400', '-0'];

const around = (...numbers: readonly number[]) =>
  numbers.flatMap((number) => [-2, -1, 0, 1, 2].map((by) => String(number + by)));
const entry = (name: string, value: string) => `{"jobId":1,"clientName":"c","${name}":${value}}`;
/** Entries with a number at the edge of what its field holds, or a name at the edge of what a key may have. */
const edges = [
  around(2 ** 53 - 2, -(2 ** 52)).flatMap((value) => [entry('jobId', value), entry('parentJobId', value)]),
  around(2 ** 31 - 1, -(2 ** 31)).map((value) => entry('status', value)),
  around(9_007_199_254_740, -4_503_599_627_370).map((value) => entry('startTime', value)),
  ['c'.repeat(4096), 'c'.repeat(4097), 'ä'.repeat(2048), `${'ä'.repeat(2048)}c`].map((name) =>
    entry('clientName', JSON.stringify(name)),
  ),
];

/** As JSON text between quotes: names that every object has, and one that is no Unicode. */
const names = ['__proto__', 'constructor', 'toJSON', String.raw`\ud800`];
/** In an id, where text that is decoded all the same would still be JSON. */
const notUtf8 = Buffer.from(envelopeText('[]', '"\xff"'), 'latin1');

/** Where fuzzing begins: the documented samples, every row of the truth table, and both sides of its limits. */
export function seedFrames(): Buffer[] {
  const samples = globSync(fixtures).toSorted();
  const texts = [
    ...cases.map(({ frame, payload = '[]' }) => frame?.('"M1"') ?? envelopeText(payload)),
    ...anonymous.map(({ frame }) => frame),
    ...stamps.map((stamp) => envelopeText('[]').replace(/"timeStamp":\d+/, `"timeStamp":${stamp}`)),
    ...ids.map((id) => JSON.stringify(envelope([jobs(job), images(image)], { id }))),
    ...edges.map((entries) => jobsText(...entries)),
    ...names.map((name) => jobsText(entry(name, '{"a":1}'), entry('status', '0'))),
    `${'['.repeat(8_000)}${']'.repeat(8_000)}`,
    ...[-1, 0, 1].flatMap((by) => [
      ofEntries(codecLimits.maxEntries + by),
      ofLevels(codecLimits.maxDepth + by),
    ]),
  ];
  return [...samples.map((file) => readFileSync(file)), ...texts.map((text) => Buffer.from(text)), notUtf8];
}

/** One of them is a notification that can't be read. */
function ofEntries(count: number): string {
  const entries = Array.from({ length: count - 1 }, () => ({ jobId: 1, clientName: 'c' }));
  return JSON.stringify(envelope([jobs(...entries), null]));
}

/** Envelope, payload, notification, data and entry are five. */
function ofLevels(count: number): string {
  const deep = `${'['.repeat(count - 5)}${']'.repeat(count - 5)}`;
  return jobsText(`{"jobId":1,"clientName":"c","deep":${deep}}`);
}
