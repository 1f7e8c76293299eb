import type { Tree } from '../../../tools/chart/tree.ts';

/** Values that contradict each other, over those of a mode (`minimal` unless it says another), by the one sentence that they end in. */
export type Contradictions = readonly (readonly [
  sentence: string,
  { readonly mode?: string; readonly values: Tree; readonly release?: string },
])[];

/** A volume of the user's own at /agent. */
export const elsewhere = {
  extraVolumes: [{ name: 'agent', emptyDir: {} }],
  extraVolumeMounts: [{ name: 'agent', mountPath: '/agent' }],
};
