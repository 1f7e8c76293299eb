import { Command } from 'commander';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { secondsOf, waitingFor, type Waiting, withTimeout } from '../../../src/cli/waiting.ts';
import { kafkaAt, registryAt } from '../../../src/where-asked.ts';
import { ExitCode } from '../../../src/errors.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What stderr gets from now on, as a terminal or not. */
function stderr(isTTY: boolean): string[] {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  const was = process.stderr.isTTY;
  process.stderr.isTTY = isTTY;
  onTestFinished(() => {
    spy.mockRestore();
    process.stderr.isTTY = was;
  });
  return lines;
}

/** Work that goes on until the test ends it. */
function given(seconds = 30) {
  const { promise, resolve } = Promise.withResolvers<string>();
  let waiting: Waiting | undefined;
  const done = waitingFor('Kafka', seconds, (given) => {
    waiting = given;
    return promise;
  });
  done.catch(() => {});
  return { waiting: waiting as unknown as Waiting, done, resolve };
}

test('within a second a terminal is told what is waited for, once, and for how long', async () => {
  const lines = stderr(true);
  const { waiting, resolve, done } = given();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(lines).toEqual(['nbwss-bridge: waiting for Kafka, up to 30 s (--timeout)\n']);
  waiting.for('the registry');
  waiting.for('Kafka');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(lines).toHaveLength(1);
  waiting.for('the registry');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(lines[1]).toBe('nbwss-bridge: waiting for the registry, up to 30 s (--timeout)\n');
  resolve('done');
  expect(await done).toBe('done');
});

test('what answers soon is not told of, and nothing is after the end', async () => {
  const lines = stderr(true);
  const { resolve, done } = given();
  await vi.advanceTimersByTimeAsync(100);
  resolve('done');
  await done;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lines).toEqual([]);
});

test('a script is told of no wait', async () => {
  const lines = stderr(false);
  const { done } = given();
  await vi.advanceTimersByTimeAsync(30_000);
  await expect(done).rejects.toThrow('gave up');
  expect(lines).toEqual([]);
});

test('the end names the bound, and what gave no answer', async () => {
  stderr(false);
  const { waiting, done } = given(2.5);
  waiting.for('the registry');
  await vi.advanceTimersByTimeAsync(2_500);
  await expect(done).rejects.toMatchObject({
    code: 'timeout',
    exitCode: ExitCode.unavailable,
    message:
      'gave up after 2.5 s (--timeout): no answer from the registry: see that it answers there, or give it more time',
  });
});

test('what is unbounded goes on, and a terminal is still told what it waits for', async () => {
  const lines = stderr(true);
  const { waiting, resolve, done } = given();
  waiting.unbounded();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(lines).toEqual(['nbwss-bridge: waiting for Kafka\n']);
  resolve('done');
  expect(await done).toBe('done');
});

const parsed = (...args: string[]) => {
  const command = withTimeout(new Command('a'));
  command.parse(args, { from: 'user' });
  return command;
};

test('the bound is 30 s, or what is given', () => {
  expect(secondsOf(parsed())).toBe(30);
  expect(secondsOf(parsed('--timeout', '0.5'))).toBe(0.5);
});

test.each(['0', '-1', 'x', '', '3601', 'Infinity'])('%j is no bound', (text) => {
  expect(() => secondsOf(parsed(`--timeout=${text}`))).toThrow(
    /^--timeout must be a number of seconds up to 3600/,
  );
});

test('places are told with the setting that names them', () => {
  expect(kafkaAt({ brokers: ['a:1', 'b:2'] })).toBe('Kafka at a:1, b:2 (kafka.brokers)');
  expect(registryAt({ url: 'http://r', fallbackUrls: [] })).toBe(
    'the schema registry at http://r (registry.url)',
  );
  expect(registryAt({ url: 'http://r', fallbackUrls: ['http://s'] })).toBe(
    'the schema registry at http://r, http://s (registry.url, registry.fallbackUrls)',
  );
});
