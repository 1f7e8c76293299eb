import type { Random } from '../../src/simulator/random.ts';

/** An integer from 0 to `end` - 1. */
export function below(random: Random, end: number): number {
  return random.bits() % end;
}

/** An element of a list; throws where it is empty. */
export function oneOf<T>(random: Random, list: readonly T[]): T {
  if (list.length === 0) throw new Error('nothing to choose from');
  return list[below(random, list.length)] as T;
}
