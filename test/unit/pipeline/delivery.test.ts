import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  envelope,
  envelopeText,
  image,
  images,
  job,
  jobs,
  jobsText,
  requestOf,
} from '../../helpers/messages.ts';
import { encoderWith } from '../../helpers/schemas.ts';
import { givenPipeline, produceThat, scriptedProduce } from './given.ts';

const bad = { ...job, jobId: 'x' };
const id = 'EDD85CD7-8555-47E4-8A19-01C35093F220';
const message = (payload: unknown, messageId = id) => requestOf(envelope(payload, { id: messageId }));

test('a delivery resolves only after everything is committed', async () => {
  const kafka = scriptedProduce();
  const { deliver, told } = givenPipeline(kafka.produce);
  let resolved = false;
  const delivery = deliver(message([jobs(job, job), images(image)])).finally(() => (resolved = true));
  expect(kafka.calls.map(({ summary }) => summary)).toEqual([['jobs 0', 'jobs 1', 'images 2']]);
  await setImmediate();
  expect([resolved, told]).toEqual([false, []]);
  kafka.calls[0]?.commit();
  const report = { outcome: 'delivered', jobs: 2, images: 1, deadLetters: [] };
  expect(await delivery).toEqual(report);
  expect(told).toEqual([['delivered', id, report]]);
});

test('messages reach Kafka in the order of their arrival, without waiting for each other', () => {
  const kafka = scriptedProduce();
  const { deliver } = givenPipeline(kafka.produce);
  for (let i = 0; i < 5; i++) void deliver(message([jobs({ ...job, jobId: i })], `M${i}`));
  expect(kafka.calls).toHaveLength(5);
});

interface Row {
  readonly what: string;
  readonly sent: string | Buffer | object;
  readonly records: readonly string[];
}

const rows: readonly Row[] = [
  { what: 'jobs and images', sent: envelope([jobs(job), images(image)]), records: ['jobs 0', 'images 1'] },
  { what: 'a clientName of ""', sent: envelope([jobs({ ...job, clientName: '' })]), records: ['jobs 0'] },
  {
    what: 'no clientName',
    sent: envelope([jobs({}, job)]),
    records: ['dead-letters 0 no-client-name', 'jobs 1'],
  },
  {
    what: 'a wrong type',
    sent: envelope([jobs(job, bad)]),
    records: ['jobs 0', 'dead-letters 1 wrong-type'],
  },
  {
    what: 'no object',
    sent: envelope([images(5, image)]),
    records: ['dead-letters 0 not-an-object', 'images 1'],
  },
  {
    what: 'an unknown object',
    sent: envelope([{ object: 'POLICY', data: [job] }, jobs(job)]),
    records: ['dead-letters 0 unknown-object', 'jobs 1'],
  },
  {
    what: 'a key over 4 KiB',
    sent: envelope([jobs({ ...job, clientName: 'x'.repeat(4097) }, job)]),
    records: ['dead-letters 0 key-too-long', 'jobs 1'],
  },
  {
    what: 'a notification that makes no sense',
    sent: envelope([jobs(job), {}, jobs(job)]),
    records: ['jobs 0', 'dead-letters frame notification-unreadable', 'jobs 1'],
  },
  { what: 'no notification', sent: envelope('x'), records: ['dead-letters frame no-notification'] },
  {
    what: 'more entries than the limit',
    sent: envelope([jobs(...Array.from({ length: 1_001 }, () => job))]),
    records: ['dead-letters frame too-many-entries'],
  },
  {
    what: 'deeper nesting than the limit',
    sent: jobsText(`${'['.repeat(100)}${']'.repeat(100)}`),
    records: ['dead-letters frame too-deep'],
  },
  { what: 'another version', sent: envelope([jobs(job)], { version: '3' }), records: ['jobs 0'] },
  { what: 'no timeStamp', sent: envelope([jobs(job)], { timeStamp: null }), records: ['jobs 0'] },
  { what: 'no JSON', sent: Buffer.from([0xff]), records: ['dead-letters frame not-json'] },
  { what: 'no id', sent: envelope([jobs(job)], { id: '' }), records: ['dead-letters frame no-id'] },
];

test.each(rows)(
  '$what: everything is in Kafka before the delivery resolves, nothing is dropped',
  async (row) => {
    const kafka = scriptedProduce();
    const { deliver, told } = givenPipeline(kafka.produce);
    const delivery = deliver(requestOf(row.sent));
    expect(kafka.calls.map(({ summary }) => summary)).toEqual([row.records]);
    kafka.calls[0]?.commit();
    const reasons = row.records
      .filter((text) => text.startsWith('dead'))
      .map((text) => text.split(' ').at(-1));
    const count = (topic: string) => row.records.filter((text) => text.startsWith(topic)).length;
    const report = {
      outcome: 'delivered',
      jobs: count('jobs'),
      images: count('images'),
      deadLetters: reasons,
    };
    expect(await delivery).toEqual(report);
    expect(told.map(([event, , detail]) => [event, detail])).toEqual([['delivered', report]]);
    expect(kafka.calls).toHaveLength(1);
  },
);

test.each([
  ['an empty payload', []],
  ['empty data', [jobs(), images()]],
])('%s is done at once, with nothing for Kafka, and again when it is sent again', async (_, payload) => {
  const kafka = scriptedProduce();
  const { deliver, inFlight } = givenPipeline(kafka.produce);
  const nothing = { outcome: 'delivered', jobs: 0, images: 0, deadLetters: [] };
  expect(await deliver(message(payload))).toEqual(nothing);
  expect(await deliver(message(payload))).toEqual(nothing);
  expect([kafka.calls, inFlight.of('primary1').messages]).toEqual([[], 0]);
});

test('empty data beside a notification that makes no sense is not nothing', async () => {
  const kafka = produceThat();
  const { deliver } = givenPipeline(kafka.produce);
  expect(await deliver(message([jobs(), 5]))).toMatchObject({ deadLetters: ['notification-unreadable'] });
  expect(kafka.committed).toHaveLength(1);
});

test('a delivery that fails rejects with its reason, is told, and counts no dead letters', async () => {
  const kafka = scriptedProduce();
  const { deliver, told, inFlight } = givenPipeline(kafka.produce);
  const delivery = deliver(message([jobs(job, bad)]));
  const error = new Error('the drain took too long');
  kafka.calls[0]?.fail(error);
  await expect(delivery).rejects.toBe(error);
  expect(told).toEqual([['notDelivered', id, error]]);
  expect(inFlight.of('primary1')).toEqual({ messages: 0, bytes: 0, oldestReceivedAt: null });
});

test('what the encoder throws that is no judgement of an entry fails the delivery: nothing is answered', async () => {
  const kafka = scriptedProduce();
  const error = new TypeError('a defect');
  const encode = () => {
    throw error;
  };
  const given = givenPipeline(kafka.produce, { encoder: () => ({ ...encoderWith(), encode }) });
  await expect(given.deliver(message([jobs(job)]))).rejects.toBe(error);
  expect(given.told).toEqual([['notDelivered', id, error]]);
  expect(kafka.calls).toEqual([]);
  expect(given.inFlight.of('primary1').messages).toBe(0);
});

test('of a thousand bad entries each is a dead letter of its own, in order', async () => {
  const kafka = produceThat();
  const { deliver } = givenPipeline(kafka.produce);
  const entries = Array.from({ length: 1_000 }, (_, i) => ({ ...bad, clientName: `c${i}` }));
  await deliver(requestOf(envelopeText(JSON.stringify([jobs(...entries)]))));
  expect(kafka.committed.map(({ key }) => key.toString())).toEqual(
    entries.map(({ clientName }) => clientName),
  );
});
