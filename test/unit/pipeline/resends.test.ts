import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { Deliver } from '../../../src/pipeline/pipeline.ts';
import { createResends } from '../../../src/pipeline/resends.ts';
import type { DeliveryReport } from '../../../src/pipeline/report.ts';
import { envelope, job, jobs, requestOf, stampedAt } from '../../helpers/messages.ts';
import { givenPipeline, resendLimits, scriptedProduce } from './given.ts';

const report: DeliveryReport = { outcome: 'delivered', jobs: 1, images: 0, deadLetters: [] };
const coalesced = { outcome: 'coalesced', jobs: 0, images: 0, deadLetters: [] };

function sent(id = 'M1', data: object = job, primary = 'primary1') {
  return requestOf(envelope([jobs(data)], { id }), primary);
}

function given(limits = {}) {
  const kafka = scriptedProduce();
  return { kafka, ...givenPipeline(kafka.produce, {}, limits) };
}

test('a resend that comes while its message is pending joins it: one copy, an answer for each', async () => {
  const { kafka, deliver, told } = given();
  const deliveries = [deliver(sent()), deliver(sent()), deliver(sent())];
  expect(kafka.calls).toHaveLength(1);
  await setImmediate();
  expect(told).toEqual([]);
  kafka.calls[0]?.commit();
  expect(await Promise.all(deliveries)).toEqual([report, coalesced, coalesced]);
  expect(told.map(([event]) => event).toSorted()).toEqual(['coalesced', 'coalesced', 'delivered']);
});

test('a resend that is stamped anew is a resend', async () => {
  const { kafka, deliver } = given();
  const first = deliver(sent());
  const again = deliver(requestOf(envelope([jobs(job)], { id: 'M1', timeStamp: stampedAt + 5 })));
  kafka.calls[0]?.commit();
  expect(await Promise.all([first, again])).toEqual([report, coalesced]);
  expect(kafka.calls).toHaveLength(1);
});

test('a resend that waits keeps nothing of its frame: it is not counted as in flight', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const { kafka, deliver } = given();
  const first = deliver(sent());
  const { joined, frame } = joinOf(deliver);
  await setImmediate();
  collectGarbage();
  expect(frame.deref()).toBeUndefined();
  kafka.calls[0]?.commit();
  expect(await Promise.all([first, joined])).toEqual([report, coalesced]);
});

/** A function of its own, so that no variable of the test holds the message. */
function joinOf(deliver: Deliver) {
  const message = sent();
  return { joined: deliver(message), frame: new WeakRef(message.frame) };
}

test('more joins than the limit are not answered, and told; the others are', async () => {
  const { kafka, deliver, told } = given({ maxJoinsPerMessage: 2 });
  const deliveries = Array.from({ length: 3 }, () => deliver(sent()));
  await expect(deliver(sent())).rejects.toMatchObject({ code: 'joined-too-often' });
  await expect(deliver(sent())).rejects.toMatchObject({ code: 'joined-too-often' });
  expect(told).toEqual([
    ['joinedTooOften', 'M1'],
    ['joinedTooOften', 'M1'],
  ]);
  kafka.calls[0]?.commit();
  expect(await Promise.all(deliveries)).toEqual([report, coalesced, coalesced]);
  expect(await deliver(sent())).toEqual(coalesced);
});

test('a resend that comes after the answer is answered again, without a second copy, within the window', async () => {
  const { kafka, deliver, pass } = given({ windowMs: 10_000 });
  const first = deliver(sent());
  kafka.calls[0]?.commit();
  await first;
  pass(9_999);
  expect(await deliver(sent())).toEqual(coalesced);
  expect(kafka.calls).toHaveLength(1);
  pass(2);
  void deliver(sent());
  expect(kafka.calls).toHaveLength(2);
});

test('the window begins with the commit, not with the arrival', async () => {
  const { kafka, deliver, pass } = given({ windowMs: 10_000 });
  const first = deliver(sent());
  pass(1_000_000);
  kafka.calls[0]?.commit();
  await first;
  pass(9_999);
  expect(await deliver(sent())).toEqual(coalesced);
});

test('a delivery that failed fails its joins and is not remembered: the resend is delivered', async () => {
  const { kafka, deliver, told } = given();
  const error = new Error('drain');
  const deliveries = [deliver(sent()), deliver(sent())];
  kafka.calls[0]?.fail(error);
  const outcomes = await Promise.allSettled(deliveries);
  expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason)).toEqual([error, error]);
  const again = deliver(sent());
  expect(kafka.calls).toHaveLength(2);
  kafka.calls[1]?.commit();
  expect(await again).toEqual(report);
  expect(told.map(([event]) => event)).toEqual(['notDelivered', 'delivered']);
});

test.each(['pending', 'answered'])(
  'the same id with another payload is a delivery of its own, and told: %s',
  async (state) => {
    const { kafka, deliver, told } = given();
    const first = deliver(sent('M1'));
    if (state === 'answered') {
      kafka.calls[0]?.commit();
      await first;
    }
    const other = deliver(sent('M1', { ...job, status: 1 }));
    expect(kafka.calls).toHaveLength(2);
    expect(told.filter(([event]) => event === 'idReused')).toEqual([['idReused', 'M1']]);
    kafka.calls.forEach((call) => call.commit());
    expect(await Promise.all([first, other])).toEqual([report, report]);
    expect(await deliver(sent('M1'))).toEqual(coalesced);
    expect(await deliver(sent('M1', { ...job, status: 1 }))).toEqual(coalesced);
  },
);

test('another id with the same payload is a message of its own, and nothing is told', () => {
  const { kafka, deliver, told } = given();
  void deliver(sent('M1'));
  void deliver(sent('M2'));
  expect(kafka.calls).toHaveLength(2);
  expect(told).toEqual([]);
});

test('an id whose deliveries all failed or were forgotten is no reused one', async () => {
  const { kafka, deliver, told, pass } = given();
  const failed = deliver(sent('M1'));
  kafka.calls[0]?.fail(new Error('drain'));
  await failed.catch(() => {});
  const answered = deliver(sent('M1', { ...job, status: 1 }));
  kafka.calls[1]?.commit();
  await answered;
  pass(resendLimits.windowMs + 1);
  void deliver(sent('M1', { ...job, status: 2 }));
  expect(told.map(([event]) => event)).toEqual(['notDelivered', 'delivered']);
});

test('two primaries never coalesce, and do not share their windows', async () => {
  const { kafka, deliver, told } = given({ maxPerPrimary: 1 });
  const both = [deliver(sent('M1', job, 'west')), deliver(sent('M1', job, 'east'))];
  expect(kafka.calls).toHaveLength(2);
  kafka.calls.forEach((call) => call.commit());
  expect(await Promise.all(both)).toEqual([report, report]);
  expect(await deliver(sent('M1', job, 'west'))).toEqual(coalesced);
  expect(await deliver(sent('M1', job, 'east'))).toEqual(coalesced);
  expect(told.some(([event]) => event === 'idReused')).toBe(false);
});

test('a frame without an id is a delivery each time', () => {
  const { kafka, deliver } = given();
  for (let i = 0; i < 3; i++) void deliver(requestOf('not JSON'));
  expect(kafka.calls).toHaveLength(3);
});

test('a rejected frame with an id coalesces like any message', async () => {
  const { kafka, deliver } = given();
  const deliveries = [1, 2].map(() => deliver(requestOf(envelope('x', { id: 'M1' }))));
  expect(kafka.calls).toHaveLength(1);
  kafka.calls[0]?.commit();
  expect((await Promise.all(deliveries)).map(({ outcome }) => outcome)).toEqual(['delivered', 'coalesced']);
});

test('the window holds as many answered messages as the limit, the newest; pending ones are never forgotten', async () => {
  const { kafka, deliver } = given({ maxPerPrimary: 3 });
  const pending = deliver(sent('P'));
  for (let i = 1; i <= 5; i++) {
    const delivery = deliver(sent(`M${i}`));
    kafka.calls[i]?.commit();
    await delivery;
  }
  for (const id of ['M3', 'M4', 'M5']) expect(await deliver(sent(id))).toEqual(coalesced);
  const joined = deliver(sent('P'));
  expect(kafka.calls).toHaveLength(6);
  void deliver(sent('M2'));
  expect(kafka.calls).toHaveLength(7);
  kafka.calls[0]?.commit();
  expect(await Promise.all([pending, joined])).toEqual([report, coalesced]);
});

test('ids that look like parts of each other are told apart', async () => {
  const resends = createResends(resendLimits, () => 0);
  resends.enter('p', 'b', 'digestA', Promise.resolve(report));
  await setImmediate();
  expect(resends.look('p', 'b', 'digestA')).toEqual({ is: 'answered' });
  expect(resends.look('p', '', 'digestB')).toEqual({ is: 'new', idReused: false });
  expect(resends.look('p', '__proto__', 'digestA')).toEqual({ is: 'new', idReused: false });
  expect(resends.look('__proto__', 'b', 'digestA')).toEqual({ is: 'new', idReused: false });
});
