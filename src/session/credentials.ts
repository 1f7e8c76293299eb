import { createHash, timingSafeEqual } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, reasonOf } from '../errors.ts';

/** Who may connect: the names of the primaries, and the digests of their tokens. */
export interface Credentials {
  /** In order of their names. */
  readonly primaries: readonly string[];
  /** The primary that the token belongs to, or null. Takes the same time whichever token is compared. */
  authenticate(token: string): string | null;
}

/** A primary's name goes into records, metrics and logs: as Kubernetes and Kafka allow names. */
const nameShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;
const maxFileBytes = 64 * 1024;

/**
 * Reads a token directory: one file a primary, named by it; one token a line, plain or `sha256:<hex>`; two lines while
 * a token is rotated. Files that begin with a dot are passed over (Kubernetes keeps its symlinks there).
 * @throws ConfigError with every problem at once
 */
export function loadCredentials(directory: string): Credentials {
  const problems: string[] = [];
  const entries: { primary: string; digest: Buffer }[] = [];
  for (const primary of listFiles(directory)) {
    const file = join(directory, primary);
    if (!nameShape.test(primary)) {
      problems.push(
        `credentials.tokenDirectory: the file name "${primary}" can't be a primary's name: use letters, digits, dots, - and _`,
      );
      continue;
    }
    const { tokens, problem } = readTokens(file);
    if (problem !== undefined) problems.push(problem);
    for (const digest of tokens) {
      const owner = entries.find((entry) => entry.digest.equals(digest));
      if (owner === undefined) entries.push({ primary, digest });
      else if (owner.primary !== primary) {
        problems.push(
          `credentials.tokenDirectory: ${owner.primary} and ${primary} hold the same token: give each primary its own`,
        );
      }
    }
  }
  if (entries.length === 0 && problems.length === 0) {
    problems.push(
      `credentials.tokenDirectory: ${directory} holds no token: put one file per primary there, e.g. ` +
        `\`nbwss-bridge token generate > ${join(directory, 'primary1')}\``,
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);

  return {
    primaries: [...new Set(entries.map(({ primary }) => primary))],
    authenticate(token) {
      const presented = sha256(token);
      let found: string | null = null;
      for (const { primary, digest } of entries) {
        if (timingSafeEqual(presented, digest)) found = primary;
      }
      return found;
    },
  };
}

function listFiles(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => !name.startsWith('.'));
    return names.filter((name) => statSync(join(directory, name)).isFile()).sort();
  } catch (error) {
    const what = `can't read the token directory ${directory} (${reasonOf(error)})`;
    throw new ConfigError([
      `credentials.tokenDirectory: ${what}: create it with one file per primary, each holding its token`,
    ]);
  }
}

function readTokens(file: string): { tokens: Buffer[]; problem?: string } {
  const where = `credentials.tokenDirectory: ${file}`;
  let text: string;
  try {
    if (statSync(file).size > maxFileBytes)
      return { tokens: [], problem: `${where} is over ${maxFileBytes} bytes: it can't be a token file` };
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return { tokens: [], problem: `${where} can't be read: ${reasonOf(error)}` };
  }
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0)
    return { tokens: [], problem: `${where} is empty: write the primary's token into it` };
  const wrong = lines.findIndex((line) => line.startsWith('sha256:') && !/^sha256:[0-9a-f]{64}$/i.test(line));
  if (wrong >= 0)
    return { tokens: [], problem: `${where}, line ${wrong + 1}: sha256: wants 64 hexadecimal digits` };
  return {
    tokens: lines.map((line) =>
      line.startsWith('sha256:') ? Buffer.from(line.slice(7), 'hex') : sha256(line),
    ),
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
