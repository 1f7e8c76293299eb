import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BridgeError } from '../../../src/errors.ts';
import { envelope, image, images, job, jobs, requestOf } from '../../helpers/messages.ts';
import { topics, valueOf } from '../../helpers/schemas.ts';
import { givenPipeline, produceThat, scriptedProduce } from './given.ts';

const tooLarge = (index: number) => ({ index, code: 'MESSAGE_TOO_LARGE' });
const invalid = (index: number) => ({ index, code: 'INVALID_TIMESTAMP' });
const bad = { ...job, jobId: 'x' };

async function resolved(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(
    () => (done = true),
    () => (done = true),
  );
  await setImmediate();
  return done;
}

test('refused records are committed as dead letters before the delivery resolves', async () => {
  const kafka = scriptedProduce();
  const { deliver, told } = givenPipeline(kafka.produce);
  const delivery = deliver(requestOf(envelope([jobs(job, job), images(image)])));
  kafka.calls[0]?.commit(tooLarge(0), invalid(2));
  expect(await resolved(delivery)).toBe(false);
  expect(kafka.calls[1]?.summary).toEqual(['dead-letters 0 too-large', 'dead-letters 2 refused']);
  expect(told).toEqual([]);
  kafka.calls[1]?.commit();
  expect(await delivery).toEqual({
    outcome: 'delivered',
    jobs: 1,
    images: 0,
    deadLetters: ['too-large', 'refused'],
  });
  expect(kafka.calls).toHaveLength(2);
});

test('the dead letter of a refused record holds its entry, its key and the code of the broker', async () => {
  const kafka = produceThat(({ topic }) => (topic === topics.images ? 'INVALID_TIMESTAMP' : null));
  await givenPipeline(kafka.produce).deliver(requestOf(envelope([images(image)])));
  const [letter] = kafka.committed;
  expect(letter?.key.toString()).toBe('client-a');
  expect(valueOf(letter)).toMatchObject({
    object: 'IMAGE',
    reason: 'refused',
    error: expect.stringContaining('INVALID_TIMESTAMP'),
    paths: ['/payload/0/data/0'],
    raw: Buffer.from(JSON.stringify(image)),
    rawTruncated: false,
  });
});

test('a refused dead letter is sent once more without its raw bytes, beside the new ones of that round', async () => {
  const kafka = scriptedProduce();
  const { deliver } = givenPipeline(kafka.produce);
  const delivery = deliver(requestOf(envelope([jobs(bad, job)])));
  kafka.calls[0]?.commit(tooLarge(0), tooLarge(1));
  await setImmediate();
  expect(kafka.calls[1]?.summary).toEqual(['dead-letters 0 wrong-type', 'dead-letters 1 too-large']);
  const [first, second] = (kafka.calls[1]?.records ?? []).map((record) => valueOf(record));
  expect([first?.['raw'], first?.['rawTruncated']]).toEqual([Buffer.alloc(0), true]);
  expect(second?.['rawTruncated']).toBe(false);
  kafka.calls[1]?.commit(tooLarge(1));
  await setImmediate();
  expect(kafka.calls[2]?.summary).toEqual(['dead-letters 1 too-large']);
  expect(valueOf(kafka.calls[2]?.records[0])).toMatchObject({ raw: Buffer.alloc(0), rawTruncated: true });
  kafka.calls[2]?.commit();
  expect(await delivery).toEqual({
    outcome: 'delivered',
    jobs: 0,
    images: 0,
    deadLetters: ['wrong-type', 'too-large'],
  });
});

test('a dead letter that is refused even so fails the delivery, which is not remembered', async () => {
  let rounds = 0;
  const kafka = produceThat(({ topic }) => (topic === topics.deadLetters ? 'INVALID_RECORD' : null));
  const { deliver, told, inFlight } = givenPipeline((records) => {
    rounds++;
    return kafka.produce(records);
  });
  for (let attempt = 1; attempt <= 2; attempt++) {
    const failure = await deliver(requestOf(envelope([jobs(bad, job)], { id: 'M1' }))).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(BridgeError);
    expect(failure).toMatchObject({ code: 'dead-letter-refused', retryable: true });
    expect(told).toHaveLength(attempt);
    expect(told.at(-1)).toEqual(['notDelivered', 'M1', failure]);
    expect(rounds).toBe(attempt * 3);
  }
  expect(inFlight.of('primary1').messages).toBe(0);
  await expect(inFlight.idle()).resolves.toBeUndefined();
});

test('the raw bytes of a dead letter are cut to what its topic takes', async () => {
  const kafka = produceThat();
  const asked: number[] = [];
  const maxDeadLetterBytes = (keyBytes: number) => {
    asked.push(keyBytes);
    return 40_000;
  };
  const { deliver } = givenPipeline(kafka.produce, { maxDeadLetterBytes });
  const entry = { ...bad, clientName: 'ä', policyName: 'x'.repeat(50_000) };
  await deliver(requestOf(envelope([jobs(entry)])));
  const [letter] = kafka.committed;
  const { raw, rawTruncated } = valueOf(letter);
  expect(rawTruncated).toBe(true);
  expect(JSON.stringify(entry).startsWith((raw as Buffer).toString())).toBe(true);
  expect((raw as Buffer).length).toBeGreaterThan(1_000);
  expect(letter?.value.length).toBeLessThanOrEqual(40_000);
  expect(Math.max(...asked)).toBeGreaterThanOrEqual(letter?.key.length ?? Infinity);
});

test('a topic that takes hardly anything gets dead letters without raw bytes', async () => {
  const kafka = produceThat();
  const { deliver } = givenPipeline(kafka.produce, { maxDeadLetterBytes: () => 1_000 });
  expect(await deliver(requestOf('not JSON'))).toMatchObject({ deadLetters: ['not-json'] });
  expect(valueOf(kafka.committed[0])).toMatchObject({ raw: Buffer.alloc(0), rawTruncated: true });
});

test('whatever names a peer chooses, a dead letter fits where its raw bytes were cut to the room', async () => {
  const kafka = produceThat(({ value, key }) =>
    value.length + key.length > 24_000 ? 'MESSAGE_TOO_LARGE' : null,
  );
  const maxDeadLetterBytes = (keyBytes: number) => 24_000 - keyBytes;
  const { deliver } = givenPipeline(kafka.produce, { maxDeadLetterBytes });
  for (const clientName of ['€'.repeat(1_365), 'x'.repeat(100_000)]) {
    for (const object of ['JOB', '€'.repeat(1_024), 'x'.repeat(100_000)]) {
      const entry = { jobId: 'x'.repeat(50_000), clientName };
      const payload = [{ object, notificationType: 'INFO', data: [entry] }, jobs()];
      const report = await deliver(requestOf(envelope(payload, { id: '€'.repeat(1_024) }), 'p'.repeat(253)));
      expect(report.deadLetters).toHaveLength(1);
    }
  }
});
