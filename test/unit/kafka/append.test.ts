import pino from 'pino';
import { expect, test, vi } from 'vitest';
import { createAppender } from '../../../src/kafka/append.ts';
import { type BatchProducer, DistrustError } from '../../../src/kafka/batch-producer.ts';
import { AppendError, type TopicPartition } from '../../../src/produce/append.ts';
import { recordOf } from '../produce/given.ts';

const lane = (partition: number): TopicPartition => ({ topic: 'jobs', partition });
const batch = (text: string) => [recordOf('client-a', text)];
const distrusted = new DistrustError('unknown', 'UNVERIFIED_RESULT', 'the result names nothing');

interface Send {
  readonly producer: number;
  readonly partition: number;
  readonly text: string;
  confirm(): void;
  fail(error: unknown): void;
}

/** An appender over producers whose every send the test settles. `sends` are those so far, `ended` what became of producers. */
function given(unsettledSendTimeoutMs = 10_000) {
  const sends: Send[] = [];
  const ended: string[] = [];
  const told: string[] = [];
  let producers = 0;
  const newProducer = (): BatchProducer => {
    const number = producers++;
    const open = new Set<(error: Error) => void>();
    return {
      connect: () => Promise.resolve(),
      send({ partition }, [record]) {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        open.add(reject);
        const text = record?.value.toString() ?? '';
        sends.push({ producer: number, partition, text, confirm: resolve, fail: reject });
        return promise;
      },
      kill() {
        ended.push(`${number} killed`);
        for (const reject of open)
          reject(new AppendError('unknown', 'KafkaJSConnectionError', 'its sockets are gone'));
      },
      disconnect() {
        ended.push(`${number} disconnected`);
        return Promise.resolve();
      },
    };
  };
  const { append } = createAppender(
    {
      brokers: [],
      clientId: 'test',
      connectTimeoutMs: 1,
      requestTimeoutMs: 1,
      compression: 'none',
      metadataMaxAgeMs: 1,
      producers: 1,
      unsettledSendTimeoutMs,
      events: {
        producerReplaced: (reason) => told.push(`replaced: ${reason}`),
        possibleDuplicates: ({ partition }, records) => told.push(`${records} of partition ${partition}`),
      },
    },
    pino({ level: 'silent' }),
    newProducer,
  );
  const send = (index: number) =>
    vi.waitFor(() => sends[index] ?? Promise.reject(new Error(`no send ${index}`)));
  return { append, sends, send, ended, told };
}

test('a batch whose outcome is unknown stays with its producer until it is confirmed', async () => {
  const { append, send, told } = given();
  const one = batch('1');
  const first = append(lane(0), one);
  (await send(0)).fail(new AppendError('unknown', 'REQUEST_TIMED_OUT', 'no answer'));
  await expect(first).rejects.toMatchObject({ outcome: 'unknown' });
  const second = append(lane(0), one);
  (await send(1)).confirm();
  await second;
  expect((await send(1)).producer).toBe(0);
  expect(told).toEqual([]);
});

test('a producer that is replaced is not disconnected while a lane holds an unconfirmed batch of it', async () => {
  const { append, send, ended, told } = given();
  const [one, two] = [batch('1'), batch('2')];
  const distrust = append(lane(0), one);
  const waiting = append(lane(1), two);
  (await send(0)).fail(distrusted);
  await expect(distrust).rejects.toBe(distrusted);
  expect(told).toEqual(['replaced: UNVERIFIED_RESULT', '1 of partition 0']);
  const again = append(lane(0), one);
  const moved = await send(2);
  expect(moved).toMatchObject({ producer: 1, partition: 0, text: '1' });
  moved.confirm();
  await again;
  expect(ended).toEqual([]);
  (await send(1)).confirm();
  await waiting;
  await vi.waitFor(() => expect(ended).toEqual(['0 disconnected']));
});

test('a send that never settles costs its producer its sockets, and every batch of that producer goes to the next one', async () => {
  const { append, sends, send, ended, told } = given(200);
  const [one, two] = [batch('1'), batch('2')];
  const settled = await Promise.allSettled([append(lane(0), one), append(lane(1), two)]);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(ended[0]).toBe('0 killed');
  expect(told.filter((line) => line.startsWith('replaced'))).toHaveLength(1);
  expect(told).toEqual(expect.arrayContaining(['1 of partition 0', '1 of partition 1']));
  const again = [append(lane(0), one), append(lane(1), two)];
  (await send(2)).confirm();
  (await send(3)).confirm();
  await Promise.all(again);
  expect(sends.slice(2).map(({ producer, text }) => [producer, text])).toEqual([
    [1, '1'],
    [1, '2'],
  ]);
  await vi.waitFor(() => expect(ended).toContain('0 disconnected'));
});

test('a partition that is absent replaces no producer, and keeps none from being disconnected', async () => {
  const { append, send, ended, told } = given();
  const [gone, one] = [batch('gone'), batch('1')];
  const absent = append(lane(7), gone);
  (await send(0)).fail(new AppendError('absent', 'PARTITION_ABSENT', 'jobs has no partition 7'));
  await expect(absent).rejects.toMatchObject({ outcome: 'absent' });
  expect(told).toEqual([]);
  const distrust = append(lane(0), one);
  (await send(1)).fail(distrusted);
  await expect(distrust).rejects.toBe(distrusted);
  await vi.waitFor(() => expect(ended).toEqual(['0 disconnected']));
  const back = append(lane(7), gone);
  (await send(2)).confirm();
  await back;
  expect(told.at(-1)).toBe('1 of partition 7');
});

const timedOut = new AppendError('unknown', 'REQUEST_TIMED_OUT', 'no answer');
const tooLarge = new AppendError('refused', 'MESSAGE_TOO_LARGE', 'too large');

test('a batch that is refused leaves its producer in use: nothing of it was written', async () => {
  const { append, send, told } = given();
  const refused = append(lane(0), batch('1'));
  (await send(0)).fail(tooLarge);
  await expect(refused).rejects.toBe(tooLarge);
  const next = append(lane(0), batch('2'));
  (await send(1)).confirm();
  await next;
  expect([(await send(1)).producer, told]).toEqual([0, []]);
});

test('a batch that is refused after it may have been written goes to another producer, and what comes next is not numbered by the first', async () => {
  const { append, send, ended, told } = given();
  const one = batch('1');
  const lost = append(lane(0), one);
  (await send(0)).fail(timedOut);
  await expect(lost).rejects.toBe(timedOut);
  const refused = append(lane(0), one);
  (await send(1)).fail(tooLarge);
  await expect(refused).rejects.toMatchObject({ outcome: 'unknown', code: 'MESSAGE_TOO_LARGE' });
  expect(told).toEqual(['replaced: MESSAGE_TOO_LARGE', '1 of partition 0']);
  const again = append(lane(0), one);
  (await send(2)).fail(tooLarge);
  await expect(again).rejects.toBe(tooLarge);
  const next = append(lane(0), batch('2'));
  (await send(3)).confirm();
  await next;
  expect([(await send(1)).producer, (await send(2)).producer, (await send(3)).producer]).toEqual([0, 1, 1]);
  expect(ended).toEqual(['0 disconnected']);
});

test.each([
  ['while it is held', []],
  ['after its partition was absent', [new AppendError('absent', 'PARTITION_ABSENT', 'no partition')]],
])(
  'a batch that may have been written and is given up %s retires its producer before the next one',
  async (_, errors) => {
    const { append, sends, send, told } = given();
    const one = batch('1');
    for (const [index, error] of [timedOut, ...errors].entries()) {
      const failing = append(lane(0), one);
      (await send(index)).fail(error);
      await expect(failing).rejects.toBe(error);
    }
    const next = append(lane(0), batch('2'));
    (await send(1 + errors.length)).confirm();
    await next;
    expect(sends.at(-1)).toMatchObject({ producer: 1, text: '2' });
    expect(told).toEqual(['replaced: GIVEN_UP']);
  },
);
