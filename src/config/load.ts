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

/** A group of settings, or one section of a group: `registry`, `kafka.topics`. */
export type Need = keyof Config | { [Group in keyof Config]: `${Group}.${SectionOf<Group>}` }[keyof Config];

type SectionOf<Group extends keyof Config> = {
  [Key in keyof Config[Group] & string]: Config[Group][Key] extends Readonly<Record<string, unknown>>
    ? Key
    : never;
}[keyof Config[Group] & string];

/** The configuration, as far as it is needed. */
export type Needed<Path extends Need> = {
  readonly [Group in GroupOf<Path>]: Group extends Path
    ? Config[Group]
    : {
        readonly [
          Key in keyof Config[Group] as `${Group}.${Key & string}` extends Path ? Key : never
        ]: Config[Group][Key];
      };
};

type GroupOf<Path extends Need> = Path extends `${infer Group}.${string}`
  ? Group & keyof Config
  : Path & keyof Config;

/**
 * The settings that a command needs. What others lack is no problem then, and their defaults aren't looked for; what they have wrong is.
 * @throws as loadConfig
 */
export function loadGroups<const Path extends Need>(
  sources: ConfigSources,
  needs: readonly Path[],
): Needed<Path> {
  const { problems, unread, merged } = readSources(sources);
  const isNeeded = (path: string): boolean => needs.some((need) => `${path}.`.startsWith(`${need}.`));
  const issues = (configSchema.safeParse(merged.tree).error?.issues ?? []).filter((issue) => {
    if (unread && dependsOnOthers(issue, merged)) return false;
    return isNeeded(issue.path.join('.')) || !isMissing(issue, merged);
  });
  const sentences = new Set([...problems, ...issues.flatMap((issue) => describeIssue(issue, merged))]);
  if (sentences.size > 0) throw new ConfigError([...sentences]);
  const needed: Record<string, unknown> = {};
  for (const { path, type } of sections) {
    if (!needs.some((need) => need === path)) continue;
    const [group = '', section] = path.split('.');
    const value = type.parse(valueAt(merged.tree, path.split('.')));
    needed[group] = section === undefined ? value : { ...Object(needed[group]), [section]: value };
  }
  return needed as Needed<Path>;
}

/**
 * The values of these settings, as far as they are given and valid, whatever is wrong with others: what they name can be looked at
 * in the same round in which `loadConfig` tells of the others.
 */
export function loadValid<Path extends string>(
  sources: ConfigSources,
  paths: readonly Path[],
): Partial<Record<Path, string>> {
  const valueOf = validValues(sources);
  const valid = paths.flatMap((path) => {
    const value = valueOf(path);
    return typeof value === 'string' ? [[path, value]] : [];
  });
  return Object.fromEntries(valid) as Partial<Record<Path, string>>;
}

/** The same for a setting that has texts by names. */
export function loadValidMap(sources: ConfigSources, path: string): Readonly<Record<string, string>> {
  const value = validValues(sources)(path);
  return isMapping(value) ? (value as Record<string, string>) : {};
}

/** Gives the value of a setting; undefined where it is wrong. */
function validValues(sources: ConfigSources): (path: string) => unknown {
  const { merged } = readSources(sources);
  const wrong = (configSchema.safeParse(merged.tree).error?.issues ?? [])
    .filter(({ code }) => code !== 'unrecognized_keys')
    .map((issue) => issue.path.join('.'));
  return (path) => {
    const isWrong = wrong.some(
      (at) => at === '' || path === at || path.startsWith(`${at}.`) || at.startsWith(`${path}.`),
    );
    return isWrong ? undefined : valueAt(merged.tree, path.split('.'));
  };
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
