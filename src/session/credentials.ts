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
  for (const name of listDirectory(directory)) {
    const found = readTokenFile(directory, name);
    if (found === null) continue;
    problems.push(...found.problems.map((problem) => `credentials.tokenDirectory: ${problem}`));
    for (const digest of found.digests) {
      const owner = entries.find((entry) => entry.digest.equals(digest));
      if (owner === undefined) entries.push({ primary: name, digest });
      else if (owner.primary !== name) {
        problems.push(
          `credentials.tokenDirectory: ${owner.primary} and ${name} hold the same token: give each primary its own`,
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

function listDirectory(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch (error) {
    const what = `can't read the token directory ${directory} (${reasonOf(error)})`;
    throw new ConfigError([
      `credentials.tokenDirectory: ${what}: create it with one file per primary, each holding its token`,
    ]);
  }
}

interface TokenFile {
  readonly digests: readonly Buffer[];
  readonly problems: readonly string[];
}

/** @returns null for what is no file, such as a directory */
function readTokenFile(directory: string, name: string): TokenFile | null {
  const file = join(directory, name);
  const unusable = (problem: string): TokenFile => ({ digests: [], problems: [problem] });
  try {
    const status = statSync(file);
    if (!status.isFile()) return null;
    if (!nameShape.test(name)) {
      return unusable(
        `the file name "${name}" can't be a primary's name: use letters, digits, dots, - and _`,
      );
    }
    if (status.size > maxFileBytes)
      return unusable(`${file} is over ${maxFileBytes} bytes: it can't be a token file`);
    return readTokens(file, readFileSync(file, 'utf8'));
  } catch (error) {
    return unusable(`${file} can't be read: ${reasonOf(error)}`);
  }
}

function readTokens(file: string, text: string): TokenFile {
  const digests: Buffer[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const token = line.trim();
    if (token === '') continue;
    const where = `${file}, line ${index + 1}`;
    if (!token.startsWith('sha256:')) digests.push(sha256(token));
    else if (!/^sha256:[0-9a-f]{64}$/i.test(token))
      problems.push(`${where}: sha256: wants 64 hexadecimal digits`);
    else if (Buffer.from(token.slice(7), 'hex').equals(digestOfNothing))
      problems.push(`${where}: this is the hash of an empty token: hash the token itself`);
    else digests.push(Buffer.from(token.slice(7), 'hex'));
  }
  if (digests.length === 0 && problems.length === 0)
    problems.push(`${file} is empty: write the primary's token into it`);
  return { digests, problems };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Whoever presents no token presents an empty one. */
const digestOfNothing = sha256('');
