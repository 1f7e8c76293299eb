import { timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { isProbe } from './probe.ts';
import { credentialsError, readTokenDirectory, type TokenFile } from './token-directory.ts';
import { isToken, sha256 } from './token-lines.ts';

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

/** What a token directory holds beside the credentials from before. */
export interface ReloadedCredentials {
  readonly credentials: Credentials;
  /** One sentence for each, with the name of the setting. */
  readonly problems: readonly string[];
  /** Whose file can't be used, so that tokens from before stay. */
  readonly kept: readonly string[];
}

/**
 * Reads a token directory: one file a primary, named by it; one token a line, plain or `sha256:<hex>`; two lines while
 * a token is rotated. A file named `probe` is for `nbwss-bridge probe`.
 * @throws ConfigError with every problem at once
 */
export function loadCredentials(directory: string): Credentials {
  const found = readTokenDirectory(directory);
  const files = withoutShared(found, found, []);
  const problems = problemsOf(files);
  if (problems.length > 0) throw credentialsError(problems);
  return credentialsOf(directory, identitiesOf(files, []), problems);
}

/**
 * Reads it again, each file for itself: where one can't be used, its primary keeps the tokens from before, but for those that
 * another file holds now. A file that is gone, and every file that can be used, count as at the start.
 * @throws ConfigError when the directory can't be read, or no primary would be left with a token
 */
export function reloadCredentials(directory: string, before: Credentials): ReloadedCredentials {
  const found = readTokenDirectory(directory);
  const files = withoutShared(found, found.filter(isUsable), before.identities);
  const problems = problemsOf(files);
  const identities = identitiesOf(files, before.identities);
  const credentials = credentialsOf(directory, identities, problems);
  const kept = files
    .filter((file) => !isUsable(file) && identities.some(({ primary }) => primary === file.primary))
    .map(({ primary }) => primary);
  return { credentials, problems: credentialsError(problems).problems, kept };
}

function isUsable({ problems }: TokenFile): boolean {
  return problems.length === 0;
}

/** Each text once: what is wrong with two files together is said by both. */
function problemsOf(files: readonly TokenFile[]): string[] {
  return [...new Set(files.flatMap(({ problems }) => problems))];
}

/**
 * The same files, with a problem where one holds the token of another. It stays the one's that has it already, whose file is right then;
 * where neither has it, nobody can say whose it is.
 * @param among the files that count as holding what stands in them
 */
function withoutShared(
  files: readonly TokenFile[],
  among: readonly TokenFile[],
  before: readonly Identity[],
): TokenFile[] {
  const owners = new Map(before.map((identity) => [keyOf(identity), identity.primary]));
  const holders = new Map<string, Set<string>>();
  for (const { primary, tokens } of among)
    for (const key of tokens.map(keyOf)) holders.set(key, (holders.get(key) ?? new Set()).add(primary));
  return files.map((file) => {
    const shared = file.tokens
      .map(keyOf)
      .filter((key) => owners.get(key) !== file.primary)
      .map((key) => [...(holders.get(key) ?? [])])
      .filter(({ length }) => length > 1);
    const problems = shared.map(
      (names) => `${names.join(' and ')} hold the same token: give each primary its own`,
    );
    return { ...file, problems: [...file.problems, ...problems] };
  });
}

function identitiesOf(files: readonly TokenFile[], before: readonly Identity[]): Identity[] {
  const written = new Set(files.filter(isUsable).flatMap(({ tokens }) => tokens.map(keyOf)));
  return files.flatMap((file) => {
    const { primary, tokens } = file;
    if (!isUsable(file))
      return before.filter((identity) => identity.primary === primary && !written.has(keyOf(identity)));
    const digests = new Map(tokens.map((token) => [keyOf(token), token.digest]));
    return [...digests.values()].map((digest) => ({ primary, digest }));
  });
}

function keyOf({ digest }: { readonly digest: Buffer }): string {
  return digest.toString('hex');
}

/** @param problems of the directory, for the error where no primary has a token */
function credentialsOf(
  directory: string,
  identities: readonly Identity[],
  problems: readonly string[],
): Credentials {
  const primaries = [...new Set(identities.map(({ primary }) => primary))].filter((name) => !isProbe(name));
  if (primaries.length === 0) {
    const noToken =
      `${directory} holds no token${identities.length > 0 ? ' but that of the probe' : ''}: ` +
      `put one file per primary there, e.g. \`nbwss-bridge token generate > ${join(directory, 'primary1')}\``;
    throw credentialsError([...problems, noToken]);
  }
  return {
    primaries,
    identities,
    authenticate(token) {
      const presented = sha256(token);
      let found: Identity | null = null;
      for (const identity of identities) {
        if (timingSafeEqual(presented, identity.digest)) found = identity;
      }
      // A hash may be that of anything: what can't be a token in a file isn't one on the wire either.
      return isToken(token) ? found : null;
    },
    holds: ({ primary, digest }) =>
      identities.some((identity) => identity.primary === primary && identity.digest.equals(digest)),
  };
}
