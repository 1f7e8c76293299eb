/** Commands that wait for Kafka or a registry: they say on a terminal for what, and end within a bound that they name. */
import type { Command } from 'commander';
import { UnavailableError, UsageError } from '../errors.ts';
import { isStderrTerminal, tell } from './stderr.ts';

/** Of all that a command asks before it has its answer, or may begin to read; in s. */
const defaultSeconds = 30;
const maxSeconds = 3600;
/**
 * A user at a terminal is told what a command waits for when it takes longer, in ms: within the second in which they begin to wonder, more than
 * half of which the start of the program takes.
 */
const quietMs = 200;

export interface Waiting {
  /** What is waited for from now on; null: nothing. */
  for(what: string | null): void;
  /** Nothing that comes is bounded by the option any more: what follows has bounds of its own, or goes on until it is stopped. */
  unbounded(): void;
}

/** Adds the bound as an option. @param ofWhat what it holds for */
export function withTimeout(command: Command, ofWhat = 'for all that is asked'): Command {
  return command.option('--timeout <s>', `end after this many seconds, ${ofWhat}`, String(defaultSeconds));
}

/** @throws UsageError */
export function secondsOf(command: Command): number {
  const text = command.opts<{ readonly timeout: string }>().timeout;
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds >= 0.001 && seconds <= maxSeconds) return seconds;
  throw new UsageError(
    `--timeout must be a number of seconds up to ${maxSeconds}, not ${JSON.stringify(text)}`,
  );
}

/**
 * Does the work of a command within its --timeout. What is given up goes on until the program ends.
 * @param first what is waited for at the beginning
 * @throws UnavailableError `timeout`, which says what was waited for; and whatever the work throws
 */
export async function waitingFor<T>(
  first: string,
  seconds: number,
  work: (waiting: Waiting) => Promise<T>,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const telling = tellWaiting(seconds);
  const timer = setTimeout(() => late.reject(gaveUp(seconds, telling.what)), seconds * 1000);
  telling.for(first);
  const waiting = {
    for: telling.for,
    unbounded() {
      clearTimeout(timer);
      telling.unbounded();
    },
  };
  try {
    return await Promise.race([work(waiting), late.promise]);
  } finally {
    clearTimeout(timer);
    telling.for(null);
  }
}

function gaveUp(seconds: number, what: string | null): UnavailableError {
  const waited =
    what === null ? '' : `: no answer from ${what}: see that it answers there, or give it more time`;
  return new UnavailableError(`gave up after ${seconds} s (--timeout)${waited}`, 'timeout');
}

/** Tells once of each thing that takes long; to nobody where stderr isn't a terminal: a script gets results. @param seconds the bound */
export function tellWaiting(seconds: number) {
  const told = new Set<string>();
  let what: string | null = null;
  let suffix = `, up to ${seconds} s (--timeout)`;
  let timer: NodeJS.Timeout | undefined;
  return {
    get what() {
      return what;
    },
    unbounded() {
      suffix = '';
    },
    for(next: string | null) {
      if (next === what) return;
      what = next;
      clearTimeout(timer);
      if (next === null || told.has(next) || !isStderrTerminal()) return;
      timer = setTimeout(() => {
        told.add(next);
        tell(`waiting for ${next}${suffix}`);
      }, quietMs);
    },
  };
}
