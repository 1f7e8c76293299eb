import crypto, { createHash } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import { ConfigError } from '../../../src/errors.ts';
import { type Credentials, loadCredentials } from '../../../src/session/credentials.ts';
import { plainTokensOf } from '../../../src/session/token-directory.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

function load(files: Readonly<Record<string, string>>): Credentials {
  using directory = temporaryDirectory(files);
  return loadCredentials(directory.path);
}

function whose(credentials: Credentials, token: string): string | null {
  return credentials.authenticate(token)?.primary ?? null;
}

/** The problems that loading fails with, without the directory's path. */
function problemsOf(path: string): string[] {
  try {
    loadCredentials(path);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map((problem) => problem.replaceAll(path, '<directory>'));
    throw error;
  }
  return [];
}

describe('a token directory', () => {
  test('names the primaries by their files, in order', () => {
    const credentials = load({ 'nbu-2.example.com': 'two', nbu1: 'one', 'A_b.c-d': 'three' });
    expect(credentials.primaries).toEqual(['A_b.c-d', 'nbu-2.example.com', 'nbu1']);
    expect(whose(credentials, 'two')).toBe('nbu-2.example.com');
    expect(whose(credentials, 'one')).toBe('nbu1');
  });

  test.each([
    ['with a line end', 'token\n'],
    ['with a line end of Windows', 'token\r\n'],
    ['with a byte order mark', '\ufefftoken'],
    ['between blank lines', '\n\n  token \n\n'],
    ['beside another-one', 'next\ntoken\n'],
    ['twice', 'token\ntoken\n'],
    ['as its hash', sha256('token')],
    ['as a hash in capitals', `sha256:${sha256('token').slice(7).toUpperCase()}`],
  ])('may hold a token %s', (_how, text) => {
    const credentials = load({ nbu1: text, nbu2: 'other' });
    expect(whose(credentials, 'token')).toBe('nbu1');
    expect(whose(credentials, 'other')).toBe('nbu2');
    expect(credentials.primaries).toEqual(['nbu1', 'nbu2']);
  });

  test.each(['', ' ', 'tok', 'token ', 'Token', 'token\n', sha256('token'), '__proto__'])(
    'lets nobody in with %j',
    (presented) => {
      expect(whose(load({ nbu1: 'token', nbu2: sha256('token2') }), presented)).toBeNull();
    },
  );

  test.each([
    '',
    ' ',
    '\r',
    'to ken',
    ' token',
    'token\n',
    '#token',
    'tök',
    'to\ud800ken',
    'SHA256:00',
    'x'.repeat(4097),
  ])('lets nobody in with %j, which can be no line of a file, even where its hash is there', (presented) => {
    const { authenticate, identities } = load({ nbu1: sha256(presented === '' ? ' ' : presented) });
    expect(identities).toHaveLength(1);
    expect(authenticate(presented)).toBeNull();
  });

  test('finds each of many tokens, the first and the last too', () => {
    const names = Array.from({ length: 50 }, (_, n) => `nbu${n}`);
    const credentials = load(Object.fromEntries(names.map((name) => [name, `token-of-${name}`])));
    expect(names.map((name) => whose(credentials, `token-of-${name}`))).toEqual(names);
  });

  test('may be the mount of a Kubernetes secret, whose files are links through ..data', () => {
    using directory = temporaryDirectory({ '.hidden': 'hidden' });
    const data = join(directory.path, '..2026_01_01');
    mkdirSync(data);
    writeFileSync(join(data, 'nbu1'), 'token\n');
    symlinkSync('..2026_01_01', join(directory.path, '..data'));
    symlinkSync('..data/nbu1', join(directory.path, 'nbu1'));
    mkdirSync(join(directory.path, 'lost+found'));
    const credentials = loadCredentials(directory.path);
    expect(credentials.primaries).toEqual(['nbu1']);
    expect(whose(credentials, 'token')).toBe('nbu1');
    expect(whose(credentials, 'hidden')).toBeNull();
  });
});

describe('an identity', () => {
  const before = load({ nbu1: 'old', nbu2: 'other' });
  const old = before.authenticate('old');
  if (old === null) throw new Error('the token is known');

  test.each<[string, Record<string, string>]>([
    ['its token is kept', { nbu1: 'old', nbu2: 'another-one' }],
    ['its token is kept beside a new one', { nbu1: 'new\nold' }],
    ['the hash of its token takes its place', { nbu1: sha256('old') }],
  ])('is held by later credentials when %s', (_how, files) => {
    expect(load(files).holds(old)).toBe(true);
  });

  test.each<[string, Record<string, string>]>([
    ['its primary is removed', { nbu2: 'other' }],
    ['its primary has another token', { nbu1: 'new', nbu2: 'other' }],
    ['its token is the one of another primary', { nbu1: 'new', nbu2: 'old' }],
  ])('is no longer held when %s', (_how, files) => {
    expect(load(files).holds(old)).toBe(false);
  });

  test('is of the token that was presented, where its primary has two', () => {
    const credentials = load({ nbu1: 'new\nold' });
    const both = ['new', 'old'].map((token) => credentials.authenticate(token)?.digest.toString('hex'));
    expect(new Set(both).size).toBe(2);
    expect(old.digest.toString('hex')).toBe(both[1]);
  });
});

describe('the tokens of a primary that are no hashes', () => {
  test('are read as they stand there, each once', () => {
    using directory = temporaryDirectory({ nbu1: ` new \r\n${sha256('else')}\n\nnew\nold` });
    expect(plainTokensOf(directory.path, 'nbu1')).toEqual(['new', 'old']);
  });

  test('are told of by their file where it is gone', () => {
    using directory = temporaryDirectory();
    expect(() => plainTokensOf(directory.path, 'nbu1')).toThrow(
      `credentials.tokenDirectory: ${directory.path}/nbu1 can't be read: there is nothing of that name (ENOENT): put it there`,
    );
  });

  test('are not read from a file with a problem', () => {
    using directory = temporaryDirectory({ nbu1: '# a comment\ntoken' });
    expect(() => plainTokensOf(directory.path, 'nbu1')).toThrow(
      `credentials.tokenDirectory: ${directory.path}/nbu1, line 1: no token begins with #`,
    );
  });

  test('are none where there are hashes only', () => {
    using directory = temporaryDirectory({ nbu1: sha256('token') });
    expect(plainTokensOf(directory.path, 'nbu1')).toEqual([]);
  });
});

describe('a token directory is refused', () => {
  test('when it does not exist', () => {
    expect(problemsOf('/nonexistent/tokens')).toEqual([
      expect.stringMatching(
        /^credentials\.tokenDirectory: can't read the token directory <directory>: there is nothing of that name \(ENOENT\): create it with one file per .*; where a Secret should be mounted, see that it is$/,
      ),
    ]);
  });

  test.each<[string, Record<string, string | Buffer>, string | RegExp]>([
    [
      'it is empty',
      {},
      /^<directory> holds no token: put one file per primary there, e\.g\. `nbwss-bridge token/,
    ],
    ['it holds hidden files only', { '.nbu1': 'token' }, /^<directory> holds no token/],
    ['a file is empty', { nbu1: '' }, "<directory>/nbu1 is empty: write the primary's token into it"],
    ['a file is blank', { nbu1: ' \n\n' }, /nbu1 is empty/],
    ['a hash is too short', { nbu1: '\nsha256:12\n' }, /nbu1, line 2: sha256: wants 64 hexadecimal digits$/],
    ['a hash is no hash', { nbu1: `sha256:${'g'.repeat(64)}` }, /nbu1, line 1: sha256: wants/],
    ['a hash is of nothing', { nbu1: sha256('') }, /nbu1, line 1: this is the hash of nothing/],
    [
      'a file name is no name',
      { 'nbu 1': 'token' },
      /the file name "nbu 1" can't be a primary's name: use letters/,
    ],
    ['a file name is odd', { '-nbu': 'token' }, /the file name "-nbu"/],
    [
      'a file is too large',
      { nbu1: 'x'.repeat(65_537) },
      /nbu1 is over 65536 bytes: it can't be a token file/,
    ],
    ['a line is a comment', { nbu1: '# of nbu1\ntoken' }, /nbu1, line 1: no token begins with #/],
    ['a hash is in capitals', { nbu1: 'SHA256:12' }, /nbu1, line 1: this looks like a hash, .* lower case/],
    ['a token has a blank inside', { probe: 'to ken' }, /probe, line 1: a token has no blank inside/],
    ['a file is not UTF-8', { nbu1: Buffer.from([0xff]) }, /nbu1, line 1: this is not UTF-8 text/],
    [
      'two primaries hold one token',
      { nbu1: 'token', nbu2: `other\n${sha256('token')}` },
      'nbu1 and nbu2 hold the same token: give each primary its own',
    ],
  ])('when %s', (_why, files, problem) => {
    using directory = temporaryDirectory(files);
    const [first = '', ...others] = problemsOf(directory.path);
    expect(first).toMatch(/^credentials\.tokenDirectory: /);
    expect(first.slice('credentials.tokenDirectory: '.length)).toMatch(problem);
    expect(others).toEqual([]);
  });

  test('when a link leads nowhere, and the other files are looked at all the same', () => {
    using directory = temporaryDirectory({ nbu2: '' });
    symlinkSync('..data/nbu1', join(directory.path, 'nbu1'));
    expect(problemsOf(directory.path)).toEqual([
      expect.stringMatching(
        /^credentials\.tokenDirectory: <directory>\/nbu1 can't be read: there is nothing of that name \(ENOENT\): .*has the key nbu1$/,
      ),
      expect.stringMatching(/nbu2 is empty/),
    ]);
  });

  test('with every problem at once, and never a token in it', () => {
    using directory = temporaryDirectory({
      nbu1: 'first-secret\nsha256:no hash\n\nsha256:none either\n',
      nbu2: 'first-secret',
      nbu3: '',
      'bad name': 'second-secret',
    });
    const problems = problemsOf(directory.path);
    expect(problems).toHaveLength(5);
    expect(problems.join('\n')).not.toMatch(/secret|no hash|none either/);
  });
});

test.each(['of-the-first', 'of-the-last', 'of-nobody', '# of nobody'])(
  'a token %s is compared with every token in constant time, so that its place among them does not show',
  (token) => {
    const credentials = load({ a: 'of-the-first', b: 'x\ny', c: 'of-the-last' });
    const compare = vi.spyOn(crypto, 'timingSafeEqual');
    syncBuiltinESMExports();
    try {
      credentials.authenticate(token);
      expect(compare).toHaveBeenCalledTimes(4);
    } finally {
      compare.mockRestore();
      syncBuiltinESMExports();
    }
  },
);
