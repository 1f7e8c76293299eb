import type { z } from 'zod';
import type { groups } from './groups.ts';

export interface CrossCheck {
  /** The settings that the check compares; the first is where the problem is reported. */
  readonly settings: readonly [string, string, ...string[]];
  readonly holds: (values: z.infer<typeof groups>) => boolean;
  /** Completes "<first setting> …". */
  readonly sentence: string;
}
