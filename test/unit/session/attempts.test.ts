import { describe, expect, test } from 'vitest';

import { type AttemptLimits, createAttempts } from '../../../src/session/attempts.ts';

/** Attempts against a clock that the test sets. */
function given(limits: Partial<AttemptLimits> = {}) {
  const clock = { ms: 1_000_000 };
  const attempts = createAttempts(
    { perNetwork: 10, windowMs: 10_000, maxNetworks: 1000, ...limits },
    () => clock.ms,
  );
  const takeAll = (network: string): number => {
    let taken = 0;
    while (attempts.take(network)) taken++;
    return taken;
  };
  return { clock, attempts, takeAll };
}

describe('the attempts of one network', () => {
  test.each([1, 3, 7, 10, 1000])('may be made all at once: %d of them', (perNetwork) => {
    const { takeAll } = given({ perNetwork });
    expect(takeAll('a')).toBe(perNetwork);
  });

  test('come back one by one, and never twice as many around the end of a window', () => {
    const { clock, takeAll } = given();
    expect(takeAll('a')).toBe(10);
    clock.ms += 999;
    expect(takeAll('a')).toBe(0);
    clock.ms += 1;
    expect(takeAll('a')).toBe(1);
    clock.ms += 3_000;
    expect(takeAll('a')).toBe(3);
    clock.ms += 60_000;
    expect(takeAll('a')).toBe(10);
  });

  test('are not used up by attempts that were refused', () => {
    const { clock, attempts, takeAll } = given();
    takeAll('a');
    for (let n = 0; n < 1000; n++) attempts.take('a');
    clock.ms += 1_000;
    expect(attempts.take('a')).toBe(true);
  });

  test('are given back, but never more than there are', () => {
    const { attempts, takeAll } = given();
    for (let n = 0; n < 100; n++) {
      expect(attempts.take('a')).toBe(true);
      attempts.giveBack('a');
    }
    attempts.giveBack('a');
    attempts.giveBack('never seen');
    expect(takeAll('a')).toBe(10);
  });

  test('are no matter of another network', () => {
    const { takeAll } = given();
    expect(takeAll('a')).toBe(10);
    expect(takeAll('b')).toBe(10);
  });
});

describe('what is remembered', () => {
  test('is forgotten after two windows in which nothing came', () => {
    const { clock, attempts } = given();
    for (let n = 0; n < 400; n++) attempts.take(`quiet ${n}`);
    expect(attempts.size).toBe(400);
    for (const next of ['next', 'later']) {
      clock.ms += 10_000;
      attempts.take(next);
    }
    expect(attempts.size).toBe(2);
  });

  test('outlasts the window in which a network used up its attempts', () => {
    const { clock, attempts, takeAll } = given();
    clock.ms += 9_999;
    takeAll('busy');
    clock.ms += 1;
    attempts.take('other');
    expect(takeAll('busy')).toBe(0);
  });

  test('is bounded, and what was quiet for longest is forgotten first', () => {
    const { attempts, takeAll } = given({ maxNetworks: 1000 });
    takeAll('quiet');
    for (let n = 0; n < 600; n++) attempts.take(`other ${n}`);
    takeAll('busy');
    for (let n = 0; n < 500; n++) attempts.take(`another ${n}`);
    expect(attempts.size).toBeLessThanOrEqual(1000);
    expect(takeAll('busy')).toBe(0);
    expect(takeAll('quiet')).toBe(10);
  });

  test('stays bounded in a flood from a million networks', () => {
    const { clock, attempts } = given({ maxNetworks: 100_000 });
    let most = 0;
    for (let n = 0; n < 1_000_000; n++) {
      clock.ms += 0.001;
      attempts.take(`network ${n}`);
      most = Math.max(most, attempts.size);
    }
    expect(most).toBe(100_000);
  });
});
