import { type Command, Option } from 'commander';
import type { ConfigSources, Need } from '../config/load.ts';
import { removedSettings } from '../config/removed.ts';
import { type Setting, type SettingNames, settings } from '../config/settings.ts';

/** Adds `--config` and one flag for every setting that the command needs; without needs, for all. */
export function withSettings(command: Command, needs?: readonly Need[]): Command {
  command.option('-c, --config <file>', 'YAML configuration file (or NBWSS_CONFIG)');
  command.optionsGroup(
    'Settings (docs/configuration.md; also in the file, and as NBWSS_... in the environment):',
  );
  const isNeeded = ({ path }: SettingNames): boolean =>
    needs === undefined || needs.some((need) => path.startsWith(`${need}.`));
  for (const setting of settings.filter(isNeeded)) command.addOption(optionOf(setting));
  // Taken as they were, so that the message says more than that there is no such option.
  for (const removed of removedSettings.filter(isNeeded)) command.addOption(hiddenOptionOf(removed));
  return command;
}

/** Where a command's configuration comes from: its flags, the environment, the file. */
export function sourcesOf(command: Command): ConfigSources {
  const given = command.opts<Record<string, string>>();
  const flags: Record<string, string> = {};
  for (const setting of [...settings, ...removedSettings]) {
    const value = given[hiddenOptionOf(setting).attributeName()];
    if (value !== undefined) flags[setting.path] = value;
  }
  return { file: given['config'], env: process.env, flags };
}

function optionOf(setting: Setting): Option {
  const { flag, description, default: fallback, required, choices } = setting;
  const [sentence] = description.split(/(?<=[.:;]) /, 1);
  const suffix = required
    ? ' (required)'
    : fallback === undefined
      ? ''
      : ` (default: ${typeof fallback === 'object' && Object.keys(fallback ?? {}).length === 0 ? 'none' : JSON.stringify(fallback)})`;
  const text = `${(sentence ?? '').replace(/[.:;]$/, '')}${suffix}`;
  const option = new Option(`${flag} <${placeholderOf(setting)}>`, text);
  // Not .choices(): a wrong value is told of together with all that is wrong with the configuration.
  if (choices !== undefined) option.argChoices = [...choices];
  return option;
}

function hiddenOptionOf({ flag }: SettingNames): Option {
  return new Option(`${flag} <value>`).hideHelp();
}

function placeholderOf({ kind, path }: Setting): string {
  if (path.endsWith('File')) return 'file';
  if (path.endsWith('Directory')) return 'directory';
  return { text: 'value', number: 'n', boolean: 'true|false', list: 'a,b,c', map: 'name=value,…' }[kind];
}
