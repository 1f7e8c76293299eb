import { describe, expect, test } from 'vitest';

import {
  createSessionLimit,
  maxProbeSessions,
  minAgeMs,
  quietMs,
} from '../../../src/session/session-limit.ts';

/** A limit on a clock that stands still until it is moved, and who gave way so far. */
function given(max: number) {
  let time = 1_000_000;
  const limit = createSessionLimit(max, () => time);
  const gaveWay: string[] = [];
  return {
    gaveWay,
    pass: (ms: number) => void (time += ms),
    admit: (name: string, primary = 'pa') => limit.admit(primary, () => gaveWay.push(name)),
  };
}

test('at the limit the oldest gives way, once it is old enough', () => {
  const { admit, pass, gaveWay } = given(2);
  admit('first');
  pass(1);
  admit('second');
  pass(minAgeMs - 2);
  expect(admit('too early')).toBeNull();
  pass(1);
  expect(admit('third')).not.toBeNull();
  expect(gaveWay).toEqual(['first']);
});

test('a place that is freed is taken without anybody giving way', () => {
  const { admit, pass, gaveWay } = given(1);
  const leave = admit('first');
  pass(minAgeMs);
  leave?.();
  expect(admit('second')).not.toBeNull();
  expect(gaveWay).toEqual([]);
});

test('who gave way frees no second place when its connection ends', () => {
  const { admit, pass } = given(1);
  const leave = admit('first');
  pass(minAgeMs);
  admit('second');
  leave?.();
  expect(admit('third')).toBeNull();
});

test('a network that dropped: all sessions are exchanged at once', () => {
  const { admit, pass, gaveWay } = given(16);
  for (let n = 0; n < 16; n++) admit(`old ${n}`);
  pass(minAgeMs);
  const admitted = Array.from({ length: 16 }, (_, n) => admit(`new ${n}`));
  expect(admitted).not.toContain(null);
  expect(gaveWay).toEqual(Array.from({ length: 16 }, (_, n) => `old ${n}`));
});

test('sessions that are left behind one by one give way for ever: the primary is quiet in between', () => {
  const { admit, pass, gaveWay } = given(1);
  admit('0');
  for (let n = 1; n <= 100; n++) {
    pass(quietMs + 1);
    expect(admit(String(n))).not.toBeNull();
  }
  expect(gaveWay).toHaveLength(100);
});

test('each primary has places of its own, and the probe has two', () => {
  const { admit } = given(1);
  admit('of pa', 'pa');
  expect(admit('of pb', 'pb')).not.toBeNull();
  for (let n = 0; n < maxProbeSessions; n++) expect(admit('a probe', 'probe')).not.toBeNull();
  expect(admit('one more', 'probe')).toBeNull();
  expect(maxProbeSessions).toBe(2);
});

/**
 * Clients that connect for ever, for two days: each comes again after its wait, whether it was refused or gave way.
 * @returns how often one gave way, and how many have a session at the end
 */
function simulate(clients: number, max: number, waitOf: (client: number, attempt: number) => number) {
  const endMs = 2 * 24 * 60 * 60_000;
  let time = 0;
  let attempts = 0;
  let evictions = 0;
  const limit = createSessionLimit(max, () => time);
  const inside = new Set<number>();
  const nextAt = Array.from({ length: clients }, () => 0);
  const comeAgain = (client: number): void => {
    nextAt[client] = time + waitOf(client, attempts++);
  };
  for (;;) {
    time = Math.min(...nextAt);
    if (time > endMs) return { evictions, inside: inside.size };
    const client = nextAt.indexOf(time);
    const place = limit.admit('pa', () => {
      evictions++;
      inside.delete(client);
      comeAgain(client);
    });
    if (place === null) comeAgain(client);
    else {
      inside.add(client);
      nextAt[client] = Infinity;
    }
  }
}

describe('20 clients that reconnect for ever under a limit of 16', () => {
  test.each<[string, (client: number, attempt: number) => number]>([
    ['every minute, as NetBackup does', () => 60_000],
    ['every ten seconds', () => 10_000],
    ['at once', (_client, attempt) => 1_000 + (attempt % 7)],
    ['each in its own time, below a minute', (client) => 20_000 + client * 2_000],
    ['a little later each time', (_client, attempt) => 60_000 + (attempt % 50) * 1_000],
  ])('%s: drive each other out 16 times at most, and 16 stay', (_when, waitOf) => {
    const { evictions, inside } = simulate(20, 16, waitOf);
    expect(evictions).toBeLessThanOrEqual(16);
    expect(inside).toBe(16);
  });
});
