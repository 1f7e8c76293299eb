/**
 * The configuration: one schema, from which the types, the names of environment variables and flags, the documentation
 * page and the JSON Schema are derived.
 */
import type { z } from 'zod';
import type { CrossCheck } from './cross-check.ts';
import { crossChecks } from './cross-checks.ts';
import { groups } from './groups.ts';

/** The schema of the YAML file and, with its defaults filled in, of the effective configuration. */
export const configSchema = crossChecks.reduce(
  (schema, check) =>
    schema.refine(check.holds, {
      path: check.settings[0].split('.'),
      error: check.sentence,
      params: { settings: check.settings },
      when: ({ issues }) => !issues.some((issue) => concerns(check, issue)),
    }),
  groups,
);

/** Whether one of the check's settings has no value to rely on. Unknown keys and failed checks leave the values alone. */
function concerns({ settings }: CrossCheck, { code, path = [], params }: z.core.$ZodRawIssue): boolean {
  if (code === 'unrecognized_keys' || (code === 'custom' && params !== undefined)) return false;
  const at = path.map((key) => `${String(key)}.`).join('');
  return settings.some((setting) => `${setting}.`.startsWith(at) || at.startsWith(`${setting}.`));
}

type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T;

/** The effective configuration: every setting has its value. */
export type Config = Immutable<z.infer<typeof configSchema>>;
