import { expect, test } from 'vitest';

import { generateMessages, type GeneratorOptions, imageTimeOffset } from '../../../src/simulator/generate.ts';

const timeStamp = 1_700_000_000;

interface Notification {
  readonly object: string;
  readonly data: readonly Record<string, number | string>[];
}

function generate(count: number, options: Partial<GeneratorOptions> = {}) {
  return [...generateMessages({ seed: 1, timeStamp, ...options }).take(count)];
}

function notifications(frame: Buffer): readonly Notification[] {
  return JSON.parse(frame.toString()).payload;
}

test('gives the same bytes for the same seed, and others for another', () => {
  const options = { entriesPerMessage: 5 };
  expect(generate(20, options)).toEqual(generate(20, options));
  const ids = new Set([...generate(20), ...generate(20, { seed: 2 })].map(({ id }) => id));
  expect(ids.size).toBe(40);
});

test('numbers the entries through, so that each can be found again', () => {
  const numbers = generate(10, { entriesPerMessage: 7, firstEntry: 100 }).flatMap(
    ({ frame, entries, firstEntry }) => {
      const found = notifications(frame).flatMap(({ object, data }) =>
        data.map((entry) =>
          object === 'JOB' ? entry['jobId'] : Number(entry['backupTime']) - timeStamp + imageTimeOffset,
        ),
      );
      expect(found.map(Number).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: entries }, (_, i) => firstEntry + i),
      );
      return found;
    },
  );
  expect(new Set(numbers).size).toBe(70);
});

test.each([
  [0, 0],
  [0.25, 25],
  [0.5, 50],
  [1, 100],
])('keeps a share of jobs of %d', (jobShare, jobs) => {
  const objects = generate(100, { jobShare }).flatMap(({ frame }) =>
    notifications(frame).map(({ object }) => object),
  );
  expect(objects.filter((object) => object === 'JOB')).toHaveLength(jobs);
  expect(objects).toHaveLength(100);
});

test('makes envelopes and entries of the documented shape', () => {
  const [message] = generate(1, { entriesPerMessage: 2 });
  expect(JSON.parse(message?.frame.toString() ?? '')).toEqual({
    version: '1.0',
    id: expect.stringMatching(/^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/),
    type: 'NOTIFICATION',
    subType: 'REQUEST',
    timeStamp,
    payload: [
      {
        notificationType: 'INFO',
        object: 'JOB',
        data: [expect.objectContaining({ jobId: 2, state: expect.any(String) })],
      },
      {
        notificationType: 'INFO',
        object: 'IMAGE',
        data: [expect.objectContaining({ backupTime: expect.any(Number) })],
      },
    ],
  });
});

test('spreads the entries over the given number of clients', () => {
  const names = generate(500, { clients: 3 }).flatMap(({ frame }) =>
    notifications(frame).flatMap(({ data }) => data.map((entry) => entry['clientName'])),
  );
  expect(new Set(names)).toEqual(
    new Set(['client-0001.example.com', 'client-0002.example.com', 'client-0003.example.com']),
  );
});
