/** The timers of the limits under test, which run when a test says so; all others run as they do. */
export interface HeldTimers extends Disposable {
  /** Runs the timers of that length once, as if it had passed. */
  fire(ms: number): void;
}

interface Held {
  readonly ms: number;
  readonly run: () => void;
  readonly repeats: boolean;
}

/**
 * Takes the place of the global timers until it is disposed of.
 * @param lengths of the timers to hold, in ms: lengths that nothing else uses
 */
export function holdTimers(lengths: readonly number[]): HeldTimers {
  const held = new Map<object, Held>();
  const real = { ...pickTimers(globalThis) };

  const hold = (repeats: boolean, real: (...args: never[]) => unknown) =>
    function set(run: (...args: unknown[]) => void, ms: number, ...args: unknown[]): unknown {
      if (!lengths.includes(ms)) return (real as typeof set)(run, ms, ...args);
      const handle = { ref: () => handle, unref: () => handle, hasRef: () => false };
      held.set(handle, { ms, run: () => run(...args), repeats });
      return handle;
    };
  const drop = (real: (handle: never) => void) => (handle: unknown) => {
    if (!held.delete(handle as object)) real(handle as never);
  };
  Object.assign(globalThis, {
    setTimeout: Object.assign(hold(false, real.setTimeout), real.setTimeout),
    setInterval: Object.assign(hold(true, real.setInterval), real.setInterval),
    clearTimeout: drop(real.clearTimeout),
    clearInterval: drop(real.clearInterval),
  });

  return {
    fire(ms) {
      const due = held.entries().filter(([, timer]) => timer.ms === ms);
      for (const [handle, timer] of due.toArray()) {
        if (!held.has(handle)) continue;
        if (!timer.repeats) held.delete(handle);
        timer.run();
      }
    },
    [Symbol.dispose]: () => void Object.assign(globalThis, real),
  };
}

function pickTimers({ setTimeout, setInterval, clearTimeout, clearInterval }: typeof globalThis) {
  return { setTimeout, setInterval, clearTimeout, clearInterval };
}
