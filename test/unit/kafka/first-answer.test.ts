import { expect, onTestFinished, test, vi } from 'vitest';
import { firstAnswer } from '../../../src/kafka/first-answer.ts';
import { isSettled, turn } from '../produce/given.ts';

/** Longer than any test: whoever waits for it waits for ever. */
const forever = 600_000;

/** Candidates whose answers the test gives. */
function given(count: number, patienceMs: number) {
  const asked: number[] = [];
  const answers = Array.from({ length: count }, () => Promise.withResolvers<string>());
  const ask = (candidate: number) => {
    asked.push(candidate);
    return (answers[candidate] as PromiseWithResolvers<string>).promise;
  };
  const answer = firstAnswer([...answers.keys()], ask, patienceMs);
  answer.catch(() => {});
  return {
    asked,
    answer,
    succeed: (candidate: number) => answers[candidate]?.resolve(`from ${candidate}`),
    fail: (candidate: number) => answers[candidate]?.reject(new Error(`no ${candidate}`)),
  };
}

test('the first is asked alone, and its answer counts', async () => {
  const { asked, answer, succeed } = given(3, forever);
  await turn();
  expect(asked).toEqual([0]);
  succeed(0);
  await expect(answer).resolves.toBe('from 0');
  expect(asked).toEqual([0]);
});

test('the next is asked as soon as one has failed', async () => {
  const { asked, answer, succeed, fail } = given(3, forever);
  fail(0);
  await turn();
  expect(asked).toEqual([0, 1]);
  fail(1);
  await turn();
  expect(asked).toEqual([0, 1, 2]);
  succeed(2);
  await expect(answer).resolves.toBe('from 2');
});

test('the next is asked too when one has been silent for the patience', async () => {
  const { asked, answer, succeed } = given(2, 1);
  await vi.waitFor(() => expect(asked).toEqual([0, 1]));
  succeed(1);
  await expect(answer).resolves.toBe('from 1');
});

test('the next is asked as soon as one has failed, while one before it is still silent', async () => {
  const { asked, answer, succeed, fail } = given(3, 300);
  await vi.waitFor(() => expect(asked).toEqual([0, 1]));
  fail(1);
  await turn();
  expect(asked).toEqual([0, 1, 2]);
  succeed(2);
  await expect(answer).resolves.toBe('from 2');
});

test('one that was silent may still be the first to answer', async () => {
  const { asked, answer, succeed, fail } = given(3, 1);
  await vi.waitFor(() => expect(asked).toEqual([0, 1, 2]));
  fail(2);
  fail(1);
  expect(await isSettled(answer)).toBe(false);
  succeed(0);
  await expect(answer).resolves.toBe('from 0');
});

test('of two answers the first counts', async () => {
  const { asked, answer, succeed } = given(2, 1);
  await vi.waitFor(() => expect(asked).toEqual([0, 1]));
  succeed(1);
  succeed(0);
  await expect(answer).resolves.toBe('from 1');
});

test('when all have failed it tells all errors, in the order in which they were asked', async () => {
  const { asked, answer, fail } = given(3, 1);
  await vi.waitFor(() => expect(asked).toEqual([0, 1, 2]));
  for (const candidate of [2, 0, 1]) fail(candidate);
  await expect(answer).rejects.toThrow(AggregateError);
  await expect(answer).rejects.toMatchObject({
    errors: [{ message: 'no 0' }, { message: 'no 1' }, { message: 'no 2' }],
  });
});

test('nobody to ask is an error, and no wait', async () => {
  await expect(given(0, forever).answer).rejects.toThrow(AggregateError);
});

test('one that fails after the answer is no unhandled rejection, and no timer stays', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  onTestFinished(() => void process.off('unhandledRejection', unhandled));
  const { asked, answer, succeed, fail } = given(2, 1);
  await vi.waitFor(() => expect(asked).toEqual([0, 1]));
  succeed(1);
  await answer;
  fail(0);
  await turn();
  expect(unhandled).not.toHaveBeenCalled();
  const patient = given(1, forever);
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  patient.succeed(0);
  await patient.answer;
  expect(timers()).toBe(before - 1);
});
