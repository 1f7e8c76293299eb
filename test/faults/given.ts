/** What a run is told from outside (tools/faults/main.ts sets it). */

/** The seed of everything random in this run; printed with the figures, and given again to repeat them. */
export const seed = Number(process.env['NBWSS_FAULT_SEED'] ?? Date.now() % 1_000_000);

const isFull = process.env['NBWSS_FAULT_FULL'] === '1';

/** How long the mixed faults last, in ms; 0 where the cases run one by one. */
export const mixedMs = Number(process.env['NBWSS_FAULT_MINUTES'] ?? 0) * 60_000;

/** How long a fault lasts, in ms: the short form is for every change, the full one has the lengths of the requirement. */
export function lasting(shortSeconds: number, fullSeconds: number): number {
  return (isFull ? fullSeconds : shortSeconds) * 1000;
}

/**
 * The bridge answers within this time of the cluster's own recovery: the request that is under way may still time out (10 s), and
 * then the wait before the next one counts (2 s). In ms.
 */
export const recoveryBoundMs = 12_000;

/** Bounds a case beside its faults: start of the bridge, load before and after, reading back. In ms. */
export const caseBoundMs = 120_000;

/** Of the bridges, for whoever looks into a failure. */
export const logLevel = process.env['NBWSS_FAULT_LOG_LEVEL'] ?? 'info';
