import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What can be fuzzed, and how the files of its inputs end. */
export const extensions = { codec: 'frame', session: 'steps', cost: 'recipe' } as const;
export type TargetName = keyof typeof extensions;

/** An input that once brought about something new. */
export interface CorpusFile {
  readonly name: string;
  readonly path: string;
  readonly input: Buffer;
}

/** Where the repository keeps a target's inputs. */
export function corpusDirectory(target: TargetName): string {
  return join(import.meta.dirname, 'corpus', target);
}

/** In the order of their names. */
export function corpusFiles(target: TargetName): CorpusFile[] {
  const directory = corpusDirectory(target);
  const names = readdirSync(directory).filter((name) => name.endsWith(`.${extensions[target]}`));
  return names.toSorted().map((name) => {
    const path = join(directory, name);
    return { name, path, input: readFileSync(path) };
  });
}
