/** What is measured: builds, each a checkout with its `node_modules`. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { reasonOf, UsageError } from '../src/errors.ts';

export interface Build {
  /** What the tables call it. */
  readonly name: string;
  /** The Node.js of the checkout, its flags and its main file, to be followed by a command of the bridge. */
  readonly command: readonly [string, ...string[]];
  /** Settings over those that every bridge here gets. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The names of the rows that others are compared with. */
export const thisTree = 'this tree';
export const besideName = 'beside';

const ownDirectory = join(import.meta.dirname, '..');
/** The npm script that runs the bridge from its sources, and what it has to look like. */
const scriptName = 'nbwss-bridge';
const scriptPattern = /^node ((?:-\S+ )*)(\S+\.ts)$/;

/** @param tracing the settings of a build of this tree that samples traces */
export function buildsOf(
  beside: string | undefined,
  tracing: Readonly<Record<string, unknown>> | undefined,
): Build[] {
  const own: Build = { name: thisTree, command: commandOf(ownDirectory), settings: {} };
  const traced = { ...own, name: 'traced', settings: { tracing } };
  const other = (directory: string): Build => ({
    name: besideName,
    command: commandOf(resolve(directory)),
    settings: {},
  });
  return [own, ...(tracing === undefined ? [] : [traced]), ...(beside === undefined ? [] : [other(beside)])];
}

/** The flags are those with which the checkout itself runs it. @throws UsageError for a directory that is no checkout of the bridge */
export function commandOf(directory: string): Build['command'] {
  const script = scriptOf(directory);
  const [, flags, mainFile] = script?.match(scriptPattern) ?? [];
  if (flags === undefined || mainFile === undefined) {
    const found = script === undefined ? 'none' : `"${script}"`;
    throw new UsageError(
      `${directory}/package.json needs a script ${scriptName} like "node src/main.ts"; it has ${found}`,
    );
  }
  const node = join(directory, 'node_modules/.bin/node');
  return [node, ...flags.split(' ').filter((flag) => flag !== ''), join(directory, mainFile)];
}

function scriptOf(directory: string): string | undefined {
  try {
    const text = readFileSync(join(directory, 'package.json'), 'utf8');
    return (JSON.parse(text) as { readonly scripts?: Readonly<Record<string, string>> }).scripts?.[
      scriptName
    ];
  } catch (error) {
    throw new UsageError(`${directory} is no checkout of the bridge: ${reasonOf(error)}`);
  }
}
