import { expect, test } from 'vitest';
import type { Message, NotificationMessage } from '../../../src/protocol/message.ts';
import { arrivedAt, envelope, envelopeText, job, jobs, jobsText, receive } from '../../helpers/messages.ts';

const limits = { maxEntries: 3, maxValues: 400_000, maxDepth: 6, maxNames: 10_000 };

function read(payload: unknown): Message {
  return receive(envelope(payload), arrivedAt, limits);
}

function notification(message: Message): NotificationMessage {
  if (message.kind !== 'notification') throw new Error(`this is ${JSON.stringify(message)}`);
  return message;
}

/** The first entry of a message. */
function firstEntry(text: string): Record<string, unknown> {
  const [first] = notification(receive(text)).notifications;
  return (first?.kind === 'readable' ? first.data[0] : undefined) as Record<string, unknown>;
}

test('an empty payload is a message without notifications', () => {
  expect(notification(read([])).notifications).toEqual([]);
});

const senseless = [
  ['a number', 7],
  ['null', null],
  ['a string', 'JOB'],
  ['an array', [jobs(job)]],
  ['without an object', { notificationType: 'INFO', data: [] }],
  ['with a number as object', { object: 5, data: [] }],
  ['without data', { object: 'JOB' }],
  ['whose data is an object', { object: 'JOB', data: { 0: job } }],
  ['whose data is null', { object: 'JOB', data: null }],
] as const;

test.each(senseless)('a notification that is %s leaves its siblings readable', (_, element) => {
  const { notifications } = notification(read([jobs(job), element, jobs(job)]));
  expect(notifications.map(({ kind }) => kind)).toEqual(['readable', 'unreadable', 'readable']);
});

test.each(senseless)('only a notification that is %s makes one dead letter of the frame', (_, element) => {
  expect(read([element, element])).toMatchObject({ kind: 'rejected', reason: 'no-notification' });
});

test('a notification that is a number of many digits is no object', () => {
  const message = receive(envelopeText('[12345678901234567890]'));
  expect(message).toMatchObject({ kind: 'rejected', reason: 'no-notification' });
  expect(message).toHaveProperty('detail', expect.stringContaining('not an object'));
});

test('a notification with an object of endless length makes no sense: a dead letter could not name it', () => {
  const { notifications } = notification(read([{ object: 'X'.repeat(100_000), data: [job] }, jobs(job)]));
  expect(notifications.map(({ kind }) => kind)).toEqual(['unreadable', 'readable']);
});

test('as many entries as the limit are read, over all notifications; one more is one dead letter', () => {
  expect(read([jobs(job, job), jobs(job)])).toMatchObject({ kind: 'notification' });
  const id = 'EDD85CD7-8555-47E4-8A19-01C35093F220';
  expect(read([jobs(job, job), jobs(job, job)])).toMatchObject({
    kind: 'rejected',
    id,
    reason: 'too-many-entries',
  });
});

test('notifications that make no sense count as entries: each would be a dead letter', () => {
  expect(read([jobs(job), 1, 2])).toMatchObject({ kind: 'notification' });
  expect(read([jobs(job), 1, 2, 3])).toMatchObject({ kind: 'rejected', reason: 'too-many-entries' });
});

test('nesting as deep as the limit is read; one level more is one dead letter that can be answered', () => {
  const deep = (value: unknown) => read([jobs({ ...job, deep: value })]);
  expect(deep([1])).toMatchObject({ kind: 'notification' });
  expect(deep([[]])).toMatchObject({ kind: 'rejected', reason: 'too-deep', id: expect.any(String) });
  expect(deep({ a: {} })).toMatchObject({ kind: 'rejected', reason: 'too-deep' });
});

test.each([
  ['arrays', '[', ']'],
  ['objects', '{"a":', '}'],
])('10,000 levels of %s are one dead letter, wherever they are', (_, open, close) => {
  const deep = `${open.repeat(10_000)}1${close.repeat(10_000)}`;
  const entry = `{"clientName":"a","jobId":1,"deep":${deep}}`;
  expect(receive(jobsText(entry))).toMatchObject({ kind: 'rejected', id: 'M1', reason: 'too-deep' });
  expect(receive(envelopeText('[]', `"M1","more":${deep}`))).toMatchObject({ kind: 'rejected', id: 'M1' });
  expect(receive(deep)).toMatchObject({ kind: 'rejected', id: null });
  expect(receive(deep.slice(0, -1))).toMatchObject({ kind: 'rejected', id: null, reason: 'not-json' });
});

test('of duplicate keys the last one counts, at every level', () => {
  const text = envelopeText('[]', '"M0","id":"M1","payload":[1]').replace(
    /"payload":\[\]/,
    '"payload":[{"object":"X","object":"JOB","data":[],"data":[{"jobId":1,"clientName":"a","jobId":2}]}]',
  );
  const message = notification(receive(text));
  expect(message.id).toBe('M1');
  expect(message.notifications).toMatchObject([{ object: 'JOB', data: [{ jobId: 2, clientName: 'a' }] }]);
});

test('of duplicate keys the last one counts beside a number of many digits too', () => {
  const entry = firstEntry(
    jobsText('{"a":12345678901234567890,"a":1,"b":{"c":1},"b":{"d":2},"z":0.12345678901234567}'),
  );
  expect(Object.entries(entry)).toMatchObject([
    ['a', 1],
    ['b', { d: 2 }],
    ['z', expect.anything()],
  ]);
});

test.each(['', ',"digits":12345678901234567890'])(
  'keys named like parts of Object.prototype are fields like any other%s',
  (more) => {
    const entry = firstEntry(
      jobsText(`{"__proto__":{"clientName":"evil"},"constructor":1,"toString":"x"${more}}`),
    );
    expect(Object.keys(entry).slice(0, 3)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(entry)).toBe(Object.prototype);
    expect(entry['clientName']).toBeUndefined();
    expect(({} as Record<string, unknown>)['clientName']).toBeUndefined();
  },
);

test('an envelope gains nothing from "__proto__"', () => {
  const text = '{"__proto__":{"id":"M1","type":"CONNECT","subType":"REQUEST","payload":{"token":"t"}}}';
  expect(receive(text)).toMatchObject({ kind: 'rejected', reason: 'no-id' });
});

test('a notificationType is kept as text, and absent where it is none', () => {
  const type = (notificationType: unknown) =>
    notification(read([{ notificationType, object: 'JOB', data: [] }])).notifications[0];
  expect(type('WARNING')).toMatchObject({ notificationType: 'WARNING' });
  expect(type('')).toMatchObject({ notificationType: '' });
  expect(type(undefined)).toMatchObject({ notificationType: null });
});
