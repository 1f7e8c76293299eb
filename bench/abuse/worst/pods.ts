/** The pods that the worst messages are tried on, and the limits on what comes in that the chart asks for on each. */
import { limits as limitsSchema } from '../../../src/config/limits.ts';
import type { ShapeLimits } from './shape-parts.ts';

export interface Pod {
  /** The limit on its memory. */
  readonly mebibytes: number;
  /** Settings over the defaults. */
  readonly limits: Readonly<Record<string, unknown>>;
}

/** As `resources.limits.memory` in helm/nbwss-bridge/values.yaml has it, and helm/nbwss-bridge/ci/small-values.yaml. */
export const pods: readonly Pod[] = [
  { mebibytes: 512, limits: {} },
  {
    mebibytes: 256,
    limits: {
      maxPayloadBytes: 3_145_728,
      maxEntries: 10_000,
      maxValues: 200_000,
      inFlight: { maxBytesPerPrimary: 6_291_456, maxBytes: 12_582_912 },
    },
  },
];

/** What a message may be on a pod. */
export function shapeLimitsOf({ limits }: Pod): ShapeLimits {
  const set = limitsSchema.parse(limits);
  return {
    payloadBytes: set.maxPayloadBytes,
    entries: set.maxEntries,
    values: set.maxValues,
    depth: set.maxDepth,
    names: set.maxNames,
    fragments: set.maxFragments,
  };
}
