import { expect, test } from 'vitest';
import { deadLetterOf, deadLetterOverheadBytes } from '../../../src/encode/dead-letter.ts';
import { EncodeError } from '../../../src/encode/value.ts';
import { split } from '../../../src/split/split.ts';
import {
  envelope,
  envelopeText,
  frameOf,
  image,
  images,
  job,
  jobs,
  jobsText,
  requestOf,
} from '../../helpers/messages.ts';
import { plus } from '../../helpers/schema-evolution.ts';
import { encoderWith, recordsOf, schemas, topics, valueOf } from '../../helpers/schemas.ts';

const entry = JSON.stringify({ ...job, jobId: 'x' });

function rawOf(maxRawBytes: number, sent: string | Buffer = jobsText(entry)) {
  const [record] = recordsOf(requestOf(sent), encoderWith(), maxRawBytes);
  const { raw, rawTruncated } = valueOf(record);
  return { raw: (raw as Buffer).toString('latin1'), rawTruncated };
}

test('the raw bytes are whole where they fit, and cut with a mark where they do not', () => {
  expect(rawOf(entry.length)).toEqual({ raw: entry, rawTruncated: false });
  expect(rawOf(entry.length - 1)).toEqual({ raw: entry.slice(0, -1), rawTruncated: true });
  expect(rawOf(1)).toEqual({ raw: '{', rawTruncated: true });
});

test.each([0, -1, -1_000_000])('without room for raw bytes (%d) a dead letter goes without them', (room) => {
  expect(rawOf(room)).toEqual({ raw: '', rawTruncated: true });
});

test('raw bytes are cut by bytes, also within a character', () => {
  const sent = Buffer.from('"€€€');
  expect(rawOf(3, sent)).toEqual({ raw: sent.subarray(0, 3).toString('latin1'), rawTruncated: true });
});

test.each([100_000, 1_000_000, 8 * 1024 * 1024])('raw bytes of any length are kept: %d', (length) => {
  const sent = Buffer.alloc(length, 'not JSON');
  expect(rawOf(length, sent).raw === sent.toString('latin1')).toBe(true);
  expect(rawOf(length - 1, sent).raw.length).toBe(length - 1);
});

test.each([
  ['without a bound in the entry', { clientName: 'c', jobId: 'x'.repeat(1_000_000) }],
  ['in the name of a field', { clientName: 'c', ['x'.repeat(1_000_000)]: 1 }],
  ['in the key', { clientName: 'x'.repeat(1_000_000), jobId: 1 }],
  ['in the name of a value that is wrong', { clientName: 'c', sizes: { ['/'.repeat(600_000)]: 'no long' } }],
  ['in many such names', { clientName: '€'.repeat(1365), sizes: { ['~'.repeat(1_000)]: 'no long' } }],
])('a dead letter takes little beside its raw bytes, whatever is sent: %s', (_, bad) => {
  const sizes = { name: 'sizes', type: ['null', { type: 'map', values: 'long' }], default: null };
  const evolved = { ...schemas.jobs, schema: JSON.stringify(plus(sizes)(JSON.parse(schemas.jobs.schema))) };
  for (const object of ['JOB', '€'.repeat(64), '\ud800'.repeat(64), 'x'.repeat(1_000_000)]) {
    const notificationType = object === 'JOB' ? '€'.repeat(64) : 'x'.repeat(1_000_000);
    const sent = envelope([{ object, notificationType, data: [bad] }, jobs()], { id: '€'.repeat(128) });
    const encoder = encoderWith({ cloudEvents: true, schemas: { jobs: evolved } });
    const records = recordsOf(requestOf(sent), encoder, 0);
    expect(records.map(({ topic }) => topic)).toEqual([topics.deadLetters]);
    for (const { key, value, headers } of records) {
      expect(key.length).toBeLessThanOrEqual(4096);
      const taken = value.length + Buffer.byteLength(JSON.stringify(headers));
      expect(taken).toBeLessThanOrEqual(deadLetterOverheadBytes);
    }
  }
});

test('a record that Kafka refuses becomes a dead letter of its entry, with its key', () => {
  const good = JSON.stringify(image);
  const [first] = split(requestOf(envelopeText(`[{"object":"IMAGE","data":[ ${good} ]}]`)));
  if (first === undefined) throw new Error('there is no entry');
  const record = encoderWith().encodeDeadLetter(
    deadLetterOf(first, new EncodeError('too-large', 'too much')),
    1_000,
  );
  expect(record).toMatchObject({ topic: topics.deadLetters, key: frameOf('client-a'), entry: first });
  expect(valueOf(record)).toMatchObject({
    entryIndex: 0,
    object: 'IMAGE',
    reason: 'too-large',
    error: 'too much',
    paths: ['/payload/0/data/0'],
    raw: frameOf(good),
  });
});

test('the path of a field is a JSON pointer, its special characters escaped', () => {
  const [first] = split(requestOf(envelope([images(image)])));
  if (first === undefined) throw new Error('there is no entry');
  const letter = deadLetterOf(first, new EncodeError('wrong-type', 'bad', ['a/b~c']));
  expect(valueOf(encoderWith().encodeDeadLetter(letter, 100))['paths']).toEqual([
    '/payload/0/data/0/a~1b~0c',
  ]);
});

test('of duplicate keys the dead letter holds what was judged: the last', () => {
  const sent = envelopeText('[]').replace('[]', `[],"payload":[{"object":"JOB","data":[],"data":[5]}]`);
  expect(rawOf(100, sent)).toEqual({ raw: '5', rawTruncated: false });
});
