import { type Command, Option } from 'commander';
import type { ConfigSources } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { type Setting, settings } from '../config/settings.ts';

/** Adds `--config` and one flag for every setting of the given groups; without groups, of all. */
export function withSettings(command: Command, groups?: readonly (keyof Config)[]): Command {
  command.option('-c, --config <file>', 'YAML configuration file (or NBWSS_CONFIG)');
  command.optionsGroup(
    'Settings (docs/configuration.md; also in the file, and as NBWSS_... in the environment):',
  );
  for (const setting of settings) {
    if (groups === undefined || groups.some((group) => setting.path.startsWith(`${group}.`)))
      command.addOption(optionOf(setting));
  }
  return command;
}

/** Where a command's configuration comes from: its flags, the environment, the file. */
export function sourcesOf(command: Command): ConfigSources {
  const given = command.opts<Record<string, string>>();
  const flags: Record<string, string> = {};
  for (const setting of settings) {
    const value = given[optionOf(setting).attributeName()];
    if (value !== undefined) flags[setting.path] = value;
  }
  return { file: given['config'], env: process.env, flags };
}

function optionOf({ flag, description, default: fallback, required }: Setting): Option {
  const [sentence] = description.split(/(?<=[.:;]) /, 1);
  const suffix = required
    ? ' (required)'
    : fallback === undefined
      ? ''
      : ` (default: ${JSON.stringify(fallback)})`;
  return new Option(`${flag} <value>`, `${(sentence ?? '').replace(/[.:;]$/, '')}${suffix}`);
}
