import * as fc from 'fast-check';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../src/protocol/codec.ts';
import type { NotificationRequest } from '../../../src/protocol/message.ts';
import { type Entry, release } from '../../../src/split/entry.ts';
import { jsonText } from '../../helpers/json-text.ts';
import { arrivedAt, envelope, envelopeText, requestOf } from '../../helpers/messages.ts';
import { encoderWith, recordsOf } from '../../helpers/schemas.ts';

const atDefaults = { maxEntries: 20_000, maxValues: 400_000, maxDepth: 64, maxNames: 10_000 };
const wide = '漢';

/** What the records of a message are in Kafka, in bytes: keys, values and headers. */
function bytesOf(message: NotificationRequest, cloudEvents: boolean): number {
  return recordsOf(message, encoderWith({ cloudEvents })).reduce((sum, { key, value, headers = {} }) => {
    const texts = Object.entries(headers).flat();
    return sum + key.length + value.length + texts.reduce((all, text) => all + Buffer.byteLength(text), 0);
  }, 0);
}

const shared = (maxLength: number) => fc.string({ unit: 'grapheme', minLength: 1, maxLength });
const entry = fc.oneof(
  { weight: 4, arbitrary: jsonText },
  jsonText.map((text) => `{"clientName":"c","jobId":1,"more":${text}}`),
  jsonText.map((text) => `{"clientName":"c","jobId":${text}}`),
);
const notification = fc
  .record({
    notificationType: shared(64),
    object: fc.oneof(fc.constantFrom('JOB', 'IMAGE'), shared(64)),
    data: fc.array(entry, { maxLength: 20 }),
  })
  .map(
    ({ notificationType, object, data }) =>
      `{"notificationType":${JSON.stringify(notificationType)},"object":${JSON.stringify(object)},"data":[${data.join()}]}`,
  );

test('the records of any message take less than three times its weight in Kafka', () => {
  fc.assert(
    fc.property(
      shared(128),
      fc.array(notification, { maxLength: 5 }),
      fc.boolean(),
      (id, payload, cloudEvents) => {
        const message = requestOf(envelopeText(`[${payload.join()}]`, JSON.stringify(id)), 'p'.repeat(253));
        expect(bytesOf(message, cloudEvents)).toBeLessThan(3 * message.weight);
      },
    ),
    { numRuns: 500 },
  );
});

const entries = (count: number, text: string) => Array.from({ length: count }, () => text).join();
const payloadOf = (data: string, object = 'JOB', notificationType = 'INFO') =>
  envelopeText(
    JSON.stringify([{ notificationType, object, data: [] }]).replace('[]', `[${data}]`),
    JSON.stringify(wide.repeat(128)),
  );

describe.each([
  [
    'the smallest entries, all they share as long as it may be',
    payloadOf(entries(20_000, '1'), wide.repeat(64), wide.repeat(64)),
  ],
  ['the smallest jobs', payloadOf(entries(20_000, '{"clientName":"c","jobId":1}'), 'JOB', wide.repeat(64))],
  [
    'entries of a wrong type',
    payloadOf(entries(10_000, `{"clientName":"c","jobId":"x","note":"${'x'.repeat(200)}"}`)),
  ],
  [
    'numbers that grow when they are written',
    payloadOf(`{"clientName":"c","jobId":1,"more":[${entries(300_000, '1e20')}]}`),
  ],
  [
    'notifications that can not be read',
    envelopeText(`[{"object":"JOB","data":[]},${entries(10_000, '{"data":0}')}]`),
  ],
  ['one large text', payloadOf(`{"clientName":"c","jobId":1,"more":"${'x'.repeat(4_000_000)}"}`)],
])('%s', (_, text) => {
  const message = (): NotificationRequest => {
    const decoded = decodeMessage(Buffer.from(text), arrivedAt, atDefaults);
    if (decoded.kind !== 'notification') throw new Error(`it is ${decoded.kind}`);
    return { ...decoded, primary: 'p'.repeat(253) };
  };

  test('takes less than three times its weight in Kafka', () => {
    for (const cloudEvents of [false, true])
      expect(bytesOf(message(), cloudEvents)).toBeLessThan(3 * message().weight);
  });

  test('takes less than three times its weight in the process while it waits', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const encoder = encoderWith();
    const used = () => {
      collectGarbage();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const before = used();
    // As it waits for Kafka: without the values that were parsed.
    const held = (({ weight, frame, ...rest }: NotificationRequest) => ({
      weight,
      frame,
      records: recordsOf({ weight, frame, ...rest }, encoder),
    }))(message());
    for (const { entry } of held.records) release(entry as Entry);
    expect(used() - before).toBeLessThan(3 * held.weight);
    expect(held.records.length + held.frame.bytes.length).toBeGreaterThan(0);
  });
});

test.each([
  [
    'the id',
    envelope([{ notificationType: 'INFO', object: 'JOB', data: [1, 2] }], { id: 'x'.repeat(128) }),
    2 * 125,
  ],
  [
    'the object',
    envelope([{ notificationType: 'INFO', object: 'x'.repeat(64), data: [1, 2] }], { id: 'xxx' }),
    2 * 61,
  ],
  [
    'the notification type',
    envelope([{ notificationType: 'x'.repeat(64), object: 'JOB', data: [1, 2] }], { id: 'xxx' }),
    2 * 60,
  ],
])('what entries share counts for each of them: %s', (_, sent, more) => {
  const plain = requestOf(
    envelope([{ notificationType: 'INFO', object: 'JOB', data: [1, 2] }], { id: 'xxx' }),
  );
  const message = requestOf(sent);
  const longer = message.frame.bytes.length - plain.frame.bytes.length;
  expect(message.weight - plain.weight).toBe(2 * longer + 2 * more);
});

test.each([
  [
    'of 129 characters',
    envelope([], { id: 'x'.repeat(129) }),
    { kind: 'rejected', id: null, reason: 'no-id' },
  ],
])('an id %s is none', (_, sent, expected) => {
  expect(requestOf(sent)).toMatchObject(expected);
});

test.each(['object', 'notificationType'])(
  'a notification with an %s of 65 characters is one dead letter',
  (name) => {
    const notifications = [{ notificationType: 'INFO', object: 'JOB', data: [1, 2], [name]: 'x'.repeat(65) }];
    const message = requestOf(envelope([...notifications, { object: 'JOB', data: [] }]));
    expect(recordsOf(message)).toHaveLength(1);
    expect(message).toMatchObject({ notifications: [{ kind: 'unreadable' }, { kind: 'readable' }] });
  },
);
