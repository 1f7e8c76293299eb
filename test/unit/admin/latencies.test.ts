import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLatencies } from '../../../src/admin/latencies.ts';

const none = { answers: 0, p50Ms: null, p95Ms: null, p99Ms: null };

test('without answers there are no percentiles', () => {
  expect(createLatencies(12, 5_000).summary(1_000_000)).toEqual(none);
});

test('a percentile is never below the exact one, and at most an eighth above it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(4_000_000), { minLength: 1, maxLength: 200 }), (all) => {
      const latencies = createLatencies(12, 5_000);
      for (const ms of all) latencies.record(ms, 1_000_000);
      const sorted = all.toSorted((a, b) => a - b);
      const { answers, ...percentiles } = latencies.summary(1_000_000);
      expect(answers).toBe(all.length);
      for (const [share, told] of [
        [0.5, percentiles.p50Ms],
        [0.95, percentiles.p95Ms],
        [0.99, percentiles.p99Ms],
      ] as const) {
        const exact = sorted[Math.ceil(all.length * share) - 1] ?? NaN;
        expect(told).toBeGreaterThanOrEqual(exact);
        expect(told).toBeLessThanOrEqual(exact * 1.125);
      }
    }),
  );
});

test('what is older than all slots is forgotten, also where nothing came since', () => {
  const latencies = createLatencies(12, 5_000);
  latencies.record(7, 1_000_000);
  expect(latencies.summary(1_000_000 + 55_000)).toMatchObject({ answers: 1, p99Ms: 7 });
  expect(latencies.summary(1_000_000 + 60_000)).toEqual(none);
  latencies.record(9, 1_000_000 + 60_000);
  expect(latencies.summary(1_000_000 + 60_000)).toMatchObject({ answers: 1, p50Ms: 9 });
});

test('the slots are told by their beginnings, the present one last', () => {
  const latencies = createLatencies(3, 60_000);
  latencies.record(1, 120_000);
  latencies.record(3, 180_000);
  latencies.record(3, 239_999);
  expect(latencies.slots(240_000)).toEqual([
    { startedAt: 120_000, answers: 1, p50Ms: 1, p95Ms: 1, p99Ms: 1 },
    { startedAt: 180_000, answers: 2, p50Ms: 3, p95Ms: 3, p99Ms: 3 },
    { startedAt: 240_000, ...none },
  ]);
});

test('a time that runs backwards, and one beyond 70 minutes, are taken as the nearest that can be held', () => {
  const latencies = createLatencies(1, 60_000);
  latencies.record(-5, 0);
  latencies.record(1e12, 0);
  expect(latencies.summary(0)).toMatchObject({ answers: 2, p50Ms: 0, p99Ms: 2 ** 22 - 1 });
});
