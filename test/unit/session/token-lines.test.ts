import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashOf, isToken, readTokenLines } from '../../../src/session/token-lines.ts';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
const read = (text: string | Buffer) => readTokenLines(Buffer.from(text as string), 'nbu1');
const digits = sha256('a-token').toString('hex');

/** The only problem of a text, whose lines give no token. */
function problemOf(text: string | Buffer): string | undefined {
  const { tokens, problems } = read(text);
  expect(tokens).toEqual([]);
  expect(problems).toHaveLength(1);
  return problems[0];
}

describe('a line is a token', () => {
  test.each([
    ['of one character', '!'],
    ['with each character from U+0021 to U+007E', 'a' + String.fromCharCode(...range(0x21, 0x7e))],
    ['with # inside', 'to#ken'],
    ['that names another hash without its colon', 'sha256'],
    ['as long as it may be', 'x'.repeat(4096)],
  ])('%s', (_how, token) => {
    expect(read(`${token}\n`)).toEqual({ tokens: [{ digest: sha256(token), plain: token }], problems: [] });
    expect(isToken(token)).toBe(true);
  });

  test.each([
    ['blanks', ' \t a-token \r\n'],
    ['blank lines', '\n\r\n \na-token\n\n'],
    ['a byte order mark of UTF-8, as with every other secret', '\ufeffa-token\n'],
  ])('with %s around it, which are no part of it', (_how, text) => {
    expect(read(text)).toEqual({ tokens: [{ digest: sha256('a-token'), plain: 'a-token' }], problems: [] });
  });
});

describe('a line is the hash of a token', () => {
  test.each([
    ['as `token hash` prints it', hashOf('a-token')],
    ['with digits in capitals, as other tools print them', `sha256:${digits.toUpperCase()}`],
  ])('%s', (_how, line) => {
    expect(read(line)).toEqual({ tokens: [{ digest: sha256('a-token'), plain: null }], problems: [] });
    expect(isToken(line)).toBe(false);
  });

  test.each([
    `SHA256:${digits}`,
    `Sha256:${digits}`,
    `SHA256:${digits.toUpperCase()}`,
    `sha-256:${digits}`,
    `sha512:${'0'.repeat(128)}`,
    'SHA256:',
  ])('in lower case only: with %s in front it would be the password itself', (line) => {
    expect(problemOf(line)).toBe(
      'nbu1, line 1: this looks like a hash, which is written `sha256:` in lower case and then the digits, as `nbwss-bridge token hash` prints it',
    );
    expect(isToken(line)).toBe(false);
  });

  test.each(['sha256:', `sha256:${digits}0`, `sha256: ${digits}`, `sha256:${digits}  -`, 'sha256:spoilt'])(
    'of 64 digits and nothing else, which %j has not',
    (line) => {
      expect(problemOf(`\n${line}`)).toBe('nbu1, line 2: sha256: wants 64 hexadecimal digits');
      expect(isToken(line)).toBe(false);
    },
  );

  test.each(['', '\n', '\r\n'])('and not of nothing: %j is what a variable without a value gives', (text) => {
    for (const line of [hashOf(text), `sha256:${sha256(text).toString('hex').toUpperCase()}`])
      expect(problemOf(line)).toMatch(
        /^nbu1, line 1: this is the hash of nothing \(.*variable without a value\): hash the token itself with `nbwss-bridge token hash`$/,
      );
  });
});

describe('a line is a problem', () => {
  test.each([
    ['a comment', '# token of nbu1, rotated', /no token begins with #, and a token file has no comments/],
    ['a comment without a blank', '#a-token', /no token begins with #/],
    [
      'a comment behind a token',
      'a-token # of nbu1',
      /no blank inside: write each token on a line of its own/,
    ],
    ['two tokens', 'a-token\tanother-token', /no blank inside/],
    ['a no-break space inside', 'a\u00a0token', /no blank inside/],
    ['a letter beyond ASCII', 'tök', /only letters, digits and signs of ASCII \(U\+0021 to U\+007E\)/],
    ['a character that nobody sees', 'a\u200btoken', /only letters, digits and signs of ASCII/],
    ['a control character', 'a\u0007token', /only letters, digits and signs of ASCII/],
    ['DEL', 'a\u007ftoken', /only letters, digits and signs of ASCII/],
    ['U+FFFD, which another program put for what it could not read', '\ufffd'.repeat(16), /signs of ASCII/],
    ['a token that is too long', 'x'.repeat(4097), /4096 characters at most/],
  ])('with %s', (_what, line, problem) => {
    expect(problemOf(`\n\n${line}\n`)).toMatch(problem);
    expect(problemOf(`\n\n${line}\n`)).toMatch(/^nbu1, line 3: /);
    expect(isToken(line)).toBe(false);
  });

  test.each([
    ['Latin-1', Buffer.from('tökentökentöken\n', 'latin1'), 1],
    ['UTF-16 with its mark, as PowerShell writes it', Buffer.from('\ufeffa-token\r\n', 'utf16le'), 1],
    ['UTF-16 without one', Buffer.from('a-token\n', 'utf16le'), 1],
    ['half of a character of UTF-8', Buffer.from([0x61, 0x0a, 0x62, 0xc3]), 2],
    ['a lone surrogate', Buffer.from([0xed, 0xa0, 0x80]), 1],
    ['bytes at random', Buffer.from([0x61, 0x0a, 0x0a, 0xff, 0xfe]), 3],
  ])('in %s, one for the whole file', (_what, bytes, line) => {
    expect(problemOf(bytes)).toBe(
      `nbu1, line ${line}: this is not UTF-8 text, but another encoding, such as UTF-16 or Latin-1: save it as UTF-8`,
    );
  });

  test('beside good ones, and all of them are told', () => {
    const { tokens, problems } = read('# one\na-token\nan other\n');
    expect(tokens.map(({ plain }) => plain)).toEqual(['a-token']);
    expect(problems).toEqual([
      expect.stringMatching(/^nbu1, line 1: no token begins/),
      expect.stringMatching(/^nbu1, line 3: a token has no blank/),
    ]);
  });

  test('so often in a file of another kind that five are told, and how many more there are', () => {
    const { problems } = read('#\n'.repeat(1000));
    expect(problems).toHaveLength(6);
    expect(problems.at(-1)).toBe("nbu1 has 995 more lines that can't be used");
  });
});

test('whatever a line is, it is a token exactly where a peer may present it, and no problem tells of it', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.string({ minLength: 1 }),
    fc.string({ unit: fc.constantFrom('s', 'S', 'h', 'a', '2', '5', '6', ':', '#', ' ', '\u00a0', 'ä') }),
  );
  fc.assert(
    fc.property(anything, (text) => {
      const { tokens, problems } = read(text);
      expect(isToken(text)).toBe(tokens.length === 1 && tokens[0]?.plain === text);
      const secret = text.trim();
      if (secret.length > 8) expect(problems.join('\n')).not.toContain(secret);
    }),
  );
});

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
