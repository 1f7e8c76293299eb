import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestBridge, type TestBridge } from '../helpers/bridge.ts';
import type { ReadBack } from '../helpers/independent-reader.ts';
import { envelopeText, jobsText } from '../helpers/messages.ts';
import { frame, openPeer, type Peer } from '../helpers/peer.ts';
import { connectRequest } from '../helpers/primary.ts';

/** What reaches Kafka of input at the edge of what JSON, WebSocket and JavaScript can hold. */

function open(): Promise<Peer> {
  return openPeer(bridge.bridge, { ca: bridge.bridge.pki.ca });
}

async function openAuthenticated(): Promise<Peer> {
  const peer = await open();
  peer.send(connectRequest(bridge.bridge.tokens['primary1'] ?? ''));
  expect(await peer.next()).toMatchObject({ payload: { valid: true } });
  return peer;
}

/** The text of a message with one job, whose other fields are JSON text. */
const jobWith = (id: string, fields: string): string =>
  envelopeText(`[{"object":"JOB","data":[{"jobId":1,"clientName":"c",${fields}}]}]`, `"${id}"`);

/** Unknown fields as they are sent, and as they have to be in `extra`. */
const extras: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
  ['2^53+1', '"a":9007199254740993', { a: '9007199254740993' }],
  ['a number beyond the doubles', '"a":1e400', { a: '1e400' }],
  ['more digits than a double has', '"a":0.1234567890123456789', { a: '0.1234567890123456789' }],
  ['such a number deep inside', '"a":{"b":[9007199254740993]}', { a: '{"b":[9007199254740993]}' }],
  ['a million digits', `"a":1${'0'.repeat(500_000)}1`, { a: `1${'0'.repeat(500_000)}1` }],
  ['a lone surrogate', String.raw`"a":"\ud800"`, { a: String.raw`"\ud800"` }],
  ['__proto__', '"__proto__":{"clientName":"evil"}', { ['__proto__']: '{"clientName":"evil"}' }],
  ['a name of Object.prototype', '"constructor":1', { constructor: '1' }],
  ['a duplicate key', '"a":1,"a":2', { a: '2' }],
  ['characters beyond the BMP and NUL', String.raw`"a":"\u0000💾"`, { a: String.raw`"\u0000💾"` }],
];

const ways: readonly (readonly [string, (peer: Peer, bytes: Buffer) => void])[] = [
  ['one binary frame', (peer, bytes) => peer.socket.send(bytes, { binary: true })],
  [
    'fragments of one byte',
    (peer, bytes) =>
      bytes.forEach((_byte, n) =>
        peer.socket.send(bytes.subarray(n, n + 1), { binary: false, fin: n === bytes.length - 1 }),
      ),
  ],
  [
    'TCP segments of one byte',
    (peer, bytes) => {
      const whole = frame(1, bytes);
      whole.forEach((_byte, n) => void peer.tls.write(whole.subarray(n, n + 1)));
    },
  ],
];

const deepId = randomUUID();
const deep = jobWith(deepId, `"deep":${'['.repeat(10_000)}${']'.repeat(10_000)}`);
const giganticId = randomUUID();
const entryText = (jobId: number, state: string): string =>
  `{"jobId":${jobId},"clientName":"c","state":"${state}"}`;
const gigantic = jobsText(
  entryText(1, 'DONE'),
  entryText(2, 'x'.repeat(6_000_000)),
  entryText(3, 'DONE'),
).replace('"M1"', `"${giganticId}"`);
const notUtf8 = Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);

const sentExtras = extras.map(([what, fields, extra]) => ({ what, fields, extra, id: randomUUID() }));
const sentWays = ways.map(([what, send]) => ({ what, send, id: randomUUID() }));
/** A record each; the gigantic message leaves two, and a dead letter. */
const recordCount = sentExtras.length + sentWays.length + 1 + 3 + 1;

let bridge: TestBridge;
let records: readonly ReadBack[];

beforeAll(async () => {
  bridge = await startTestBridge();
  await using peer = await openAuthenticated();
  for (const { id, fields } of sentExtras) peer.send(jobWith(id, fields));
  for (const { id, send } of sentWays) send(peer, Buffer.from(jobWith(id, '"policyName":"Größe 💾"')));
  peer.send(deep);
  peer.send(gigantic);
  peer.socket.send(notUtf8, { binary: true });
  const ids = [...sentExtras, ...sentWays].map(({ id }) => id).concat(deepId, giganticId);
  const answered = [];
  while (answered.length < ids.length) answered.push((await peer.next())['id']);
  expect(new Set(answered)).toEqual(new Set(ids));
  records = await bridge.read(recordCount);
});
afterAll(() => bridge[Symbol.asyncDispose]());

const of = (id: string): ReadBack[] => records.filter(({ value }) => value?.['messageId'] === id);
const textOf = (raw: unknown): string => Buffer.from(String(raw), 'base64').toString();

test.each(sentExtras)('keeps the value of an unknown field as it was sent: $what', ({ id, extra }) => {
  expect(of(id)).toHaveLength(1);
  expect(of(id)[0]?.value).toMatchObject({ jobId: 1, clientName: 'c' });
  expect(Object.entries(of(id)[0]?.value?.['extra'] as object)).toEqual(Object.entries(extra));
});

test.each(sentWays)('takes a message in $what', ({ id }) => {
  expect(of(id).map(({ value }) => value?.['policyName'])).toEqual(['Größe 💾']);
});

test('makes one dead letter of 10,000 levels, with all that was sent', () => {
  expect(of(deepId).map(({ value }) => value?.['reason'])).toEqual(['too-deep']);
  expect(textOf(of(deepId)[0]?.value?.['raw'])).toBe(deep);
});

test('makes a dead letter of a gigantic string, and its neighbours pass', () => {
  const jobs = of(giganticId).filter(({ topic }) => topic === bridge.topics.jobs);
  expect(jobs.map(({ value }) => value?.['jobId'])).toEqual([1, 3]);
  const letters = of(giganticId).filter(({ topic }) => topic === bridge.topics.deadLetters);
  expect(letters).toMatchObject([{ value: { entryIndex: 1, rawTruncated: true } }]);
});

test('makes a dead letter of a binary frame that is no UTF-8', () => {
  const raw = notUtf8.toString('base64');
  expect(records.filter(({ value }) => value?.['raw'] === raw)).toMatchObject([
    { value: { reason: 'not-json' } },
  ]);
});

test('writes nothing else', () => {
  expect(records).toHaveLength(recordCount);
});

test('writes nothing of what comes before CONNECT, or from somebody without a token', async () => {
  const early = randomUUID();
  const attempts: ((peer: Peer) => void)[] = [
    (peer) => peer.send(jobWith(early, '"a":1')),
    (peer) => peer.send('not json'),
    (peer) => peer.send(Buffer.from([0xff])),
    (peer) => {
      peer.send(connectRequest('wrong'));
      for (let n = 0; n < 10; n++) peer.send(jobWith(early, '"a":1'));
    },
    (peer) => {
      peer.send({ ...connectRequest('x'), payload: [] });
      peer.send(jobWith(early, '"a":1'));
    },
  ];
  for (const attempt of attempts) {
    await using peer = await open();
    attempt(peer);
    expect(await peer.closed()).toMatchObject({ code: 1008 });
  }
  await using peer = await openAuthenticated();
  const id = randomUUID();
  peer.send(jobWith(id, '"a":1'));
  expect(await peer.next()).toMatchObject({ id });
  const after = await bridge.read(recordCount + 1);
  expect(after).toHaveLength(recordCount + 1);
  expect(after.filter(({ value }) => value?.['messageId'] === early)).toEqual([]);
});
