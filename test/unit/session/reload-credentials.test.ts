import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Credentials, loadCredentials, reloadCredentials } from '../../../src/session/credentials.ts';
import { hashOf, sha256 } from '../../../src/session/token-lines.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

type Files = Readonly<Record<string, string | Buffer>>;

interface Reloaded {
  /** Whose each of the tokens is that the test names. */
  readonly owners: Readonly<Record<string, string | null>>;
  /** Without the directory's path. */
  readonly problems: readonly string[];
  readonly kept: readonly string[];
}

/** What comes of these files after those: of the tokens that stand there as themselves, and a few others. */
function reload(before: Files, after: Files): Reloaded {
  using first = temporaryDirectory(before);
  using second = temporaryDirectory(after);
  return reloadFrom(loadCredentials(first.path), second.path, [before, after]);
}

function reloadFrom(before: Credentials, path: string, files: readonly Files[]): Reloaded {
  const { credentials, problems, kept } = reloadCredentials(path, before);
  const tokens = files.flatMap((each) => Object.values(each)).flatMap((text) => String(text).split('\n'));
  const owners = Object.fromEntries(
    tokens.map((token) => [token, credentials.authenticate(token)?.primary ?? null]),
  );
  return { owners, problems: problems.map((problem) => problem.replaceAll(path, '<directory>')), kept };
}

const before = { nbu1: 'one', nbu2: 'two', nbu3: 'three', probe: 'of-the-probe' };

test('a file that can not be used leaves its primary the tokens from before, while others go, come and change', () => {
  const { owners, problems, kept } = reload(before, {
    nbu2: '# comment\ntwo-anew',
    nbu3: 'three-anew',
    nbu4: 'four',
    probe: 'of-the-probe',
  });
  expect(owners).toMatchObject({
    one: null,
    two: 'nbu2',
    'two-anew': null,
    three: null,
    'three-anew': 'nbu3',
    four: 'nbu4',
    'of-the-probe': 'probe',
  });
  expect(problems).toEqual([
    expect.stringMatching(/^credentials\.tokenDirectory: <directory>\/nbu2, line 1: no token begins with #/),
  ]);
  expect(kept).toEqual(['nbu2']);
});

test.each<[string, Files]>([
  ['is empty', { nbu2: '' }],
  ['is too large', { nbu2: 'x'.repeat(65_537) }],
  ['is not UTF-8', { nbu2: Buffer.from([0x74, 0xff]) }],
  ['has the hash of nothing', { nbu2: hashOf('\n') }],
  ['has a hash in capitals', { nbu2: `SHA256:${'0'.repeat(64)}` }],
])('a file that %s revokes nothing of its own, and does not keep what others lost', (_what, after) => {
  const { owners, problems, kept } = reload(before, { nbu3: 'three-anew', ...after });
  expect(owners).toMatchObject({
    one: null,
    two: 'nbu2',
    three: null,
    'three-anew': 'nbu3',
    'of-the-probe': null,
  });
  expect(problems).toHaveLength(1);
  expect(kept).toEqual(['nbu2']);
});

test('a file that can not be read any more keeps its tokens, also as a link that leads nowhere; a directory in its place does not', () => {
  using directory = temporaryDirectory(before);
  const loaded = loadCredentials(directory.path);
  const at = (name: string) => join(directory.path, name);
  for (const name of ['nbu1', 'nbu2']) rmSync(at(name));
  symlinkSync('..data/nbu1', at('nbu1'));
  mkdirSync(at('nbu2'));
  chmodSync(at('nbu3'), 0);
  const { owners, kept } = reloadFrom(loaded, directory.path, [before]);
  expect(owners).toMatchObject({ one: 'nbu1', two: null, three: 'nbu3' });
  // Nothing is closed to root.
  expect(kept).toEqual(process.getuid?.() === 0 ? ['nbu1'] : ['nbu1', 'nbu3']);
});

test('a file of no primary, such as the copy of an editor, is a problem and nothing else', () => {
  const { owners, problems, kept } = reload(before, { nbu2: 'two', 'nbu1.bak~': 'one' });
  expect(owners).toMatchObject({ one: null, two: 'nbu2', three: null });
  expect(problems).toEqual([expect.stringContaining('the file name "nbu1.bak~"')]);
  expect(kept).toEqual([]);
});

test('a new file that can not be used gives nobody anything', () => {
  const { owners, kept } = reload(before, { ...before, nbu4: 'fo ur' });
  expect(owners).toEqual({ one: 'nbu1', two: 'nbu2', three: 'nbu3', 'of-the-probe': 'probe', 'fo ur': null });
  expect(kept).toEqual([]);
});

test('a probe whose file can not be used keeps its token', () => {
  const { owners, kept } = reload(before, { nbu1: 'one', probe: '#' });
  expect(owners).toMatchObject({ 'of-the-probe': 'probe', two: null });
  expect(kept).toEqual(['probe']);
});

test('where a file takes the token of another primary the other keeps it, and it is the taker that is wrong', () => {
  const { owners, problems, kept } = reload(before, { ...before, nbu2: 'one\ntwo-anew' });
  expect(owners).toMatchObject({ one: 'nbu1', two: 'nbu2', 'two-anew': null });
  expect(problems).toEqual([expect.stringContaining('nbu1 and nbu2 hold the same token')]);
  expect(kept).toEqual(['nbu2']);
});

test('a new token in two files is of nobody, and both keep what they had', () => {
  const { owners, problems, kept } = reload(before, { ...before, nbu1: 'same', nbu2: hashOf('same') });
  expect(owners).toMatchObject({ same: null, one: 'nbu1', two: 'nbu2', three: 'nbu3' });
  expect(problems).toEqual([expect.stringContaining('nbu1 and nbu2 hold the same token')]);
  expect(kept).toEqual(['nbu1', 'nbu2']);
});

test('a token that has moved from a file that can not be used now is that of the other', () => {
  const { owners, kept } = reload(before, { ...before, nbu1: '', nbu2: 'one' });
  expect(owners).toMatchObject({ one: 'nbu2', two: null });
  expect(kept).toEqual([]);
});

test.each<[string, Files, RegExp]>([
  ['nothing', {}, /holds no token: put one file/],
  ['the probe alone', { probe: 'of-the-probe' }, /holds no token but that of the probe/],
  [
    'a new file alone that can not be used',
    { nbu4: '#' },
    /nbu4, line 1: no token begins with #[^]*holds no token/,
  ],
])('a directory that holds %s is a mistake as a whole, with each reason', (_what, after, problem) => {
  expect(() => reload(before, after)).toThrow(problem);
});

test('whatever the files become: one owner a token, no token from nowhere, nothing of a file that is gone', () => {
  const line = fc.constantFrom('a', 'b', 'c', 'd', hashOf('a'), hashOf('c'), '# bad', '');
  const text = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n'));
  const good = fc.constantFrom(
    { nbu1: 'a', nbu2: 'b' },
    { nbu1: 'a\nb', nbu3: 'c' },
    { nbu2: 'd', nbu3: 'b' },
  );
  const after = fc.dictionary(fc.constantFrom('nbu1', 'nbu2', 'nbu3', 'nbu 4'), text, { maxKeys: 4 });
  using directory = temporaryDirectory();
  const write = (files: Files): void => {
    rmSync(directory.path, { recursive: true });
    mkdirSync(directory.path);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(directory.path, name), content);
  };
  const digestOf = (written: string) =>
    written.startsWith('sha256:') ? written.slice(7) : sha256(written).toString('hex');
  const property = fc.property(good, after, (first, second) => {
    write(first);
    const loaded = loadCredentials(directory.path);
    write(second);
    let identities;
    try {
      ({ identities } = reloadCredentials(directory.path, loaded).credentials);
    } catch {
      return;
    }
    const digests = identities.map(({ digest }) => digest.toString('hex'));
    expect(new Set(digests).size).toBe(digests.length);
    for (const { primary, digest } of identities) {
      const written = second[primary];
      expect(written).toBeDefined();
      const stands = written?.split('\n').map(digestOf).includes(digest.toString('hex'));
      expect(stands || loaded.holds({ primary, digest })).toBe(true);
    }
    // A token that stands in one file only, which can be used, is that primary's.
    for (const [primary, content] of Object.entries(second)) {
      const own = content
        .split('\n')
        .filter((each) => each !== '')
        .map(digestOf);
      const others = Object.entries(second).filter(([name]) => name !== primary);
      const shared = others.some(([, each]) =>
        each
          .split('\n')
          .map(digestOf)
          .some((digest) => own.includes(digest)),
      );
      if (primary === 'nbu 4' || own.length === 0 || content.includes('#') || shared) continue;
      const holds = identities.filter((identity) => identity.primary === primary);
      expect(new Set(holds.map(({ digest }) => digest.toString('hex')))).toEqual(new Set(own));
    }
  });
  fc.assert(property, { numRuns: 300 });
});
