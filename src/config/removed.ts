/** Settings that are gone. Whoever still gives one gets a sentence that says so, whether a file, a variable, a flag or the chart has it. */
import { namesOf, type SettingNames } from './settings.ts';

export interface RemovedSetting extends SettingNames {
  /** What takes its place, and what to do: completes "<path>: is gone: …". */
  readonly sentence: string;
}

/** By path, what takes the place of the setting. */
const replacements: Readonly<Record<string, string>> = {
  'kafka.producers': 'one sender per broker takes the place of several producers',
  'kafka.unsettledSendTimeoutMs': 'kafka.requestTimeoutMs ends every request to a broker',
  'kafka.maxBatchRecords': 'kafka.maxRequestBytes limits a request by its bytes',
};

export const removedSettings: readonly RemovedSetting[] = Object.entries(replacements).map(
  ([path, replacement]) => ({ ...namesOf(path), sentence: `${replacement}; remove it` }),
);

/** @param origin where it was given: "flag --…", "bridge.yaml, line 3" */
export function removedProblem({ path, sentence }: RemovedSetting, origin: string | undefined): string {
  return `${path}: is gone${origin === undefined ? '' : ` (${origin})`}: ${sentence}`;
}
