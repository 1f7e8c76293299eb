import { expect, test } from 'vitest';
import { split } from '../../../src/split/split.ts';
import {
  arrivedAt,
  envelope,
  image,
  images,
  job,
  jobs,
  requestOf,
  stampedAt,
} from '../../helpers/messages.ts';

const id = 'EDD85CD7-8555-47E4-8A19-01C35093F220';

test('entries come in the order in which they were sent, counted through all notifications', () => {
  const first = { ...job, jobId: 1 };
  const second = { ...job, jobId: 2, clientName: 'b' };
  const message = requestOf(envelope([jobs(first, second), jobs(), images(image), jobs(first)]));
  expect(split(message)).toMatchObject([
    { kind: 'job', entryIndex: 0, clientName: 'client-a', fields: first, notification: 0, element: 0 },
    { kind: 'job', entryIndex: 1, clientName: 'b', fields: second, notification: 0, element: 1 },
    { kind: 'image', entryIndex: 2, clientName: 'client-a', fields: image, notification: 2, element: 0 },
    { kind: 'job', entryIndex: 3, clientName: 'client-a', fields: first, notification: 3, element: 0 },
  ]);
});

test('equal entries are entries of their own', () => {
  expect(split(requestOf(envelope([images(image, image)])))).toHaveLength(2);
});

test('every entry knows the primary, the message and its times', () => {
  const message = requestOf(
    envelope([jobs(job), { ...images(image), notificationType: 'ALERT' }]),
    'nb-west',
  );
  const origin = { primary: 'nb-west', messageId: id, notifiedAt: stampedAt * 1000, receivedAt: arrivedAt };
  expect(split(message)).toMatchObject([
    { origin, notificationType: 'INFO' },
    { origin, notificationType: 'ALERT' },
  ]);
});

test.each([
  ['an empty payload', []],
  ['empty data', [jobs(), images()]],
])('%s has no entries', (_, payload) => {
  expect(split(requestOf(envelope(payload)))).toEqual([]);
});

test.each([
  ['a number', 5],
  ['null', null],
  ['a string', 'entry'],
  ['an array', [job]],
])('an entry that is %s can not be written, and its siblings keep their places', (_, element) => {
  expect(split(requestOf(envelope([jobs(job, element), images(image)])))).toMatchObject([
    { kind: 'job', entryIndex: 0 },
    { kind: 'unwritable', entryIndex: 1, reason: 'not-an-object', object: 'JOB', clientName: null },
    { kind: 'image', entryIndex: 2 },
  ]);
});

test.each([
  ['missing', undefined],
  ['null', null],
  ['a number', 5],
  ['a list', ['client-a']],
])('an entry whose clientName is %s can not be written', (_, clientName) => {
  expect(split(requestOf(envelope([images({ ...image, clientName })])))).toMatchObject([
    { kind: 'unwritable', reason: 'no-client-name', object: 'IMAGE', clientName: null, entryIndex: 0 },
  ]);
});

test('an entry whose clientName is "" is written', () => {
  expect(split(requestOf(envelope([jobs({ ...job, clientName: '' })])))).toMatchObject([
    { kind: 'job', clientName: '' },
  ]);
});

test.each(['job', 'Image', '', 'POLICY', '__proto__', 'constructor', 'toString', ' JOB'])(
  'each entry of an object %j can not be written, and keeps its client',
  (object) => {
    expect(split(requestOf(envelope([{ ...jobs(job, {}), object }, jobs(job)])))).toMatchObject([
      { kind: 'unwritable', reason: 'unknown-object', object, clientName: 'client-a', entryIndex: 0 },
      { kind: 'unwritable', reason: 'unknown-object', object, clientName: null, entryIndex: 1 },
      { kind: 'job', entryIndex: 2 },
    ]);
  },
);

test('a notification that makes no sense is no entry: the count goes on behind it', () => {
  expect(split(requestOf(envelope([jobs(job), { object: 'JOB' }, images(image)])))).toMatchObject([
    { kind: 'job', entryIndex: 0 },
    {
      kind: 'unwritable',
      reason: 'notification-unreadable',
      entryIndex: null,
      object: null,
      notification: 1,
      element: null,
    },
    { kind: 'image', entryIndex: 1 },
  ]);
});

test.each([
  ['without JSON', '{', null, 'not-json'],
  ['without an id', envelope([jobs(job)], { id: 7 }), null, 'no-id'],
  ['without a notification', envelope({}), id, 'no-notification'],
])('a frame %s is one thing that can not be written', (_, sent, messageId, reason) => {
  expect(split(requestOf(sent))).toMatchObject([
    {
      kind: 'unwritable',
      reason,
      entryIndex: null,
      object: null,
      clientName: null,
      notification: null,
      element: null,
      origin: { primary: 'primary1', messageId, receivedAt: arrivedAt },
    },
  ]);
});

test('splitting a message twice gives the same, and leaves the message as it was', () => {
  const message = requestOf(envelope([jobs(job, 5), images(image)]));
  expect(split(message)).toEqual(split(message));
});
