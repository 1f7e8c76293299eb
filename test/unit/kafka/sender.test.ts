import { expect, test, vi } from 'vitest';
import { CutError, NotSentError } from '../../../src/kafka/link.ts';
import { type Attempt, createSender, type SenderLimits, type Throttle } from '../../../src/kafka/sender.ts';
import { scriptedCluster } from './scripted-cluster.ts';
import { turn } from '../produce/given.ts';

const header = 61;

/** A sender over one connection whose requests the test answers. */
function given(limits: Partial<SenderLimits> = {}) {
  const { cluster, requests, request } = scriptedCluster();
  let remainingMs = 0;
  let isRecent = false;
  const throttle: Throttle = {
    get remainingMs() {
      return remainingMs;
    },
    get isRecent() {
      return isRecent;
    },
    set: (ms) => void (remainingMs = ms),
  };
  const sender = createSender(cluster.linkTo({ host: 'b', port: 1 }), throttle, {
    maxRequestBytes: 100_000,
    maxInFlightRequests: 5,
    ackTimeoutMs: 9_000,
    ...limits,
  });
  const settled: string[] = [];
  const cuts: unknown[] = [];
  const add = (text: string, bytes = 100, goesAlone = false) => {
    const batch = Buffer.alloc(Math.max(bytes, header));
    batch.write(`<${text}>`, batch.length - text.length - 2);
    const settle = (attempt: Attempt) => {
      settled.push(`${text} ${attempt.is}`);
      if (attempt.is === 'unanswered') cuts.push(attempt.cut);
    };
    const to = { topic: 'jobs', partition: settled.length + sender.load };
    sender.add({ to, bytes: batch, goesAlone, settle });
  };
  const texts = () => requests.map(({ batches }) => batches.flatMap((each) => each.texts));
  const expectThrottle = () => void (isRecent = true);
  return { sender, add, settled, cuts, requests, request, texts, throttle, expectThrottle };
}

test('what is added in one turn of the event loop goes out as one request', async () => {
  const { add, texts } = given();
  add('a');
  add('b');
  await turn();
  add('c');
  await turn();
  expect(texts()).toEqual([['a', 'b'], ['c']]);
});

test('a request stays below its limit, and a single batch goes out whatever it takes', async () => {
  const { add, texts } = given({ maxRequestBytes: 2_300 });
  add('a', 800);
  add('b', 600);
  add('c', 600);
  add('huge', 5_000);
  add('d', 100);
  await turn();
  expect(texts()).toEqual([['a', 'b'], ['c'], ['huge'], ['d']]);
});

test('as many requests as the limit are under way; what comes meanwhile is gathered', async () => {
  const { add, texts, request, sender } = given({ maxInFlightRequests: 2 });
  for (const text of ['a', 'b', 'c', 'd']) {
    add(text);
    await turn();
  }
  expect(texts()).toEqual([['a'], ['b']]);
  expect(sender.load).toBe(4);
  (await request(0)).answer();
  await turn();
  expect(texts()).toEqual([['a'], ['b'], ['c', 'd']]);
});

test('a request that fails settles all of its batches, and the next goes out', async () => {
  const { add, request, settled, texts } = given({ maxInFlightRequests: 1 });
  add('a');
  add('b');
  await turn();
  add('c');
  (await request(0)).fail(new Error('cut'));
  await turn();
  expect(settled).toEqual(['a unanswered', 'b unanswered']);
  expect(texts()[1]).toEqual(['c']);
  (await request(1)).fail(new NotSentError(new Error('no connection')));
  await turn();
  expect(settled[2]).toBe('c not-sent');
});

test('while the broker throttles nothing goes out, and nothing of it is settled', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const { add, request, settled, texts, throttle } = given();
    add('a');
    await turn();
    (await request(0)).answer({}, 30_000);
    await turn();
    expect([settled, throttle.remainingMs]).toEqual([['a answered'], 30_000]);
    add('b');
    await turn();
    add('c');
    await turn();
    expect([texts().length, settled.length]).toEqual([1, 1]);
    throttle.set(0);
    vi.advanceTimersByTime(30_000);
    await turn();
    expect(texts()[1]).toEqual(['b', 'c']);
  } finally {
    vi.useRealTimers();
  }
});

test('where the broker has throttled lately requests go one by one', async () => {
  const { add, texts, request, expectThrottle } = given();
  expectThrottle();
  for (const text of ['a', 'b', 'c']) {
    add(text);
    await turn();
  }
  expect(texts()).toEqual([['a']]);
  (await request(0)).answer();
  await turn();
  expect(texts()).toEqual([['a'], ['b', 'c']]);
});

test('what is sent is a copy: neither the batch nor another request can change a request that is still open', async () => {
  const { sender, requests } = given();
  const bytes = Buffer.alloc(100);
  for (const [partition, text] of ['<a>', '<b>'].entries()) {
    bytes.write(text, header);
    sender.add({ to: { topic: 'jobs', partition }, bytes, goesAlone: false, settle() {} });
    await turn();
  }
  expect(requests.map(({ batches }) => batches[0]?.bytes.toString('latin1', header, header + 3))).toEqual([
    '<a>',
    '<b>',
  ]);
});

test('a batch that needs a request of its own has one, before others and behind them', async () => {
  const { add, texts } = given();
  add('a');
  add('alone', 100, true);
  add('b');
  add('c');
  await turn();
  expect(texts()).toEqual([['a'], ['alone'], ['b', 'c']]);
});

test('what was cut alone is told with the size that the broker saw: the request without its length', async () => {
  const { add, request, cuts } = given();
  add('a', 70_000);
  await turn();
  (await request(0)).fail(new CutError(new Error('read ECONNRESET')));
  await turn();
  // Without a header, which the connection writes: body of 20, topic of 6 + 4, partition and length of 8, less 4.
  expect(cuts).toEqual([{ bytes: 70_000 + 34 - 4 - 4, isAlone: true }]);
});

test.each([
  ['two batches in one request', false],
  ['two requests of a connection', true],
])('of %s nobody knows which one was cut', async (_, areApart) => {
  const it = given();
  it.add('a');
  if (areApart) await turn();
  it.add('b');
  await turn();
  it.requests.forEach((request) => request.fail(new CutError(new Error('read ECONNRESET'))));
  await turn();
  expect(it.settled).toEqual(['a unanswered', 'b unanswered']);
  expect(it.cuts).toMatchObject([{ isAlone: false }, { isAlone: false }]);
});

test('a request that ended otherwise was not cut', async () => {
  const { add, request, cuts } = given();
  add('a');
  await turn();
  (await request(0)).fail(new Error('no answer in 10000 ms'));
  await turn();
  expect(cuts).toEqual([null]);
});
