/** Batches on whose requests the connection ends, and the beginnings of them that go in their place under their number. */
import { expect, test } from 'vitest';
import { CutError } from '../../../src/kafka/link.ts';
import { CutBatchError } from '../../../src/produce/append.ts';
import { recordOf } from '../produce/given.ts';
import { givenAppender } from './given-appender.ts';
import { scriptedCluster } from './scripted-cluster.ts';

const to = { topic: 'jobs', partition: 0 };
const batch = (...texts: string[]) =>
  texts.map((text) => ({ ...recordOf('client-a', `<${text}>`), timestamp: Date.now() }));
const whole = batch('a', 'b', 'c', 'd');
const cut = () => new CutError(new Error('read ECONNRESET'));
const [tooLarge, outOfOrder, duplicateSequence] = [10, 45, 46];

function given(producerIdExpirationMs = 86_400_000) {
  const scripted = scriptedCluster();
  const told: string[] = [];
  const { append } = givenAppender(
    scripted,
    {
      producerIdRenewed: (_, reason) => told.push(`renewed: ${reason}`),
      possibleDuplicates: (_, records) => told.push(`${records} twice?`),
    },
    { producerIdExpirationMs },
  );
  let count = 0;
  /** One attempt: what went out, and what became of it. */
  async function attempt(records: typeof whole, answer: Error | number) {
    const settled = append(to, records).then(
      () => 'confirmed',
      (error: Error & { outcome: string; code: string }) =>
        error instanceof CutBatchError ? `cut at ${error.requestBytes}` : `${error.outcome} ${error.code}`,
    );
    const request = await scripted.request(count++);
    if (answer instanceof Error) request.fail(answer);
    else request.answer({ 'jobs/0': answer });
    const [sent] = request.batches;
    return [sent?.producerId, sent?.sequence, sent?.texts.join(''), await settled];
  }
  return { attempt, told, request: scripted.request };
}

test('a batch that was cut says how large its request was, and goes again under its number', async () => {
  const { attempt, told, request } = given();
  const first = await attempt(whole, cut());
  const bytes = (await request(0)).batches[0]?.bytes.length ?? 0;
  expect(first).toEqual([100, 0, 'abcd', `cut at ${bytes + 34 - 4 - 4}`]);
  expect(await attempt(whole, 0)).toEqual([100, 0, 'abcd', 'confirmed']);
  expect(told).toEqual([]);
});

test('its beginning takes its place and its number: when that is confirmed the whole was never written, and the rest has the next one', async () => {
  const { attempt, told } = given();
  await attempt(whole, cut());
  expect(await attempt(whole.slice(0, 2), 0)).toEqual([100, 0, 'ab', 'confirmed']);
  expect(await attempt(whole.slice(2), 0)).toEqual([100, 2, 'cd', 'confirmed']);
  expect(await attempt(batch('e'), 0)).toEqual([100, 4, 'e', 'confirmed']);
  expect(told).toEqual([]);
});

test('the beginning of a beginning has the same number', async () => {
  const { attempt, told } = given();
  await attempt(whole, cut());
  await attempt(whole.slice(0, 2), cut());
  expect(await attempt(whole.slice(0, 1), 0)).toEqual([100, 0, 'a', 'confirmed']);
  expect(await attempt(whole.slice(1, 2), 0)).toEqual([100, 1, 'b', 'confirmed']);
  expect(told).toEqual([]);
});

test('where the broker has the number already, the whole may be written: all of it goes on under a new id, and is counted', async () => {
  const { attempt, told } = given();
  await attempt(whole, cut());
  expect(await attempt(whole.slice(0, 2), outOfOrder)).toEqual([
    100,
    0,
    'ab',
    'unknown OUT_OF_ORDER_SEQUENCE_NUMBER',
  ]);
  expect(await attempt(whole.slice(0, 2), 0)).toEqual([101, 0, 'ab', 'confirmed']);
  expect(told).toEqual(['4 twice?', 'renewed: OUT_OF_ORDER_SEQUENCE_NUMBER']);
});

test.each([
  ['is refused', tooLarge, 'unknown MESSAGE_TOO_LARGE'],
  ['is called a copy, which of the whole it is not', duplicateSequence, 'unknown DUPLICATE_SEQUENCE_NUMBER'],
])(
  'a beginning that %s goes once more under a new number: the whole may be written',
  async (_, code, seen) => {
    const { attempt, told } = given();
    await attempt(whole, cut());
    const half = whole.slice(0, 2);
    expect((await attempt(half, code))[3]).toBe(seen);
    expect(await attempt(half, 0)).toEqual([101, 0, 'ab', 'confirmed']);
    expect(await attempt(whole.slice(2), 0)).toEqual([101, 2, 'cd', 'confirmed']);
    expect(told[0]).toBe('4 twice?');
  },
);

test('other records of the same number, and as many of them, are no beginning: the number is left unused', async () => {
  const { attempt, told } = given();
  await attempt(whole, cut());
  expect(await attempt(batch('a', 'b'), 0)).toEqual([101, 0, 'ab', 'confirmed']);
  expect(told).toEqual(['renewed: GIVEN_UP']);
  const other = given();
  await other.attempt(whole, cut());
  expect(await other.attempt([...whole], 0)).toEqual([101, 0, 'abcd', 'confirmed']);
});

test('a record that is given up leaves its number unused, and what was behind it in a larger batch is counted', async () => {
  const { attempt, told } = given();
  await attempt(whole, cut());
  await attempt(whole.slice(0, 1), cut());
  expect(await attempt(whole.slice(1), 0)).toEqual([101, 0, 'bcd', 'confirmed']);
  expect(told).toEqual(['3 twice?', 'renewed: GIVEN_UP']);
});

test('a record that is given up behind one that was confirmed leaves no doubt about the others', async () => {
  const { attempt, told } = given();
  await attempt(whole, cut());
  await attempt(whole.slice(0, 1), 0);
  await attempt(whole.slice(1, 2), cut());
  expect(await attempt(whole.slice(2), 0)).toEqual([101, 0, 'cd', 'confirmed']);
  expect(told).toEqual(['renewed: GIVEN_UP']);
});

test('a beginning that is confirmed when the broker may have forgotten the number of the whole is counted with all of it', async () => {
  const { attempt, told } = given(0);
  await attempt(whole, cut());
  await attempt(whole.slice(0, 2), 0);
  expect(told).toEqual(['4 twice?']);
});
