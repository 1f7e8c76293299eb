import type { TargetName } from '../../test/fuzz/corpus.ts';
import type { Target } from './target.ts';

/** Only one is loaded: what another loads would be in the way of its measurements. */
export async function loadTarget(name: TargetName): Promise<Target> {
  if (name === 'codec') return (await import('./codec-target.ts')).codecTarget;
  if (name === 'cost') return (await import('./cost-target.ts')).costTarget;
  return (await import('./session-target.ts')).sessionTarget;
}
