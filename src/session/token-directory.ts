import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, mountFaultOf } from '../errors.ts';
import { maxTokenFileBytes, readTokenLines, type TokenLines } from './token-lines.ts';

/** A primary's name goes into records, metrics and logs: as Kubernetes and Kafka allow names. */
const nameShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

/** The file of a primary; with a problem it can't be used, neither a part of it. */
export interface TokenFile extends TokenLines {
  /** Its name, which is the primary's. */
  readonly primary: string;
}

/**
 * Reads the files of a token directory, in the order of their names. Those that begin with a dot are skipped (Kubernetes keeps
 * its symlinks there), and so is what is no file.
 * @throws ConfigError when the directory can't be read
 */
export function readTokenDirectory(directory: string): TokenFile[] {
  return listDirectory(directory)
    .map((primary) => readTokenFile(directory, primary))
    .filter((file) => file !== null);
}

/**
 * The tokens of a primary that stand in the directory as themselves, each once; none where there are only hashes.
 * @throws ConfigError when its file can't be used
 */
export function plainTokensOf(directory: string, primary: string): readonly string[] {
  const { tokens, problems } = readTokens(join(directory, primary));
  if (problems.length > 0) throw credentialsError(problems);
  return [...new Set(tokens.map(({ plain }) => plain).filter((plain) => plain !== null))];
}

/** @param problems of the token directory, without the name of the setting */
export function credentialsError(problems: readonly string[]): ConfigError {
  return new ConfigError(problems.map((problem) => `credentials.tokenDirectory: ${problem}`));
}

function listDirectory(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch (error) {
    const missing = 'create it with one file per primary, each holding its token';
    const fault = mountFaultOf(error, directory, missing);
    throw credentialsError([`can't read the token directory ${directory}: ${fault}`]);
  }
}

/** @returns null for what is no file, such as a directory */
function readTokenFile(directory: string, primary: string): TokenFile | null {
  const file = join(directory, primary);
  const unusable = (problem: string): TokenFile => ({ primary, tokens: [], problems: [problem] });
  try {
    const status = statSync(file);
    if (!status.isFile()) return null;
    if (!nameShape.test(primary))
      return unusable(
        `the file name "${primary}" can't be a primary's name: use letters, digits, dots, - and _`,
      );
    if (status.size > maxTokenFileBytes)
      return unusable(`${file} is over ${maxTokenFileBytes} bytes: it can't be a token file`);
    return { primary, ...readTokens(file) };
  } catch (error) {
    return unusable(unreadable(file, error));
  }
}

function readTokens(file: string): TokenLines {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return { tokens: [], problems: [unreadable(file, error)] };
  }
  const { tokens, problems } = readTokenLines(bytes, file);
  if (tokens.length > 0 || problems.length > 0) return { tokens, problems };
  return { tokens, problems: [`${file} is empty: write the primary's token into it`] };
}

function unreadable(file: string, error: unknown): string {
  return `${file} can't be read: ${mountFaultOf(error, file)}`;
}
