import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { UnavailableError } from '../../../src/errors.ts';
import type { Cluster, Description } from '../../../src/kafka/cluster.ts';
import { roomForBatch } from '../../../src/kafka/produce-request.ts';
import { watchTopics, type TopicWatchOptions } from '../../../src/kafka/watch.ts';
import { descriptionOf } from './descriptions.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const intervalMs = 5_000;
const recheckMs = 1_000;
const topics = ['jobs', 'images'];
const whole = { jobs: [1, 2, 3], images: [1] };

function viewOf(tells: () => Description): TopicWatchOptions['view'] {
  return { topics, last: null, refresh: async () => tells(), leaderOf: () => ({ is: 'none' }) };
}

/** A watch over what the test says that Kafka tells. */
async function given(overrides: Partial<TopicWatchOptions> = {}) {
  const kafka = {
    tells: (): Description => descriptionOf(whole),
    maxMessageBytes: 1_048_588,
    questions: 0,
    questionsForSizes: 0,
  };
  const view = viewOf(() => {
    kafka.questions++;
    return kafka.tells();
  });
  const askAny = async () => {
    kafka.questionsForSizes++;
    const configEntries = [{ configName: 'max.message.bytes', configValue: String(kafka.maxMessageBytes) }];
    return { resources: topics.map((resourceName) => ({ errorCode: 0, resourceName, configEntries })) };
  };
  const told: (string | null)[] = [];
  const onChange = (error: Error | null) => void told.push(error && error.message);
  const watch = await watchTopics({
    cluster: { askAny } as unknown as Pick<Cluster, 'askAny'>,
    view,
    intervalMs,
    maxMessageBytes: undefined,
    maxRequestBytes: 10_000_000,
    onChange,
    ...overrides,
  });
  onTestFinished(() => watch[Symbol.dispose]());
  return { kafka, watch, told };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('has the shape of each topic as soon as it is there', async () => {
  const { watch, told } = await given();
  expect(watch.shapeOf('jobs')).toEqual({ partitions: 3, maxMessageBytes: 1_048_588 });
  expect(watch.shapeOf('images')).toEqual({ partitions: 1, maxMessageBytes: 1_048_588 });
  expect(() => watch.shapeOf('other')).toThrow('no topic other is watched');
  expect(watch.down).toBeNull();
  expect(told).toEqual([]);
});

test('a batch is never larger than a request', async () => {
  const { kafka, watch } = await given({ maxRequestBytes: 100_000 });
  expect(watch.shapeOf('jobs').maxMessageBytes).toBe(roomForBatch(100_000));
  kafka.maxMessageBytes = 50_000;
  await pass(12 * intervalMs);
  expect(watch.shapeOf('jobs').maxMessageBytes).toBe(50_000);
});

test('a size that is given is not asked for, and limited by a request, too', async () => {
  const { kafka, watch } = await given({ maxMessageBytes: 70_000, maxRequestBytes: 60_000 });
  await pass(24 * intervalMs);
  expect(kafka.questionsForSizes).toBe(0);
  expect(watch.shapeOf('jobs').maxMessageBytes).toBe(roomForBatch(60_000));
});

test('asks Kafka once in an interval, and for the sizes every twelfth time', async () => {
  const { kafka } = await given();
  expect(kafka).toMatchObject({ questions: 1, questionsForSizes: 1 });
  await pass(11 * intervalMs);
  expect(kafka).toMatchObject({ questions: 12, questionsForSizes: 1 });
  await pass(intervalMs);
  expect(kafka).toMatchObject({ questions: 13, questionsForSizes: 2 });
});

test('asks no more when it has ended, and tells nothing of a question that was open', async () => {
  const { kafka, watch, told } = await given();
  const open = Promise.withResolvers<Description>();
  kafka.tells = () => open.promise as unknown as Description;
  await pass(intervalMs);
  watch[Symbol.dispose]();
  open.reject(new UnavailableError('Kafka is away', 'kafka-metadata'));
  await pass(10 * intervalMs);
  expect(kafka.questions).toBe(2);
  expect(told).toEqual([]);
});

test('a partition without a leader is told after two readings in a row, by its name, and goes away again', async () => {
  const { kafka, watch, told } = await given();
  kafka.tells = () => descriptionOf({ jobs: [1, -1, 3], images: [-1] });
  await pass(intervalMs);
  expect(watch.down).toBeNull();
  await pass(recheckMs);
  expect(watch.down).toBe(
    'no leader for jobs/1, images/0: messages with entries there wait, the others go on. ' +
      'See that the brokers with their replicas run',
  );
  expect(told).toEqual([watch.down]);
  expect(watch.shapeOf('jobs').partitions).toBe(3);
  kafka.tells = () => descriptionOf(whole);
  await pass(recheckMs);
  expect(watch.down).toBeNull();
  expect(told).toEqual([expect.stringContaining('jobs/1'), null]);
});

test('an election that is over by the next reading is not told', async () => {
  const { kafka, watch, told } = await given();
  for (let round = 0; round < 5; round++) {
    kafka.tells = () => descriptionOf({ jobs: [1, -1, 3], images: [1] });
    await pass(intervalMs);
    kafka.tells = () => descriptionOf(whole);
    await pass(recheckMs);
    expect(watch.down).toBeNull();
  }
  expect(told).toEqual([]);
});

test('a partition without a leader does not stop a start', async () => {
  const view = viewOf(() => descriptionOf({ jobs: [-1, -1, -1], images: [1] }));
  const { watch } = await given({ view, maxMessageBytes: 1_000 });
  expect(watch.shapeOf('jobs').partitions).toBe(3);
  expect(watch.down).toBeNull();
});

test('of many partitions without a leader five are named', async () => {
  const { kafka, watch } = await given();
  kafka.tells = () => descriptionOf({ jobs: [-1, -1, -1], images: [-1, -1, -1, -1] });
  await pass(intervalMs + recheckMs);
  expect(watch.down).toContain('no leader for jobs/0, jobs/1, jobs/2, images/0, images/1 and 2 more: ');
});

test('while partitions have no leader their number changes nothing: it is told once', async () => {
  const { kafka, told } = await given();
  kafka.tells = () => descriptionOf({ jobs: [-1, 2, 3], images: [1] });
  await pass(intervalMs + recheckMs);
  kafka.tells = () => descriptionOf({ jobs: [-1, -1, 3], images: [1] });
  await pass(5 * recheckMs);
  expect(told).toEqual([expect.stringContaining('jobs/0')]);
});

test('a topic that is missing is told at once, and when it is back; its shape stays', async () => {
  const { kafka, watch, told } = await given();
  kafka.tells = () => descriptionOf({ jobs: [1, 2, 3], images: null });
  await pass(intervalMs);
  expect(watch.down).toMatch(/^the cluster has no topic images, or this user may not see it/);
  expect(watch.shapeOf('images').partitions).toBe(1);
  kafka.tells = () => descriptionOf(whole);
  await pass(recheckMs);
  expect(watch.down).toBeNull();
  expect(told).toEqual([expect.stringContaining('no topic images'), null]);
});

test('a start without one of its topics fails', async () => {
  const view = viewOf(() => descriptionOf({ jobs: [1], images: null }));
  await expect(given({ view })).rejects.toMatchObject({ code: 'topics-missing' });
});

test('while Kafka does not answer that is told once, and looked at each second', async () => {
  const { kafka, watch, told } = await given();
  let words = 0;
  kafka.tells = () => {
    throw new UnavailableError(`Kafka is away, ${words++}`, 'kafka-metadata');
  };
  await pass(intervalMs);
  expect(watch.down).toBe('Kafka is away, 0');
  await pass(3 * recheckMs);
  expect(watch.down).toBe('Kafka is away, 3');
  kafka.tells = () => descriptionOf(whole);
  await pass(recheckMs);
  expect(watch.down).toBeNull();
  expect(told).toEqual(['Kafka is away, 0', null]);
});

test('a topic that has grown is taken over after two readings in a row', async () => {
  const { kafka, watch } = await given();
  kafka.tells = () => descriptionOf({ jobs: [1, 2, 3, 1], images: [1] });
  await pass(intervalMs);
  expect(watch.shapeOf('jobs').partitions).toBe(3);
  await pass(recheckMs);
  expect(watch.shapeOf('jobs').partitions).toBe(4);
});

test('a broker that lags behind does not make a topic grow and shrink', async () => {
  const { kafka, watch } = await given();
  for (let round = 0; round < 5; round++) {
    kafka.tells = () => descriptionOf({ jobs: [1, 2, 3, 1], images: [1] });
    await pass(intervalMs);
    kafka.tells = () => descriptionOf(whole);
    await pass(recheckMs);
    expect(watch.shapeOf('jobs').partitions).toBe(3);
  }
});

test('a topic that grows while a partition has no leader is taken over all the same', async () => {
  const { kafka, watch } = await given();
  kafka.tells = () => descriptionOf({ jobs: [1, -1, 3, 1], images: [1] });
  await pass(intervalMs + recheckMs);
  expect(watch.down).toContain('jobs/1');
  expect(watch.shapeOf('jobs').partitions).toBe(4);
});
