import { expect, test } from 'vitest';
import { deadLetterOf, deadLetterValues, rawOf } from '../../../src/encode/dead-letter.ts';
import { EncodeError } from '../../../src/encode/value.ts';
import { type Letter, readLetter } from '../../../src/replay/letter.ts';
import { rebuild } from '../../../src/replay/rebuild.ts';
import type { Entry } from '../../../src/split/entry.ts';
import { split } from '../../../src/split/split.ts';
import {
  arrivedAt,
  envelope,
  image,
  images,
  job,
  jobs,
  limits,
  requestOf,
  stampedAt,
} from '../../helpers/messages.ts';

const later = arrivedAt + 86_400_000;
const place = { topic: 'dead', partition: 3, offset: '17', timestamp: arrivedAt };

/** The dead letter that the bridge would write of an entry, read back. */
function letterOf(entry: Entry | undefined): Letter {
  if (entry === undefined) throw new Error('there is no entry');
  const letter = deadLetterOf(entry, new EncodeError('wrong-type', 'is wrong', ['status']));
  const { raw, rawTruncated } = rawOf(letter, 1_000_000);
  const read = readLetter(place, { ...deadLetterValues(letter, raw, rawTruncated) });
  if (read === null) throw new Error('the bridge wrote no dead letter');
  return read;
}

test('an entry comes back with its event name, kind and fields as they were sent', () => {
  const text = `{"clientName":"c","jobId":9007199254740993,"a":"ä\\u0000","__proto__":{"b":[1.0]}}`;
  const entries = split(
    requestOf(
      JSON.stringify(envelope([images(image), jobs(job, 'HERE'), jobs(job)])).replace('"HERE"', text),
    ),
  );
  const rebuilt = rebuild(letterOf(entries[2]), limits, later);
  if (rebuilt.kind !== 'entry' || rebuilt.entry.kind !== 'job') throw new Error('it is no job entry');
  const { origin, entryIndex, fields, clientName, notificationType } = rebuilt.entry;
  expect({ entryIndex, clientName, notificationType }).toEqual({
    entryIndex: 2,
    clientName: 'c',
    notificationType: 'INFO',
  });
  expect(JSON.stringify(fields)).toBe(
    JSON.stringify(JSON.parse(text)).replace('9007199254740992', '9007199254740993'),
  );
  expect(origin).toMatchObject({
    primary: 'primary1',
    messageId: envelope([]).id,
    notifiedAt: stampedAt * 1000,
    receivedAt: later,
  });
});

test('an entry whose dead letter has no notifiedAt takes the time of arrival, and no type', () => {
  const [entry] = split(requestOf(envelope([jobs({ clientName: 'c', jobId: 'x' })])));
  const letter = { ...letterOf(entry), notifiedAt: null, notificationType: null };
  const rebuilt = rebuild(letter, limits, later);
  if (rebuilt.kind !== 'entry') throw new Error('it is no entry');
  expect(rebuilt.entry).toMatchObject({ origin: { notifiedAt: arrivedAt }, notificationType: null });
});

test.each([
  ['that is a job otherwise', '{"clientName":"c","jobId":1}'],
  ['that failed for something else', '{"clientName":"c","jobId":"x"}'],
])(
  'an entry %s, of a notification whose type no record can have, is not sent under another type',
  (_, entry) => {
    const sent = JSON.stringify(envelope([jobs('HERE')]))
      .replace('"HERE"', entry)
      .replace('INFO', '\\ud800');
    const [letter] = split(requestOf(sent)).map(letterOf);
    expect(letter?.notificationType).toBe('\ufffd');
    expect(rebuild(letter as Letter, limits, later)).toEqual({
      kind: 'impossible',
      why: 'unwritable',
      detail: 'its notificationType holds a lone surrogate, so that no record can have it',
    });
  },
);

test('a frame comes back as the whole message, with the time stamp and types that were sent', () => {
  const frame = envelope([images(image), jobs(job, job)]);
  const tooMany = requestOf(frame);
  const letter = {
    ...letterOf(split(tooMany)[0]),
    entryIndex: null,
    paths: [],
    raw: tooMany.frame.bytes,
  };
  const rebuilt = rebuild(letter, limits, later);
  if (rebuilt.kind !== 'message') throw new Error('it is no message');
  expect(rebuilt.entries.map(({ kind, entryIndex }) => [kind, entryIndex])).toEqual([
    ['image', 0],
    ['job', 1],
    ['job', 2],
  ]);
  expect(rebuilt.entries[1]).toMatchObject({
    notificationType: 'INFO',
    origin: { notifiedAt: frame.timeStamp * 1000, receivedAt: later },
  });
  expect(rebuild(letter, { ...limits, maxEntries: 2 }, later)).toMatchObject({
    kind: 'impossible',
    detail: 'too-many-entries: the message holds 3 entries, more than 2',
  });
});

const entryLetter = letterOf(split(requestOf(envelope([jobs(job)])))[0]);

test.each<[string, Partial<Letter>, string, string]>([
  ['was cut', { rawTruncated: true }, 'truncated', 'were cut'],
  ['has no message id', { messageId: null }, 'unwritable', 'no message id'],
  ['is no JSON', { raw: Buffer.from('{"jobId":') }, 'unwritable', 'not JSON'],
  ['would end its own array', { raw: Buffer.from('{}],"data":[{}') }, 'unwritable', 'not JSON'],
  ['is no UTF-8', { raw: Buffer.from([0x22, 0xff, 0x22]) }, 'unwritable', 'not JSON'],
  ['nests too deep', { raw: Buffer.from('['.repeat(40) + ']'.repeat(40)) }, 'unwritable', 'too-deep'],
  ['is a notification', { entryIndex: null }, 'unwritable', 'places of its entries'],
  [
    'is a frame that is no JSON',
    { entryIndex: null, paths: [], raw: Buffer.from('x') },
    'unwritable',
    'not-json',
  ],
  [
    'is a frame that is no notification',
    { entryIndex: null, paths: [], raw: Buffer.from(JSON.stringify(envelope({}, { type: 'COMMAND' }))) },
    'unwritable',
    'no notification',
  ],
])('a dead letter that %s is not sent, and says why', (_, changed, why, detail) => {
  expect(rebuild({ ...entryLetter, ...changed }, limits, later)).toEqual({
    kind: 'impossible',
    why,
    detail: expect.stringContaining(detail),
  });
});

test.each([
  ['primary', undefined],
  ['reason', 1],
  ['raw', 'text'],
  ['rawTruncated', null],
])('a record whose %s is %j is no dead letter', (name, value) => {
  const fields = { primary: 'p', reason: 'r', raw: Buffer.alloc(0), rawTruncated: false };
  expect(readLetter(place, fields)).toMatchObject({
    messageId: null,
    entryIndex: null,
    receivedAt: arrivedAt,
  });
  expect(readLetter(place, { ...fields, [name]: value })).toBeNull();
});
