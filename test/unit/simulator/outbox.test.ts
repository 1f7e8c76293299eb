import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { generateMessages } from '../../../src/simulator/generate.ts';
import { createOutbox } from '../../../src/simulator/outbox.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const [first, second] = [...generateMessages({ seed: 1 }).take(2)];
if (first === undefined || second === undefined) throw new Error('the generator ended');

function outboxAndLink() {
  const outbox = createOutbox({
    inFlight: 2,
    scheduledRateMs: 5_000,
    onSent: () => undefined,
    onAnswered: () => undefined,
  });
  const frames: Buffer[] = [];
  const link = { bufferedBytes: 0, send: (frame: Buffer) => void frames.push(frame) };
  return { outbox, link, frames };
}

test('counts the time to the resend for each message by itself', () => {
  const { outbox, link, frames } = outboxAndLink();
  outbox.connected(link);
  void outbox.add(first);
  vi.advanceTimersByTime(2_000);
  void outbox.add(second);
  vi.advanceTimersByTime(3_010);
  expect(frames).toEqual([first.frame, second.frame, first.frame]);
  vi.advanceTimersByTime(2_000);
  expect(frames.slice(3)).toEqual([second.frame]);
});

test('sends nothing again while the endpoint reads nothing, and goes on when it does', () => {
  const { outbox, link, frames } = outboxAndLink();
  outbox.connected(link);
  void outbox.add(first);
  link.bufferedBytes = 17 * 1024 * 1024;
  vi.advanceTimersByTime(60_000);
  expect(frames).toHaveLength(1);
  link.bufferedBytes = 0;
  vi.advanceTimersByTime(5_010);
  expect(frames).toHaveLength(2);
});

test('holds every message while there is no connection, and needs no timer for that', () => {
  const { outbox, link, frames } = outboxAndLink();
  void outbox.add(first);
  expect(vi.getTimerCount()).toBe(0);
  outbox.connected(link);
  outbox.disconnected();
  expect(vi.getTimerCount()).toBe(0);
  outbox.connected(link);
  expect(frames).toEqual([first.frame, first.frame]);
});
