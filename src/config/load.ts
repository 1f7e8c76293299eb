/** Loads the configuration from its sources: flags before environment before file before defaults. */
import { createHash } from 'node:crypto';
import { ConfigError } from '../errors.ts';
import { CONFIG_VARIABLE, readEnvironment, readFlags, type TextValue } from './environment.ts';
import { type FileSource, isMapping, readConfigFile } from './file.ts';
import { groups } from './groups.ts';
import { describeIssue, dependsOnOthers, isMissing, type Merged, valueAt } from './problems.ts';
import { type Config, configSchema } from './schema.ts';
import { sections } from './settings.ts';

export interface ConfigSources {
  /** Path of the YAML file; without it NBWSS_CONFIG of `env` names the file, if it is set. */
  readonly file?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  /** Values of flags by the path of their setting: `{'kafka.clientId': 'x'}`. */
  readonly flags?: Readonly<Record<string, string>>;
}

/**
 * The effective configuration. Files that it names aren't opened.
 * @throws ConfigError with every problem of every source. What is wrong only without the content of a
 * file that can't be read isn't among them.
 */
export function loadConfig(sources: ConfigSources): Config {
  return loadGroups(sources, Object.keys(groups.shape) as (keyof Config)[]);
}

/**
 * The groups of settings that a command needs. What another group lacks is no problem then; what it has wrong is.
 * @throws as loadConfig
 */
export function loadGroups<Name extends keyof Config>(
  sources: ConfigSources,
  names: readonly Name[],
): Pick<Config, Name> {
  const { problems, unread, merged } = readSources(sources);
  const issues = (configSchema.safeParse(merged.tree).error?.issues ?? []).filter((issue) => {
    if (unread && dependsOnOthers(issue, merged)) return false;
    return names.some((name) => name === issue.path[0]) || !isMissing(issue, merged);
  });
  const sentences = new Set([...problems, ...issues.flatMap((issue) => describeIssue(issue, merged))]);
  if (sentences.size > 0) throw new ConfigError([...sentences]);
  const values = names.map((name) => [name, groups.shape[name].parse(merged.tree[name])]);
  return Object.fromEntries(values) as Pick<Config, Name>;
}

/**
 * The values of these settings, as far as they are given and valid, whatever is wrong with others: what they name can be looked at
 * in the same round in which `loadConfig` tells of the others.
 */
export function loadValid<Path extends string>(
  sources: ConfigSources,
  paths: readonly Path[],
): Partial<Record<Path, string>> {
  const { merged } = readSources(sources);
  const wrong = (configSchema.safeParse(merged.tree).error?.issues ?? [])
    .filter(({ code }) => code !== 'unrecognized_keys')
    .map((issue) => issue.path.join('.'));
  const valid = paths.flatMap((path) => {
    const value = valueAt(merged.tree, path.split('.'));
    const isWrong = wrong.some((at) => at === '' || path === at || path.startsWith(`${at}.`));
    return isWrong || typeof value !== 'string' ? [] : [[path, value]];
  });
  return Object.fromEntries(valid) as Partial<Record<Path, string>>;
}

interface Sources {
  readonly problems: readonly string[];
  /** Whether the file could not be read: what it would have given isn't known. */
  readonly unread: boolean;
  readonly merged: Merged;
}

function readSources({ file, env = {}, flags = {} }: ConfigSources): Sources {
  const named = file ?? env[CONFIG_VARIABLE];
  const source: FileSource =
    named === undefined ? { tree: {}, lineOf: () => undefined } : readConfigFile(named);
  const fromEnvironment = readEnvironment(env);
  const fromFlags = readFlags(flags);
  const problems = [
    ...('problems' in source ? source.problems : []),
    ...fromEnvironment.problems,
    ...fromFlags.problems,
  ];

  const merged = merge(named, source, [...fromEnvironment.values, ...fromFlags.values]);
  return { problems, unread: 'problems' in source, merged };
}

/** Puts the values over the file's tree, later ones over earlier ones. */
function merge(file: string | undefined, source: FileSource, values: readonly TextValue[]): Merged {
  const tree: Record<string, unknown> = 'tree' in source ? { ...source.tree } : {};
  const origins = new Map<string, string>();
  const sectionOf = (path: string): unknown =>
    path === ''
      ? tree
      : path.split('.').reduce<unknown>((at, key) => (isMapping(at) ? at[key] : undefined), tree);

  // A section that is left out or empty is there, so that each setting it lacks is named. One that is a mapping is a
  // copy, so that two aliases of one don't share what is put in. One that is no mapping stays, for the schema to refuse.
  for (const { path } of sections) {
    const { parent, key } = split(path);
    const above = sectionOf(parent);
    if (!isMapping(above)) continue;
    const section = above[key] ?? {};
    above[key] = isMapping(section) ? { ...section } : section;
  }
  for (const { setting, value, origin } of values) {
    const { parent, key } = split(setting.path);
    const above = sectionOf(parent);
    if (!isMapping(above)) continue;
    above[key] = value;
    origins.set(setting.path, origin);
  }
  const lineOf = (path: string) => ('lineOf' in source ? source.lineOf(path) : undefined);
  return {
    tree,
    originOf: (path) =>
      origins.get(path) ?? (lineOf(path) === undefined ? undefined : `${file}, line ${lineOf(path)}`),
  };
}

function split(path: string): { parent: string; key: string } {
  const dot = path.lastIndexOf('.');
  return { parent: path.slice(0, Math.max(dot, 0)), key: path.slice(dot + 1) };
}

/** SHA-256, in hexadecimal, of the effective configuration. Equal configurations have equal hashes, however written. */
export function configHash(config: Config): string {
  return createHash('sha256').update(canonical(config)).digest('hex');
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isMapping(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
