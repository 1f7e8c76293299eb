import type { PreparedMessage } from './message.ts';
import type { Simulator } from './simulator.ts';

export interface LoadOptions {
  /** How many messages may be given to the simulator and be unanswered; no more than its own `inFlight` is of use. */
  readonly window: number;
  /** Messages a second, kept on average; without it, as fast as the answers allow. */
  readonly ratePerSecond?: number | undefined;
  /** No message is begun after this time; what was begun is still waited for. */
  readonly durationMs?: number | undefined;
}

/**
 * Gives the messages to the simulator, `window` at a time, and resolves when all that were begun are answered, or the
 * simulator was closed: its report then tells what is missing. Messages may be made on the way: an endless source ends
 * with `durationMs` or with the simulator.
 */
export async function runLoad(
  simulator: Pick<Simulator, 'send'>,
  messages: Iterable<PreparedMessage>,
  { window, ratePerSecond, durationMs = Infinity }: LoadOptions,
): Promise<void> {
  const begun = performance.now();
  let open = 0;
  let count = 0;
  let closed = false;
  let settled = Promise.withResolvers<void>();

  function onSettled(): void {
    open -= 1;
    settled.resolve();
  }

  async function untilSettled(boundMs: number): Promise<void> {
    settled = Promise.withResolvers();
    const bound = boundMs === Infinity ? undefined : setTimeout(settled.resolve, boundMs);
    await settled.promise;
    clearTimeout(bound);
  }

  const ended = (): boolean => closed || remaining() <= 0;
  const idle = (): boolean => open === 0;
  const full = (): boolean => open >= window;
  const remaining = (): number => begun + durationMs - performance.now();

  for (const message of messages) {
    const dueAt = ratePerSecond === undefined ? begun : begun + (count * 1000) / ratePerSecond;
    while (!ended() && (full() || dueAt > performance.now())) {
      const untilDue = full() ? Infinity : Math.max(1, dueAt - performance.now());
      await untilSettled(Math.min(remaining(), untilDue));
    }
    if (ended()) break;
    count += 1;
    open += 1;
    simulator.send(message).then(onSettled, () => {
      closed = true;
      onSettled();
    });
  }
  while (!idle()) await untilSettled(Infinity);
}
