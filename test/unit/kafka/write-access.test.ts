import { expect, test } from 'vitest';
import { watchWriteAccess } from '../../../src/kafka/write-access.ts';
import { AppendError } from '../../../src/produce/append.ts';

const to = { topic: 'jobs', partition: 0 };
const other = { topic: 'jobs', partition: 1 };

/** An appender whose next appends fail with these errors, or succeed for null. */
function given(...outcomes: (Error | null)[]) {
  const next = () => {
    const error = outcomes.shift() ?? null;
    return error === null ? Promise.resolve() : Promise.reject(error);
  };
  return watchWriteAccess({ append: next, connect: next });
}

const denied = () =>
  new AppendError('unknown', 'X', 'x', Object.assign(new Error('x'), { type: 'TOPIC_AUTHORIZATION_FAILED' }));
const away = () => new AppendError('unknown', 'KafkaJSConnectionError', 'no connection');

test('a right that is missing is a reason until the partition was written', async () => {
  const access = given(denied(), away(), null, null);
  await expect(access.append(to, [])).rejects.toMatchObject({
    outcome: 'unknown',
    code: 'kafka-authorization',
    message: expect.stringMatching(/^jobs: .*grant WRITE/),
  });
  expect(access.refused).toMatch(/^jobs: /);
  await expect(access.append(to, [])).rejects.toThrow('no connection');
  await access.append(other, []);
  expect(access.refused).toMatch(/^jobs: /);
  await access.append(to, []);
  expect(access.refused).toBeNull();
});

test('a broker that is away is no reason: that mends itself', async () => {
  const access = given(away());
  await expect(access.append(to, [])).rejects.toMatchObject({ code: 'KafkaJSConnectionError' });
  expect(access.refused).toBeNull();
});

test('a partition that is gone is a reason no more', async () => {
  const access = given(denied(), new AppendError('unsent', 'PARTITION_ABSENT', 'gone'));
  await expect(access.append(to, [])).rejects.toThrow('grant WRITE');
  await expect(access.append(to, [])).rejects.toThrow('gone');
  expect(access.refused).toBeNull();
});

test('producers that may not connect say what to mend', async () => {
  await expect(given(denied()).connect()).rejects.toThrow(/^the producers: .*grant WRITE/);
});
