import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createInFlight, type InFlightLimits } from '../../../src/pipeline/in-flight.ts';
import type { Deliver } from '../../../src/pipeline/pipeline.ts';
import type { JsonObject } from '../../../src/protocol/message.ts';
import { envelope, job, jobs, requestOf } from '../../helpers/messages.ts';
import { givenPipeline, scriptedProduce } from './given.ts';

const wide = { maxMessagesPerPrimary: 1_000, maxBytesPerPrimary: 1_000_000, maxBytes: 1_000_000 };

function given(limits: Partial<InFlightLimits>, primaries = 1) {
  return createInFlight({ ...wide, ...limits }, () => primaries);
}

async function isRelieved(relief: Promise<void> | null): Promise<boolean> {
  let relieved = relief === null;
  void relief?.then(() => (relieved = true));
  await setImmediate();
  return relieved;
}

test('counts messages, bytes and the oldest arrival, for each primary', () => {
  const inFlight = given({});
  const ends = [inFlight.begin('a', 10, 1_000), inFlight.begin('a', 5, 2_000), inFlight.begin('b', 1, 500)];
  expect(inFlight.of('a')).toEqual({ messages: 2, bytes: 15, oldestReceivedAt: 1_000 });
  expect(inFlight.of('b')).toEqual({ messages: 1, bytes: 1, oldestReceivedAt: 500 });
  ends[0]?.();
  expect(inFlight.of('a')).toEqual({ messages: 1, bytes: 5, oldestReceivedAt: 2_000 });
  ends[1]?.();
  expect(inFlight.of('a')).toEqual({ messages: 0, bytes: 0, oldestReceivedAt: null });
  expect(inFlight.of('nobody')).toEqual({ messages: 0, bytes: 0, oldestReceivedAt: null });
});

test.each([
  ['messages', { maxMessagesPerPrimary: 3 }, 1],
  ['bytes', { maxBytesPerPrimary: 30 }, 10],
])('a primary is held back at its limit of %s, and relieved below it', async (_, limits, bytes) => {
  const inFlight = given(limits);
  const ends = [1, 2].map(() => inFlight.begin('a', bytes, 0));
  expect(inFlight.relief('a')).toBeNull();
  ends.push(inFlight.begin('a', bytes, 0));
  const reliefs = [inFlight.relief('a'), inFlight.relief('a')];
  expect(await isRelieved(reliefs[0] ?? null)).toBe(false);
  expect(inFlight.relief('b')).toBeNull();
  ends.pop()?.();
  expect(await Promise.all(reliefs.map(isRelieved))).toEqual([true, true]);
  expect(inFlight.relief('a')).toBeNull();
});

test('whoever waits no longer for a relief is forgotten', async () => {
  const inFlight = given({ maxMessagesPerPrimary: 1 });
  const end = inFlight.begin('a', 1, 0);
  const gone = new AbortController();
  const reliefs = [inFlight.relief('a', gone.signal), inFlight.relief('a', new AbortController().signal)];
  gone.abort();
  end();
  expect(await Promise.all(reliefs.map(isRelieved))).toEqual([false, true]);
});

test('a relief comes only when the primary is below the limit, not with every end', async () => {
  const inFlight = given({ maxMessagesPerPrimary: 2 });
  const ends = Array.from({ length: 4 }, () => inFlight.begin('a', 1, 0));
  const relief = inFlight.relief('a');
  for (const expected of [false, false, true]) {
    ends.pop()?.();
    expect(await isRelieved(relief)).toBe(expected);
  }
});

test('a primary beyond its share is relieved when another gives the common half back', async () => {
  const inFlight = given({ maxBytes: 400 }, 2);
  const greedy = inFlight.begin('greedy', 300, 0);
  inFlight.begin('late', 100, 0);
  const relief = inFlight.relief('late');
  expect(await isRelieved(relief)).toBe(false);
  greedy();
  expect(await isRelieved(relief)).toBe(true);
});

test('resolves when nothing is in flight any more, and at once where nothing is', async () => {
  const inFlight = given({});
  await inFlight.idle();
  const ends = [inFlight.begin('a', 1, 0), inFlight.begin('b', 1, 0)];
  const idle = [inFlight.idle(), inFlight.idle()];
  ends[0]?.();
  expect(await isRelieved(idle[0] ?? null)).toBe(false);
  ends[1]?.();
  await Promise.all(idle);
  await inFlight.idle();
});

test('whatever the load, each primary keeps its share, and the total stays within the limit plus one message each', () => {
  const maxBytes = 10_000;
  const step = fc.record({
    primary: fc.nat({ max: 4 }),
    bytes: fc.integer({ min: 1, max: 3_000 }),
    end: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(step, { maxLength: 150, size: 'max' }),
      (primaries, steps) => {
        const inFlight = given({ maxBytes }, primaries);
        const names = Array.from({ length: primaries }, (_, i) => `p${i}`);
        const open: (() => void)[] = [];
        const total = () => names.reduce((sum, name) => sum + inFlight.of(name).bytes, 0);
        for (const { primary, bytes, end } of steps) {
          const name = names[primary % primaries] ?? '';
          if (end) open.shift()?.();
          else if (inFlight.relief(name) === null) open.push(inFlight.begin(name, bytes, 0));
          for (const each of names) {
            if (inFlight.of(each).bytes < maxBytes / 2 / primaries) expect(inFlight.relief(each)).toBeNull();
          }
          expect(total()).toBeLessThanOrEqual(maxBytes + primaries * 3_000);
        }
        for (const end of open) end();
        expect(total()).toBe(0);
      },
    ),
  );
});

test('a primary within its share is not held back, whatever the others have taken', () => {
  const inFlight = given({ maxBytes: 1_000 }, 2);
  inFlight.begin('greedy', 5_000, 0);
  inFlight.begin('modest', 249, 0);
  expect(inFlight.relief('modest')).toBeNull();
  inFlight.begin('modest', 1, 0);
  expect(inFlight.relief('modest')).not.toBeNull();
});

test('one primary alone may use all bytes that are not the shares of others', () => {
  const inFlight = given({ maxBytes: 1_000 }, 4);
  let begun = 0;
  for (; inFlight.relief('a') === null; begun += 5) inFlight.begin('a', 5, 0);
  expect(begun).toBe(1_000 / 2 + 1_000 / 2 / 4);
});

test('a delivery counts from its arrival until it ends, also when it fails; a join does not count', async () => {
  const kafka = scriptedProduce();
  const { deliver, inFlight } = givenPipeline(kafka.produce);
  const sent = (id: string) => envelope([jobs({ ...job, padding: 'x'.repeat(1_000) })], { id });
  const { weight } = requestOf(sent('M1'));
  const deliveries = ['M1', 'M1', 'M2'].map((id) => deliver(requestOf(sent(id), 'primary1', 7_000)));
  expect(inFlight.of('primary1')).toEqual({ messages: 2, bytes: weight * 2, oldestReceivedAt: 7_000 });
  kafka.calls[0]?.fail(new Error('drain'));
  await Promise.allSettled(deliveries.slice(0, 2));
  expect(inFlight.of('primary1').messages).toBe(1);
  const idle = inFlight.idle();
  kafka.calls[1]?.commit();
  await Promise.all([idle, deliveries[2]]);
  expect(inFlight.of('primary1')).toEqual({ messages: 0, bytes: 0, oldestReceivedAt: null });
});

test('a heavy message finds room while less than half of all bytes are in flight', async () => {
  const inFlight = given({ maxBytes: 100 });
  const ends = [inFlight.begin('a', 49, 0)];
  expect(inFlight.room()).toBeNull();
  ends.push(inFlight.begin('b', 40, 0), inFlight.begin('b', 1, 0));
  const room = inFlight.room();
  ends.pop()?.();
  expect(await isRelieved(room)).toBe(false);
  ends.pop()?.();
  expect(await isRelieved(room)).toBe(true);
});

test('what waits for Kafka keeps nothing of the values that were parsed', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const kafka = scriptedProduce();
  const { deliver } = givenPipeline(kafka.produce);
  const { delivery, values } = valuesOf(deliver);
  await setImmediate();
  collectGarbage();
  expect(values.map((value) => value.deref())).toEqual([undefined, undefined]);
  kafka.calls[0]?.commit();
  expect(await delivery).toMatchObject({ jobs: 1, deadLetters: ['wrong-type'] });
});

/** A function of its own, so that no variable of the test holds the message. One entry is written, the other is a dead letter. */
function valuesOf(deliver: Deliver) {
  const message = requestOf(envelope([jobs({ ...job, more: {} }, { ...job, jobId: 'none' })]));
  const [notification] = message.kind === 'notification' ? message.notifications : [];
  const data = notification?.kind === 'readable' ? notification.data : [];
  return { delivery: deliver(message), values: data.map((entry) => new WeakRef(entry as JsonObject)) };
}

test('a message counts until the dead letters of what Kafka refused are committed too', async () => {
  const kafka = scriptedProduce();
  const { deliver, inFlight } = givenPipeline(kafka.produce);
  const delivery = deliver(requestOf(envelope([jobs(job)])));
  kafka.calls[0]?.commit({ index: 0, code: 'MESSAGE_TOO_LARGE' });
  await setImmediate();
  expect(inFlight.of('primary1').messages).toBe(1);
  kafka.calls[1]?.commit();
  await delivery;
  expect(inFlight.of('primary1').messages).toBe(0);
});
