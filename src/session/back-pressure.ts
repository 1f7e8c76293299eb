import type { Reading } from './reading.ts';

export interface BackPressureOptions {
  readonly reading: Reading;
  /** Null, or a promise of the moment when the primary may send more. Never rejects; forgotten when `cancel` aborts. */
  readonly relief: (primary: string, cancel: AbortSignal) => Promise<void> | null;
  readonly onChange: (primary: string, paused: boolean) => void;
}

/** Holds a peer back by not reading its socket while its primary is at its limits. */
export interface BackPressure {
  /** To be called after whatever may have brought the primary to its limits. */
  check(primary: string): void;
  /** The session ends: the socket is read again, or it would never see the peer's close frame. */
  stop(): void;
}

/** Reads the socket until the first check finds the primary at its limits. */
export function createBackPressure(options: BackPressureOptions): BackPressure {
  const { reading, relief, onChange } = options;
  let pausedFor: string | null = null;
  const stopped = new AbortController();

  /** Again and again: several sessions of one primary wake together, and the first of them may fill it again. */
  function hold(primary: string): void {
    const relieved = stopped.signal.aborted ? null : relief(primary, stopped.signal);
    if (relieved === null) return release();
    if (pausedFor === null) {
      pausedFor = primary;
      reading.stop('back-pressure');
      onChange(primary, true);
    }
    void relieved.then(() => hold(primary));
  }

  function release(): void {
    if (pausedFor === null) return;
    onChange(pausedFor, false);
    pausedFor = null;
    reading.goOn('back-pressure');
  }

  return {
    check(primary) {
      if (pausedFor === null) hold(primary);
    },
    stop() {
      stopped.abort();
      release();
    },
  };
}
