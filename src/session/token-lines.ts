import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';

/**
 * What a token is, and what a token file may hold: one token a line, as itself or as its hash. A line that an operator may have meant as
 * something else, such as a comment, is a problem and never a token: it would be a password that others can guess or read.
 */

/** Far more than the lines of one primary: what is larger is the wrong file. */
export const maxTokenFileBytes = 64 * 1024;
/** By default a CONNECT has 8 KiB for all of its bytes (limits.unauthenticated.maxBytes). */
const maxTokenLength = 4096;
/** Problems that are told of one file: a file of the wrong kind has one in every line. */
const maxProblems = 5;

const hashPrefix = 'sha256:';
/** Also what stands for no hash here, but was meant as one: else the hash itself would be the password. */
const hashLike = /^sha-?\d+:/i;

/** A line of a token file. */
export interface Token {
  /** SHA-256 of the token. */
  readonly digest: Buffer;
  /** The token itself; null where the line is its hash. */
  readonly plain: string | null;
}

export interface TokenLines {
  /** In the order of the lines; blank ones and those with a problem are left out. */
  readonly tokens: readonly Token[];
  /** One sentence each, with the line and without anything of its content. */
  readonly problems: readonly string[];
}

/**
 * Reads the lines of a token file, without the blanks around each, the byte order mark of UTF-8 among them.
 * @param name where the bytes come from, for the problems
 */
export function readTokenLines(bytes: Buffer, name: string): TokenLines {
  const undecodable = firstUndecodableLine(bytes);
  if (undecodable !== null) {
    const problem =
      `${name}, line ${undecodable}: this is not UTF-8 text, but another encoding, such as UTF-16 or Latin-1: ` +
      'save it as UTF-8';
    return { tokens: [], problems: [problem] };
  }
  const tokens: Token[] = [];
  const problems: string[] = [];
  for (const [index, line] of bytes.toString('utf8').split('\n').entries()) {
    const text = line.trim();
    if (text === '') continue;
    const problem = problemOf(text);
    if (problem === null) tokens.push(tokenOf(text));
    else problems.push(`${name}, line ${index + 1}: ${problem}`);
  }
  const others = problems.splice(maxProblems).length;
  if (others > 0) problems.push(`${name} has ${others} more lines that can't be used`);
  return { tokens, problems };
}

/** Whether it can be a line of a token file as itself: nothing else is ever taken from a peer. */
export function isToken(text: string): boolean {
  return !hashLike.test(text) && problemOf(text) === null;
}

/** What stands in a token file for a token that is kept elsewhere. */
export function hashOf(token: string): string {
  return `${hashPrefix}${sha256(token).toString('hex')}`;
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The hashes of an empty text and of the line ends that `echo` prints for a variable without a value. */
const digestsOfNothing = ['', '\n', '\r\n'].map(sha256);

/** A byte 0 is valid UTF-8, but text of UTF-16 is full of it. No line end is ever a part of another character. */
function firstUndecodableLine(bytes: Buffer): number | null {
  const index = bytes
    .toString('latin1')
    .split('\n')
    .findIndex((line) => line.includes('\0') || !isUtf8(Buffer.from(line, 'latin1')));
  return index === -1 ? null : index + 1;
}

function tokenOf(line: string): Token {
  if (!hashLike.test(line)) return { digest: sha256(line), plain: line };
  return { digest: Buffer.from(line.slice(hashPrefix.length), 'hex'), plain: null };
}

function problemOf(line: string): string | null {
  if (hashLike.test(line)) return hashProblemOf(line);
  if (line.startsWith('#'))
    return 'no token begins with #, and a token file has no comments: remove the line, or make another token';
  if (/\s/.test(line)) return 'a token has no blank inside: write each token on a line of its own';
  if (!/^[\x21-\x7e]+$/.test(line))
    return 'a token has only letters, digits and signs of ASCII (U+0021 to U+007E): make another one with `nbwss-bridge token generate`';
  if (line.length > maxTokenLength)
    return `a token has ${maxTokenLength} characters at most: make another one with \`nbwss-bridge token generate\``;
  return null;
}

/** Upper-case digits are the same hash, as some tools print it. */
function hashProblemOf(line: string): string | null {
  if (!line.startsWith(hashPrefix))
    return 'this looks like a hash, which is written `sha256:` in lower case and then the digits, as `nbwss-bridge token hash` prints it';
  if (!/^sha256:[0-9a-f]{64}$/i.test(line)) return 'sha256: wants 64 hexadecimal digits';
  if (digestsOfNothing.some((digest) => digest.equals(tokenOf(line).digest)))
    return 'this is the hash of nothing (an empty text or a line end, as of a variable without a value): hash the token itself with `nbwss-bridge token hash`';
  return null;
}
