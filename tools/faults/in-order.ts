import { setTimeout as delay } from 'node:timers/promises';

/** Runs what it is given after a delay, and never before what it was given earlier. */
export function inOrder(): (delayMs: number, act: () => void) => void {
  let last: Promise<void> | null = null;
  return (delayMs, act) => {
    if (delayMs === 0 && last === null) return act();
    const mine: Promise<void> = Promise.all([last, delay(delayMs)]).then(() => {
      if (last === mine) last = null;
      act();
    });
    last = mine;
  };
}
