/** The environment and the command line as sources of settings: text that is read by the setting's kind. */
import { nearestName } from './nearest.ts';
import { removedProblem, removedSettings } from './removed.ts';
import { type Setting, settings } from './settings.ts';

/** The variable that names the configuration file, as `--config` does. */
export const CONFIG_VARIABLE = 'NBWSS_CONFIG';

/** Variables of the project's own test stack and images, which may be set where the program runs in development. */
const NOT_SETTINGS: readonly string[] = [
  CONFIG_VARIABLE,
  'NBWSS_TEST_STACK',
  'NBWSS_TEST_BROKERS',
  'NBWSS_KAFKA_IMAGE',
  'NBWSS_REGISTRY_IMAGE',
  'NBWSS_DEV_STACK_CACHE',
];

export interface TextValue {
  readonly setting: Setting;
  readonly value: unknown;
  /** "environment variable NBWSS_…" or "flag --…" */
  readonly origin: string;
}

interface TextSource {
  readonly values: readonly TextValue[];
  readonly problems: readonly string[];
}

/** The settings among the variables. A variable that begins with NBWSS_ and means nothing is a problem. */
export function readEnvironment(env: NodeJS.ProcessEnv): TextSource {
  const values: TextValue[] = [];
  const problems: string[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || !name.startsWith('NBWSS_') || isServiceLink(name, text)) continue;
    const setting = settings.find((each) => each.env === name);
    const removed = removedSettings.find((each) => each.env === name);
    const origin = `environment variable ${name}`;
    if (setting) values.push({ setting, value: readers[setting.kind](text), origin });
    else if (removed) problems.push(removedProblem(removed, origin));
    else if (!NOT_SETTINGS.includes(name)) problems.push(unknownVariable(name));
  }
  return { values, problems };
}

/** The settings given as flags, by their path. */
export function readFlags(flags: Readonly<Record<string, string>>): TextSource {
  const values: TextValue[] = [];
  const problems: string[] = [];
  for (const [path, text] of Object.entries(flags)) {
    const setting = settings.find((each) => each.path === path);
    const removed = removedSettings.find((each) => each.path === path);
    if (setting) values.push({ setting, value: readers[setting.kind](text), origin: `flag ${setting.flag}` });
    else if (removed) problems.push(removedProblem(removed, `flag ${removed.flag}`));
    else problems.push(`${path}: there is no such setting (flag)`);
  }
  return { values, problems };
}

function unknownVariable(name: string): string {
  const known = new Map([
    ...settings.map(({ env }) => [env.replace('NBWSS_', ''), env] as const),
    ['CONFIG', CONFIG_VARIABLE],
  ]);
  const nearest = known.get(nearestName(name.replace('NBWSS_', ''), [...known.keys()]) ?? '');
  const hint = nearest === undefined ? 'remove it, or see docs/configuration.md' : `did you mean ${nearest}?`;
  return `${name}: there is no such setting (environment variable); ${hint}`;
}

/**
 * Whether Kubernetes set the variable for a Service whose name begins with "nbwss-". A value like tcp://10.0.0.1:8443
 * is no setting's even under a setting's name (NBWSS_ADMIN_PORT for a Service "nbwss-admin").
 */
function isServiceLink(name: string, text: string): boolean {
  const isAddress = /^(tcp|udp|sctp):\/\/\S+:\d+$/.test(text);
  if (isAddress && /^NBWSS_\w+_PORT(_\d+_(TCP|UDP|SCTP))?$/.test(name)) return true;
  return /^NBWSS_\w+_(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR))$/.test(name);
}

/** Text that isn't of the setting's kind stays text, so that the schema refuses it and the message can show it. */
const readers: Readonly<Record<Setting['kind'], (text: string) => unknown>> = {
  text: (text) => text,
  number: (text) => (/^(0|[1-9]\d*)(\.\d*[1-9])?$/.test(text) ? Number(text) : text),
  boolean: (text) => (text === 'true' || text === 'false' ? text === 'true' : text),
  list: (text) => text.split(',').map((item) => item.trim()),
  map: readMap,
};

/** `name=value,name=value`; a value has no comma. */
function readMap(text: string): unknown {
  if (text.trim() === '') return {};
  const pairs = text.split(',').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, Math.max(at, 0)).trim(), pair.slice(at + 1).trim()] as const;
  });
  const names = new Set(pairs.map(([name]) => name));
  return names.has('') || names.size < pairs.length ? text : Object.fromEntries(pairs);
}
