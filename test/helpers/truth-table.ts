/** The rows of the truth table that an authenticated primary can bring about with one message. */
import { envelopeText, image, job } from './messages.ts';

/** So that a message can exceed them. */
export const tableLimits = { maxEntries: 50, maxValues: 400_000, maxDepth: 16, maxNames: 10_000 };

/** A message, and what has to become of it. `payload` is JSON text, so that the raw bytes can be compared. */
export interface Case {
  readonly name: string;
  /** The whole frame, for the message id; default: a NOTIFICATION REQUEST with `payload`. */
  readonly frame?: (id: string) => string;
  readonly payload?: string;
  readonly deadLetters?: readonly Readonly<Record<string, unknown>>[];
  /** The raw bytes of the dead letters; null: of the whole frame. */
  readonly raw?: readonly (string | null)[];
  /** jobId of each job record, backupId of each image record. */
  readonly records?: readonly unknown[];
  /** Default: true. */
  readonly answered?: boolean;
}

const good = JSON.stringify({ ...job, jobId: 1 });
const next = JSON.stringify({ ...job, jobId: 2 });
const goodImage = JSON.stringify(image);
export const jobsOf = (...entries: string[]) =>
  `[{"notificationType":"INFO","object":"JOB","data":[${entries.join(' , ')}]}]`;
/** An entry between two good ones: their records, and its dead letter. */
const between = (name: string, entry: string, letter: Record<string, unknown>): Case => ({
  name,
  payload: jobsOf(good, entry, next),
  deadLetters: [{ entryIndex: 1, object: 'JOB', ...letter }],
  raw: [entry],
  records: [1, 2],
});
/** A frame with an id of which nothing can be delivered. */
const wholeFrame = (name: string, frame: (id: string) => string, reason: string): Case => ({
  name,
  frame,
  deadLetters: [{ reason, entryIndex: null, object: null, paths: [] }],
  raw: [null],
});

const longName = 'c'.repeat(4097);
export const cases: readonly Case[] = [
  between('an entry without clientName', '{"jobId" : 3,\t"state":"DONE"}', {
    reason: 'no-client-name',
    paths: ['/payload/0/data/1'],
  }),
  between('an entry whose clientName is no string', '{"jobId":3,"clientName":17}', {
    reason: 'no-client-name',
  }),
  between('an entry with a field of the wrong type', '{"jobId":"3", "clientName":"c"}', {
    reason: 'wrong-type',
    paths: ['/payload/0/data/1/jobId'],
  }),
  between('an entry without its jobId', '{"clientName":"c"}', {
    reason: 'missing',
    paths: ['/payload/0/data/1/jobId'],
  }),
  between('an entry that is a string', '"DONE"', { reason: 'not-an-object' }),
  between('an entry that is null', 'null', { reason: 'not-an-object' }),
  between('an entry that is an array', '[ 1, 2 ]', { reason: 'not-an-object' }),
  between('a number that can not be held exactly', '{"jobId":9007199254740993,"clientName":"c"}', {
    reason: 'inexact-number',
    paths: ['/payload/0/data/1/jobId'],
  }),
  between('a lone surrogate', String.raw`{"jobId":3,"clientName":"c","state":"\ud800"}`, {
    reason: 'bad-unicode',
  }),
  between('a key over 4 KiB', `{"jobId":3,"clientName":"${longName}"}`, {
    reason: 'key-too-long',
    paths: ['/payload/0/data/1/clientName'],
  }),
  {
    name: 'an unknown object beside good notifications',
    payload: `[{"object":"POLICY","data":[${good}]},{"object":"JOB","data":[${next}]}]`,
    deadLetters: [{ reason: 'unknown-object', entryIndex: 0, object: 'POLICY' }],
    raw: [good],
    records: [2],
  },
  {
    name: 'notifications without data and without object beside good ones: only elements of data are counted',
    payload: `[{"object":"JOB","data":[${good}]}, {"object":"JOB"}, {"data":[1]},{"object":"IMAGE","data":[${goodImage}]}]`,
    deadLetters: [
      { reason: 'notification-unreadable', entryIndex: null, paths: ['/payload/1'] },
      { reason: 'notification-unreadable', entryIndex: null, paths: ['/payload/2'] },
    ],
    raw: ['{"object":"JOB"}', '{"data":[1]}'],
    records: [1, image.backupId],
  },
  wholeFrame('no readable notification', (id) => envelopeText('[{"object":"JOB"}]', id), 'no-notification'),
  wholeFrame('a payload that is no array', (id) => envelopeText('{"a":1}', id), 'no-notification'),
  wholeFrame(
    'an unknown type',
    (id) => `{"id":${id},"type":"HELLO","subType":"REQUEST","payload":[]}`,
    'no-notification',
  ),
  wholeFrame(
    'more entries than the limit',
    (id) => envelopeText(jobsOf(...Array.from({ length: 51 }, () => good)), id),
    'too-many-entries',
  ),
  wholeFrame(
    'deeper nesting than the limit',
    (id) => envelopeText(jobsOf(`{"clientName":"c","deep":${'['.repeat(20)}${']'.repeat(20)}}`), id),
    'too-deep',
  ),
  { name: 'an empty payload', payload: '[]' },
  { name: 'empty data', payload: '[{"object":"JOB","data":[]}]' },
  { name: 'an empty clientName', payload: jobsOf('{"jobId":4,"clientName":""}'), records: [4] },
  {
    name: 'another version and no timeStamp',
    frame: (id) =>
      `{"version":"2.0","id":${id},"type":"NOTIFICATION","subType":"REQUEST","payload":${jobsOf(good)}}`,
    records: [1],
  },
  {
    name: 'duplicate keys: the last one counts',
    payload: jobsOf('{"jobId":5,"clientName":"first","clientName":"last","jobId":6}'),
    records: [6],
  },
  {
    name: 'times that no reader could hold: in milliseconds, and a never; the reader of this test stops at them',
    frame: (id) =>
      `{"version":"1.0","id":${id},"type":"NOTIFICATION","subType":"REQUEST","timeStamp":253402300800,"payload":` +
      `${jobsOf('{"jobId":7,"clientName":"c","startTime":1459829698000}', '{"jobId":8,"clientName":"c","startTime":9223372036854775807}')}}`,
    records: [7, 8],
  },
  {
    name: 'a COMMAND',
    frame: (id) => `{"id":${id},"type":"COMMAND","subType":"REQUEST","payload":{}}`,
    answered: false,
  },
  {
    name: 'a RESPONSE',
    frame: (id) => `{"id":${id},"type":"NOTIFICATION","subType":"RESPONSE","payload":[]}`,
    answered: false,
  },
];

/** Frames without a readable id: no answer is possible. */
export const anonymous = [
  { name: 'text that is not JSON', frame: 'not { json', reason: 'not-json' },
  { name: 'JSON that is no object', frame: '[1, 2]', reason: 'not-json' },
  { name: 'no id', frame: '{"type":"NOTIFICATION","subType":"REQUEST","payload":[]}', reason: 'no-id' },
] as const;
