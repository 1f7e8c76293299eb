/** How long NetBackup is without service: from the end of a connection to the first answer on the next one. */

export interface Gap {
  /** Of the connection that ended; 1006 is one without a close frame. */
  readonly closeCode: number;
  /** NetBackup's own wait before it connects again included. */
  readonly ms: number;
}

export interface GapMeter {
  readonly gaps: readonly Gap[];
  disconnected(closeCode: number): void;
  answered(): void;
}

export function createGapMeter(): GapMeter {
  const gaps: Gap[] = [];
  let open: { readonly closeCode: number; readonly since: number } | null = null;
  return {
    gaps,
    disconnected(closeCode) {
      // A connection that ends before its first answer only prolongs the gap.
      open ??= { closeCode, since: performance.now() };
    },
    answered() {
      if (open === null) return;
      gaps.push({ closeCode: open.closeCode, ms: performance.now() - open.since });
      open = null;
    },
  };
}
