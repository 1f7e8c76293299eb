/** Why a part isn't ready, in words; null when it is. */
export type Check = () => string | null;

/** Readiness as named checks, in the order in which they were added. */
export interface Health {
  /** Adds a check, or takes the place of the one of that name. */
  set(name: string, check: Check): void;
  /** Every check with its reason; ready when all are null. */
  report(): { readonly ready: boolean; readonly checks: Readonly<Record<string, string | null>> };
}

/** Without checks yet: ready. */
export function createHealth(): Health {
  const checks = new Map<string, Check>();
  return {
    set: (name, check) => void checks.set(name, check),
    report() {
      const reasons = [...checks].map(([name, check]) => [name, check()] as const);
      return { ready: reasons.every(([, reason]) => reason === null), checks: Object.fromEntries(reasons) };
    },
  };
}
