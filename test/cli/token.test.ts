import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { loadCredentials } from '../../src/session/credentials.ts';
import { hashOf } from '../../src/session/token-lines.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

test('token generate prints a token of 256 bits on a line of its own, another one each time', async () => {
  const results = await Promise.all([1, 2, 3].map(() => nbwssBridge(['token', 'generate'])));
  for (const result of results)
    expect(result).toEqual({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/^[\w-]{43}\n$/) });
  expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(results.length);
});

test.each(['a-token', 'a-token\n', '\n a-token \r\n\n'])(
  'token hash prints what stands for the token on stdin in the token directory: %j',
  async (input) => {
    const result = await nbwssBridge(['token', 'hash'], { input });
    const digest = createHash('sha256').update('a-token').digest('hex');
    expect(result).toEqual({ exitCode: 0, stderr: '', stdout: `sha256:${digest}\n` });
    using directory = temporaryDirectory({ primary1: result.stdout });
    expect(loadCredentials(directory.path).authenticate('a-token')).toMatchObject({ primary: 'primary1' });
  },
);

test.each([
  ['nothing', '', 'there is no token on stdin'],
  ['blank lines', ' \n\n', 'there is no token on stdin'],
  ['two lines', 'one-token\nanother-token\n', 'there are 2 lines on stdin'],
  ['a hash', `sha256:${'0'.repeat(64)}\n`, 'what is on stdin is a hash already'],
  ['a hash in capitals', `SHA256:${'0'.repeat(64)}\n`, 'stdin, line 1: this looks like a hash'],
  ['the hash of nothing', `${hashOf('\n')}\n`, 'stdin, line 1: this is the hash of nothing'],
  ['a comment', '# of one-token\none-token\n', 'stdin, line 1: no token begins with #'],
  ['blanks inside', '\none-token another-token\n', 'stdin, line 2: a token has no blank inside'],
  [
    'letters beyond ASCII',
    'one-tokén\n',
    'stdin, line 1: a token has only letters, digits and signs of ASCII',
  ],
  ['UTF-16', Buffer.from('\ufeffone-token\n', 'utf16le'), 'stdin, line 1: this is not UTF-8 text'],
  [
    'Latin-1',
    Buffer.from('one-tok\u00e9n\n', 'latin1'),
    'encoding, such as UTF-16 or Latin-1: save it as UTF-8',
  ],
  ['too much', 'one-token'.repeat(10_000), 'there are more than 65536 bytes on stdin'],
])('token hash refuses %s on stdin with exit 65, and shows nothing of it', async (_, input, message) => {
  const { exitCode, stdout, stderr } = await nbwssBridge(['token', 'hash'], { input });
  expect({ exitCode, stdout }).toEqual({ exitCode: 65, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/one-tok|another-token|0000/);
});

test('token hash refuses a token as an argument with exit 64, says why, and does not repeat it', async () => {
  const { exitCode, stdout, stderr } = await nbwssBridge(['token', 'hash', 'a-secret'], { input: 'other' });
  expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
  expect(stderr).toMatch(/takes no argument.*list of processes.*token hash < token/);
  expect(stderr).not.toContain('a-secret');
});
