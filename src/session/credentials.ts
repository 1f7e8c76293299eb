import { createHash, timingSafeEqual } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, mountFaultOf } from '../errors.ts';
import { isProbe } from './probe.ts';

/** Who somebody is, and by which token: a primary has two of them while they are rotated. */
export interface Identity {
  readonly primary: string;
  /** SHA-256 of the token. Never for a log: it would tell a guess from a hit. */
  readonly digest: Buffer;
}

/** Who may connect: the names of the primaries, and the digests of their tokens. */
export interface Credentials {
  /** In order of their names; the probe is none of them. */
  readonly primaries: readonly string[];
  /** One for each token. */
  readonly identities: readonly Identity[];
  /** Whose token it is, or null. Takes the same time whichever token is compared. */
  authenticate(token: string): Identity | null;
  /** Whether the identity, of these credentials or of earlier ones, is one of these: primary and token. */
  holds(identity: Identity): boolean;
}

/** A primary's name goes into records, metrics and logs: as Kubernetes and Kafka allow names. */
const nameShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;
const maxFileBytes = 64 * 1024;
const hashPrefix = 'sha256:';

/**
 * Reads a token directory: one file a primary, named by it; one token a line, plain or `sha256:<hex>`; two lines while
 * a token is rotated. A file named `probe` is for `nbwss-bridge probe`. Files that begin with a dot are passed over (Kubernetes
 * keeps its symlinks there).
 * @throws ConfigError with every problem at once
 */
export function loadCredentials(directory: string): Credentials {
  const problems: string[] = [];
  const identities: Identity[] = [];
  for (const name of listDirectory(directory)) {
    const found = readTokenFile(directory, name);
    if (found === null) continue;
    problems.push(...found.problems.map((problem) => `credentials.tokenDirectory: ${problem}`));
    for (const digest of found.digests) {
      const owner = identities.find((identity) => identity.digest.equals(digest));
      if (owner === undefined) identities.push({ primary: name, digest });
      else if (owner.primary !== name) {
        problems.push(
          `credentials.tokenDirectory: ${owner.primary} and ${name} hold the same token: give each primary its own`,
        );
      }
    }
  }
  const primaries = [...new Set(identities.map(({ primary }) => primary))].filter((name) => !isProbe(name));
  if (primaries.length === 0 && problems.length === 0) {
    problems.push(
      `credentials.tokenDirectory: ${directory} holds no token${identities.length > 0 ? ' but that of the probe' : ''}: ` +
        'put one file per primary there, e.g. ' +
        `\`nbwss-bridge token generate > ${join(directory, 'primary1')}\``,
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);

  return {
    primaries,
    identities,
    authenticate(token) {
      const presented = sha256(token);
      let found: Identity | null = null;
      for (const identity of identities) {
        if (timingSafeEqual(presented, identity.digest)) found = identity;
      }
      return found;
    },
    holds: ({ primary, digest }) =>
      identities.some((identity) => identity.primary === primary && identity.digest.equals(digest)),
  };
}

/**
 * The tokens of a primary that stand in the directory as themselves, each once; none where there are only hashes.
 * @throws ConfigError when its file can't be read
 */
export function plainTokensOf(directory: string, primary: string): readonly string[] {
  const file = join(directory, primary);
  try {
    const lines = linesOf(readFileSync(file, 'utf8'));
    return [...new Set(lines.map(({ token }) => token).filter((token) => !isHash(token)))];
  } catch (error) {
    throw new ConfigError([
      `credentials.tokenDirectory: ${file} can't be read: ${mountFaultOf(error, file)}`,
    ]);
  }
}

/** What stands in a token directory for a token that is kept elsewhere. */
export function hashOf(token: string): string {
  return `${hashPrefix}${sha256(token).toString('hex')}`;
}

/** Whether a line of a token file is the hash of a token, or means to be. */
export function isHash(line: string): boolean {
  return line.startsWith(hashPrefix);
}

function listDirectory(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch (error) {
    const missing = 'create it with one file per primary, each holding its token';
    const fault = mountFaultOf(error, directory, missing);
    throw new ConfigError([
      `credentials.tokenDirectory: can't read the token directory ${directory}: ${fault}`,
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
    return unusable(`${file} can't be read: ${mountFaultOf(error, file)}`);
  }
}

function readTokens(file: string, text: string): TokenFile {
  const digests: Buffer[] = [];
  const problems: string[] = [];
  for (const { token, number } of linesOf(text)) {
    const where = `${file}, line ${number}`;
    if (!isHash(token)) digests.push(sha256(token));
    else if (!/^sha256:[0-9a-f]{64}$/i.test(token))
      problems.push(`${where}: sha256: wants 64 hexadecimal digits`);
    else if (Buffer.from(token.slice(hashPrefix.length), 'hex').equals(digestOfNothing))
      problems.push(`${where}: this is the hash of an empty token: hash the token itself`);
    else digests.push(Buffer.from(token.slice(hashPrefix.length), 'hex'));
  }
  if (digests.length === 0 && problems.length === 0)
    problems.push(`${file} is empty: write the primary's token into it`);
  return { digests, problems };
}

/** The lines that aren't blank, without the blanks around them. */
function linesOf(text: string): { readonly token: string; readonly number: number }[] {
  return text
    .split('\n')
    .map((line, index) => ({ token: line.trim(), number: index + 1 }))
    .filter(({ token }) => token !== '');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Whoever presents no token presents an empty one. */
const digestOfNothing = sha256('');
