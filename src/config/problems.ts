/** What is wrong with the configuration, as sentences: which setting, what was seen, from where, what is expected. */
import type { z } from 'zod';
import { nearestName } from './nearest.ts';
import { removedProblem, removedSettings } from './removed.ts';
import { sections, type Setting, settings } from './settings.ts';

/** The merged sources, before the schema has seen them. */
export interface Merged {
  readonly tree: Readonly<Record<string, unknown>>;
  /** Where the value at a path came from: "environment variable NBWSS_…", "bridge.yaml, line 3". */
  readonly originOf: (path: string) => string | undefined;
}

const LONGEST_VALUE_SHOWN = 100;

const allPaths: readonly string[] = [...settings, ...sections].map(({ path }) => path);

/** The sentences for one issue of the schema. */
export function describeIssue(issue: z.core.$ZodIssue, merged: Merged): string[] {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(path === '' ? '' : `${path}.`, key, merged));
  }
  if (issue.code === 'custom' && issue.params !== undefined) {
    return [failedCheck(path, issue.message, issue.params['settings'], merged)];
  }
  const value =
    issue.code === 'invalid_key' ? `the name ${String(issue.path.at(-1))}` : valueAt(merged.tree, issue.path);
  const setting = settings.find((each) => path === each.path || path.startsWith(`${each.path}.`));
  if (setting && value === undefined) return [missing(setting)];
  const expected = setting?.type ?? 'a mapping of settings (key: value)';
  const got = mayBeSecret(path) ? withoutValue(value) : shown(value);
  return [`${path}: expected ${expected}; got ${got}${from(setting?.path ?? path, merged)}`];
}

/** Whether values that aren't known could resolve the issue: a required setting is missing, or a comparison failed. */
export function dependsOnOthers(issue: z.core.$ZodIssue, merged: Merged): boolean {
  return issue.code === 'custom' ? issue.params !== undefined : isMissing(issue, merged);
}

/** Whether the issue is a required setting without a value. */
export function isMissing(issue: z.core.$ZodIssue, { tree }: Merged): boolean {
  return issue.code === 'invalid_type' && valueAt(tree, issue.path) === undefined;
}

function missing({ path, type, env, flag }: Setting): string {
  return `${path}: is required; expected ${type}. Set ${path} in the configuration file, ${env} in the environment, or ${flag}`;
}

function unknownKey(prefix: string, key: string, merged: Merged): string {
  const path = `${prefix}${key}`;
  const removed = removedSettings.find((each) => each.path === path);
  if (removed) return removedProblem(removed, merged.originOf(path));
  return `${path}: there is no such setting${from(path, merged)}; ${hintFor(prefix, key)}`;
}

function hintFor(prefix: string, key: string): string {
  if (allPaths.includes(`${prefix}${key}`)) return 'write it as nested keys, without the dots';
  const below = allPaths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  const sibling = nearestName(
    key,
    below.filter((name) => !name.includes('.')),
  );
  const nearest = sibling === undefined ? nearestName(key, allPaths) : `${prefix}${sibling}`;
  return nearest === undefined ? 'remove it, or see docs/configuration.md' : `did you mean ${nearest}?`;
}

function failedCheck(path: string, sentence: string, compared: unknown, merged: Merged): string {
  const values = settings
    .filter((setting) => Array.isArray(compared) && compared.includes(setting.path))
    .map((setting) => {
      const given = valueAt(merged.tree, setting.path.split('.'));
      const value = given ?? setting.default;
      if (value === undefined) return `${setting.path} is not given`;
      const text = setting.kind === 'map' ? namesIn(value) : shown(value);
      return `${setting.path} is ${text}${from(setting.path, merged) || ' (default)'}`;
    });
  return `${path}: ${sentence}; ${values.join(', ')}`;
}

function from(path: string, { originOf }: Merged): string {
  const origin = originOf(path);
  return origin === undefined ? '' : ` (${origin})`;
}

export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined,
    tree,
  );
}

/** Values by name may be secrets in the wrong place. */
function namesIn(value: unknown): string {
  const names = Object.keys(Object(value));
  return names.length === 0 ? 'empty' : `a mapping of ${shown(names.join(', '))}`;
}

/** Whether somebody may have put a secret where the settings want the path of its file, or a mapping with it. */
function mayBeSecret(path: string): boolean {
  return /(?:File|Directory|^credentials|\bsasl|\bauth|\boauth)$|[hH]eader(?:s|Files)\b/.test(path);
}

function withoutValue(value: unknown): string {
  if (value === null || value === '') return shown(value);
  return `a value of another kind (${Array.isArray(value) ? 'list' : typeof value}, not shown)`;
}

/** The value as it was written, short, and without what may be a secret in the wrong place. */
function shown(value: unknown): string {
  if (value === null) return 'nothing';
  if (typeof value === 'string' && /-----BEGIN|\n/.test(value)) return 'text of several lines (not shown)';
  const text = (typeof value === 'number' ? String(value) : JSON.stringify(value)).replaceAll(
    /\/\/[^\s"]*@/g,
    '//***@',
  );
  return text.length > LONGEST_VALUE_SHOWN ? `${text.slice(0, LONGEST_VALUE_SHOWN)}…` : text;
}
