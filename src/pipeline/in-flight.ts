/** What one primary has in flight: received, and neither delivered nor given up. */
export interface PrimaryInFlight {
  readonly messages: number;
  readonly bytes: number;
  /** Unix ms when the oldest of them arrived; null where there is none. */
  readonly oldestReceivedAt: number | null;
}

export interface InFlightLimits {
  readonly maxMessagesPerPrimary: number;
  readonly maxBytesPerPrimary: number;
  /** Over all primaries. */
  readonly maxBytes: number;
}

/**
 * Counts what is in flight, and tells when a primary has to be held back. Deliveries count until they end, also those
 * whose session is gone: a primary that reconnects in a loop gets no more room by it.
 */
export interface InFlight {
  /** @returns how to end it; to be called once */
  begin(primary: string, bytes: number, receivedAt: number): () => void;
  /**
   * Null below the limits; else a promise of the moment when the primary is below them again.
   * @param cancel whoever waits no longer aborts it, and is forgotten: the promise then stays open
   */
  relief(primary: string, cancel?: AbortSignal): Promise<void> | null;
  /** Null while less than half of `maxBytes` is in flight; else a promise of the moment when it is so again. */
  room(): Promise<void> | null;
  of(primary: string): PrimaryInFlight;
  /** Resolves when nothing is in flight any more. */
  idle(): Promise<void>;
}

interface Held {
  messages: number;
  bytes: number;
  /** Arrival times in order of arrival. */
  readonly arrivals: Set<{ readonly receivedAt: number }>;
  readonly waiters: Set<() => void>;
}

/** @param primaries how many primaries are configured: half of `maxBytes` is theirs in equal shares, the rest is common */
export function createInFlight(limits: InFlightLimits, primaries: () => number): InFlight {
  const held = new Map<string, Held>();
  let total = 0;
  let totalBytes = 0;
  let idleWaiters: (() => void)[] = [];
  let roomWaiters: (() => void)[] = [];

  function of(primary: string): Held {
    let entry = held.get(primary);
    if (entry === undefined)
      held.set(primary, (entry = { messages: 0, bytes: 0, arrivals: new Set(), waiters: new Set() }));
    return entry;
  }

  /** A primary within its share is never held back by the others; beyond it, while the common half lasts. */
  function isFull({ messages, bytes }: Held): boolean {
    if (messages >= limits.maxMessagesPerPrimary || bytes >= limits.maxBytesPerPrimary) return true;
    const share = limits.maxBytes / 2 / Math.max(1, primaries());
    if (bytes < share) return false;
    let common = 0;
    for (const other of held.values()) common += Math.max(0, other.bytes - share);
    return common >= limits.maxBytes / 2;
  }

  function hasRoom(): boolean {
    return totalBytes < limits.maxBytes / 2;
  }

  function end(entry: Held, bytes: number): void {
    entry.messages--;
    entry.bytes -= bytes;
    total--;
    totalBytes -= bytes;
    for (const other of held.values()) {
      if (other.waiters.size === 0 || isFull(other)) continue;
      const relieved = [...other.waiters];
      other.waiters.clear();
      relieved.forEach((relieve) => relieve());
    }
    if (hasRoom()) {
      roomWaiters.forEach((resolve) => resolve());
      roomWaiters = [];
    }
    if (total > 0) return;
    idleWaiters.forEach((resolve) => resolve());
    idleWaiters = [];
  }

  return {
    begin(primary, bytes, receivedAt) {
      const entry = of(primary);
      const arrival = { receivedAt };
      entry.messages++;
      entry.bytes += bytes;
      entry.arrivals.add(arrival);
      total++;
      totalBytes += bytes;
      return () => {
        entry.arrivals.delete(arrival);
        end(entry, bytes);
      };
    },
    relief(primary, cancel) {
      const entry = of(primary);
      if (!isFull(entry)) return null;
      const { promise, resolve } = Promise.withResolvers<void>();
      const relieve = () => {
        cancel?.removeEventListener('abort', forget);
        resolve();
      };
      const forget = () => entry.waiters.delete(relieve);
      entry.waiters.add(relieve);
      cancel?.addEventListener('abort', forget, { once: true });
      return promise;
    },
    room() {
      return hasRoom() ? null : new Promise((resolve) => roomWaiters.push(resolve));
    },
    of(primary) {
      const { messages, bytes, arrivals } = of(primary);
      const oldest = arrivals.values().next().value;
      return { messages, bytes, oldestReceivedAt: oldest?.receivedAt ?? null };
    },
    idle() {
      return total === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve));
    },
  };
}
