import { InvalidArgumentError, Option } from 'commander';
import { nearestName } from '../config/nearest.ts';

/** An option of one or more of these words. For any other the nearest is named, and all of them. */
export function choicesOption(flags: string, description: string, choices: readonly string[]): Option {
  const option = new Option(flags, description).argParser((word: string, before?: readonly string[]) => {
    if (choices.includes(word)) return [...(before ?? []), word];
    const near = nearestName(word, choices);
    const hint = near === undefined ? '' : `Did you mean ${near}? `;
    throw new InvalidArgumentError(`${hint}Allowed choices are ${choices.join(', ')}.`);
  });
  // Beside the parser, for the help and the completions.
  option.argChoices = [...choices];
  return option;
}
