export interface AttemptLimits {
  /** Attempts that may be made at once; they come back evenly, all of them in `windowMs`. */
  readonly perNetwork: number;
  readonly windowMs: number;
  /** Networks that are remembered. Beyond it the half that was quiet for longer is forgotten. */
  readonly maxNetworks: number;
}

/** Counts attempts, a token bucket for each network. */
export interface Attempts {
  /** @returns false, and counts nothing, where the network has none left */
  take(network: string): boolean;
  /** The attempt was no abuse. */
  giveBack(network: string): void;
  /** Networks that are remembered now. */
  readonly size: number;
}

/** Rounding must not cost a network its last attempt, in ms. */
const toleranceMs = 0.5;

/** @param now ms, of a clock that never goes back */
export function createAttempts(limits: AttemptLimits, now: () => number): Attempts {
  const { perNetwork, windowMs, maxNetworks } = limits;
  const costMs = windowMs / perNetwork;
  /**
   * When each bucket is full again, which is no different from none. Two generations, so that forgetting costs nothing:
   * one map in order of age would be searched through all its deleted entries for the oldest.
   */
  let young = new Map<string, number>();
  let old = new Map<string, number>();
  let youngSince = now();

  function remember(network: string, full: number, time: number): void {
    // What is old by then had no attempt for a window, so its buckets are full.
    if (time - youngSince >= windowMs || young.size >= maxNetworks / 2) {
      old = young;
      young = new Map();
      youngSince = time;
    }
    old.delete(network);
    young.set(network, full);
  }

  return {
    take(network) {
      const time = now();
      const before = young.get(network) ?? old.get(network) ?? 0;
      const full = Math.max(before, time) + costMs;
      if (full - time > windowMs + toleranceMs) return false;
      remember(network, full, time);
      return true;
    },
    giveBack(network) {
      for (const generation of [young, old]) {
        const full = generation.get(network);
        if (full !== undefined) generation.set(network, full - costMs);
      }
    },
    get size() {
      return young.size + old.size;
    },
  };
}
