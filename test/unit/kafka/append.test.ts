import { expect, test, vi } from 'vitest';
import type { AppenderOptions } from '../../../src/kafka/append.ts';
import { NotSentError } from '../../../src/kafka/link.ts';
import type { TopicPartition } from '../../../src/produce/append.ts';
import { recordOf } from '../produce/given.ts';
import { givenAppender } from './given-appender.ts';
import { scriptedCluster } from './scripted-cluster.ts';

const place = (partition: number, topic = 'jobs'): TopicPartition => ({ topic, partition });
const batch = (...texts: string[]) =>
  texts.map((text) => ({ ...recordOf('client-a', `<${text}>`), timestamp: Date.now() }));
const lost = new Error('the connection was cut');
const [notEnoughReplicas, notLeader, tooLarge, duplicateSequence] = [19, 6, 10, 46];
const sequenceErrors = [
  ['OUT_OF_ORDER_SEQUENCE_NUMBER', 45],
  ['INVALID_PRODUCER_EPOCH', 47],
  ['UNKNOWN_PRODUCER_ID', 59],
] as const;

/** An appender over brokers whose answers the test decides. `told` are its events. */
function given(options: Partial<AppenderOptions> = {}, leaderOf?: (to: TopicPartition) => number) {
  const scripted = scriptedCluster(leaderOf);
  const told: string[] = [];
  const { append, connect } = givenAppender(
    scripted,
    {
      producerIdRenewed: ({ partition }, reason) => told.push(`renewed ${partition}: ${reason}`),
      possibleDuplicates: ({ partition }, records) => told.push(`${records} of ${partition} twice?`),
      throttled: (broker, ms) => told.push(`${broker} throttles ${ms}`),
    },
    options,
  );
  return { append, connect, told, ...scripted };
}

/** The outcome of an attempt in a word and a code: "confirmed", "unknown REQUEST_TIMED_OUT". */
async function outcome(attempt: Promise<void>): Promise<string> {
  return await attempt.then(
    () => 'confirmed',
    (error: { outcome: string; code: string }) => `${error.outcome} ${error.code}`,
  );
}

test('the batches of all partitions that a broker leads go in one request, topics mixed', async () => {
  const { append, connect, request, requests } = given({}, ({ partition }) => 1 + (partition % 2));
  await connect();
  const attempts = [
    append(place(0), batch('a')),
    append(place(1), batch('b')),
    append(place(2), batch('c')),
    append(place(0, 'images'), batch('d')),
  ];
  const [one, two] = [await request(0), await request(1)];
  const sent = (of: typeof one) => [
    of.broker,
    ...of.batches.map(({ topic, partition, texts }) => `${topic}/${partition} ${texts.join()}`),
  ];
  expect([sent(one), sent(two)]).toEqual([
    [1, 'jobs/0 a', 'jobs/2 c', 'images/0 d'],
    [2, 'jobs/1 b'],
  ]);
  one.answer();
  two.answer();
  await Promise.all(attempts);
  expect(requests).toHaveLength(2);
});

test('a retry sends the identical bytes under the identical number, and the number moves by its confirmation alone', async () => {
  const { append, request, told } = given();
  const first = batch('a', 'b');
  for (const [index, fail] of [lost, notEnoughReplicas, notLeader].entries()) {
    const attempt = append(place(0), first);
    const sent = await request(index);
    if (typeof fail === 'number') sent.answer({ 'jobs/0': fail });
    else sent.fail(fail);
    await expect(attempt).rejects.toThrow();
  }
  const last = append(place(0), first);
  (await request(3)).answer();
  await last;
  const next = append(place(0), batch('c'));
  (await request(4)).answer();
  await next;
  const batches = await Promise.all([0, 1, 2, 3, 4].map(async (index) => (await request(index)).batches[0]));
  for (const retry of batches.slice(1, 4))
    expect(retry?.bytes.equals(batches[0]?.bytes as Buffer)).toBe(true);
  expect(batches.map((each) => [each?.producerId, each?.sequence])).toEqual([
    [100, 0],
    [100, 0],
    [100, 0],
    [100, 0],
    [100, 2],
  ]);
  expect(told).toEqual([]);
});

test('a partition has an outcome of its own: what is confirmed is confirmed, what is refused is refused, the rest is retried', async () => {
  const { append, connect, request } = given();
  await connect();
  const attempts = [0, 1, 2, 3].map((partition) => outcome(append(place(partition), batch(`${partition}`))));
  (await request(0)).answer({ 'jobs/1': tooLarge, 'jobs/2': notEnoughReplicas, 'jobs/3': 7 });
  expect(await Promise.all(attempts)).toEqual([
    'confirmed',
    'refused MESSAGE_TOO_LARGE',
    'unsent NOT_ENOUGH_REPLICAS',
    'unknown REQUEST_TIMED_OUT',
  ]);
});

test('a partition that the answer does not name is unknown, and its batch goes again under its number', async () => {
  const { append, connect, request, told } = given();
  await connect();
  const unnamed = batch('a');
  const attempts = [append(place(0), unnamed), append(place(1), batch('b'))].map(outcome);
  (await request(0)).answer({ 'jobs/0': null });
  expect(await Promise.all(attempts)).toEqual(['unknown UNNAMED_PARTITION', 'confirmed']);
  const again = append(place(0), unnamed);
  (await request(1)).answer();
  await again;
  expect((await request(1)).batches[0]).toMatchObject({ producerId: 100, sequence: 0 });
  expect(told).toEqual([]);
});

test('when a request is lost all of its partitions are unknown', async () => {
  const { append, connect, request } = given();
  await connect();
  const attempts = [0, 1, 2].map((partition) => outcome(append(place(partition), batch('x'))));
  (await request(0)).fail(lost);
  expect(await Promise.all(attempts)).toEqual(['unknown Error', 'unknown Error', 'unknown Error']);
});

test('what was never written is not sent, and not unknown: a refusal after it is final', async () => {
  const { append, request, told } = given();
  const one = batch('a');
  const held = outcome(append(place(0), one));
  (await request(0)).fail(new NotSentError(lost));
  expect(await held).toBe('unsent Error');
  const refused = outcome(append(place(0), one));
  (await request(1)).answer({ 'jobs/0': tooLarge });
  expect(await refused).toBe('refused MESSAGE_TOO_LARGE');
  expect(told).toEqual([]);
});

test('the number of a batch that was refused goes to the next one: nothing of it was written', async () => {
  const { append, request, told } = given();
  const refused = outcome(append(place(0), batch('a')));
  (await request(0)).answer({ 'jobs/0': tooLarge });
  await refused;
  const next = append(place(0), batch('b'));
  (await request(1)).answer();
  await next;
  expect((await request(1)).batches[0]).toMatchObject({ producerId: 100, sequence: 0, texts: ['b'] });
  expect(told).toEqual([]);
});

test('a batch that is refused after it may have been written goes once more under a new producer id, and what it is told then is final', async () => {
  const { append, request, told } = given();
  const one = batch('a');
  const first = outcome(append(place(0), one));
  (await request(0)).fail(lost);
  await first;
  const second = outcome(append(place(0), one));
  (await request(1)).answer({ 'jobs/0': tooLarge });
  expect(await second).toBe('unknown MESSAGE_TOO_LARGE');
  const third = outcome(append(place(0), one));
  (await request(2)).answer({ 'jobs/0': tooLarge });
  expect(await third).toBe('refused MESSAGE_TOO_LARGE');
  expect((await request(2)).batches[0]).toMatchObject({ producerId: 101, sequence: 0 });
  expect(told).toEqual(['1 of 0 twice?', 'renewed 0: MESSAGE_TOO_LARGE']);
});

test.each(sequenceErrors)(
  'on %s the partition goes on under a new producer id, and the others do not notice',
  async (code, number) => {
    const { append, connect, request, told } = given();
    await connect();
    const one = batch('a', 'b');
    const attempts = [append(place(0), one), append(place(1), batch('c'))].map(outcome);
    (await request(0)).answer({ 'jobs/0': number });
    expect(await Promise.all(attempts)).toEqual([`unknown ${code}`, 'confirmed']);
    const again = append(place(0), one);
    (await request(1)).answer();
    await again;
    const others = append(place(1), batch('d'));
    (await request(2)).answer();
    await others;
    expect((await request(1)).batches[0]).toMatchObject({ producerId: 101, sequence: 0, texts: ['a', 'b'] });
    expect((await request(2)).batches[0]).toMatchObject({ producerId: 100, sequence: 1 });
    expect(told).toEqual(['2 of 0 twice?', `renewed 0: ${code}`]);
  },
);

test('DUPLICATE_SEQUENCE_NUMBER for a batch that was sent before is success', async () => {
  const { append, request, told } = given();
  const one = batch('a', 'b');
  const first = outcome(append(place(0), one));
  (await request(0)).fail(lost);
  await first;
  const second = outcome(append(place(0), one));
  (await request(1)).answer({ 'jobs/0': duplicateSequence });
  expect(await second).toBe('confirmed');
  const next = append(place(0), batch('c'));
  (await request(2)).answer();
  await next;
  expect((await request(2)).batches[0]).toMatchObject({ producerId: 100, sequence: 2 });
  expect(told).toEqual([]);
});

test('DUPLICATE_SEQUENCE_NUMBER for a batch that was never sent is a number that somebody took', async () => {
  const { append, request } = given();
  const attempt = outcome(append(place(0), batch('a')));
  (await request(0)).answer({ 'jobs/0': duplicateSequence });
  expect(await attempt).toBe('unknown DUPLICATE_SEQUENCE_NUMBER');
});

test('a batch that is given up after it may have been written leaves its number unused', async () => {
  const { append, request, told } = given();
  const first = outcome(append(place(0), batch('a')));
  (await request(0)).fail(lost);
  await first;
  const next = append(place(0), batch('b'));
  (await request(1)).answer();
  await next;
  expect((await request(1)).batches[0]).toMatchObject({ producerId: 101, sequence: 0, texts: ['b'] });
  expect(told).toEqual(['renewed 0: GIVEN_UP']);
});

test('a batch that is given up and can not have been written leaves its number to the next', async () => {
  const { append, request, told } = given();
  const first = outcome(append(place(0), batch('a')));
  (await request(0)).answer({ 'jobs/0': notEnoughReplicas });
  await first;
  const next = append(place(0), batch('b'));
  (await request(1)).answer();
  await next;
  expect((await request(1)).batches[0]).toMatchObject({ producerId: 100, sequence: 0, texts: ['b'] });
  expect(told).toEqual([]);
});

test('without a new producer id nothing is sent, until there is one', async () => {
  const { append, request, requests, refuseIds } = given();
  const one = batch('a');
  const first = outcome(append(place(0), one));
  (await request(0)).answer({ 'jobs/0': 45 });
  await first;
  refuseIds(new Error('no broker answers'));
  expect(await outcome(append(place(0), one))).toBe('unsent Error');
  expect(requests).toHaveLength(1);
  refuseIds(null);
  const again = append(place(0), one);
  (await request(1)).answer();
  await again;
});

test.each([
  ['has no leader', { is: 'none' }, 'unsent LEADER_NOT_AVAILABLE'],
  ["isn't there", { is: 'absent' }, 'unsent PARTITION_ABSENT'],
] as const)(
  'a partition that %s sends nothing, asks for the leaders, and keeps its number',
  async (_, leader, expected) => {
    const scripted = given();
    const { append, request, requests, leaders } = scripted;
    leaders.set('jobs/0', leader);
    const one = batch('a');
    expect(await outcome(append(place(0), one))).toBe(expected);
    expect([requests.length, scripted.refreshes()]).toEqual([0, 1]);
    leaders.delete('jobs/0');
    const again = append(place(0), one);
    (await request(0)).answer();
    await again;
    expect((await request(0)).batches[0]).toMatchObject({ producerId: 100, sequence: 0 });
  },
);

test('a batch whose leader has moved goes to the new one with the same bytes', async () => {
  let leader = 1;
  const { append, request } = given({}, () => leader);
  const one = batch('a');
  const first = outcome(append(place(0), one));
  const sent = await request(0);
  sent.answer({ 'jobs/0': notLeader });
  // A leader that steps down says so also of what it has written.
  expect(await first).toBe('unknown NOT_LEADER_FOR_PARTITION');
  leader = 2;
  const second = append(place(0), one);
  const again = await request(1);
  again.answer();
  await second;
  expect(again.broker).toBe(2);
  expect(again.batches[0]?.bytes.equals(sent.batches[0]?.bytes as Buffer)).toBe(true);
});

test('a retry goes by another connection than what has not failed', async () => {
  const { append, connect, request } = given();
  await connect();
  const slow = batch('slow');
  const first = outcome(append(place(0), slow));
  (await request(0)).answer({ 'jobs/0': 7 });
  await first;
  const attempts = [append(place(0), slow), append(place(1), batch('healthy'))];
  const sent = [await request(1), await request(2)];
  const of = (text: string) => sent.find(({ batches }) => batches[0]?.texts[0] === text);
  expect(of('healthy')?.connection).toBe((await request(0)).connection);
  expect(of('slow')?.connection).not.toBe(of('healthy')?.connection);
  sent.forEach((each) => each.answer());
  await Promise.all(attempts);
});

test('a partition whose replicas are slow goes apart for a while, also when its batch has passed', async () => {
  const { append, request } = given();
  const slow = batch('slow');
  const first = outcome(append(place(0), slow));
  (await request(0)).answer({ 'jobs/0': 7 });
  await first;
  const second = append(place(0), slow);
  (await request(1)).answer();
  await second;
  const third = append(place(0), batch('next'));
  (await request(2)).answer();
  await third;
  expect((await request(2)).connection).not.toBe((await request(0)).connection);
});

test('a partition whose leader moved goes with the others again as soon as its batch has passed', async () => {
  const { append, request } = given();
  const moved = batch('moved');
  const first = outcome(append(place(0), moved));
  (await request(0)).answer({ 'jobs/0': notLeader });
  await first;
  const second = append(place(0), moved);
  (await request(1)).answer();
  await second;
  const third = append(place(0), batch('next'));
  (await request(2)).answer();
  await third;
  expect((await request(2)).connection).toBe((await request(0)).connection);
});

test.each([
  ['longer ago than the broker remembers it', 0, 2_000, ['1 of 0 twice?']],
  ['not so long ago', 0, 500, []],
  ['not so long ago, but with records stamped so long before', 5_000, 500, ['1 of 0 twice?']],
])(
  'a batch that may have been written %s is counted as a possible copy when it is confirmed: %j',
  async (_, stampedBackMs, waitMs, expected) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { append, request, told } = given({ producerIdExpirationMs: 1_000 });
      const one = [{ ...recordOf('client-a', '<a>'), timestamp: Date.now() - stampedBackMs }];
      const first = outcome(append(place(0), one));
      (await request(0)).fail(lost);
      await first;
      vi.setSystemTime(Date.now() + waitMs);
      const second = append(place(0), one);
      (await request(1)).answer();
      await second;
      expect(told).toEqual(expected);
    } finally {
      vi.useRealTimers();
    }
  },
);

test('a broker that throttles is sent nothing for that long, and then what waited goes', async () => {
  const { append, connect, request, requests, told } = given();
  await connect();
  const first = append(place(0), batch('a'));
  (await request(0)).answer({}, 200);
  await first;
  const begun = performance.now();
  const second = append(place(0), batch('b'));
  const sent = await vi.waitFor(() => requests[1] ?? Promise.reject(new Error('still held')), {
    timeout: 5_000,
    interval: 5,
  });
  expect(performance.now() - begun).toBeGreaterThanOrEqual(150);
  sent.answer();
  await second;
  expect(told).toEqual(['b:1 throttles 200']);
});
