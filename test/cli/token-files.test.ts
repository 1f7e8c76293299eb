/** A token file that can't be used, wherever the program reads one: file, line and reason, and nothing of its content. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hashOf } from '../../src/session/token-lines.ts';
import { nbwssBridge } from '../helpers/command.ts';
import { writeConfigFile } from '../helpers/config-file.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const secret = 'a-token-of-primary2';
const url = ['--url', 'wss://127.0.0.1:1/nbwss'];

const cases: readonly [string, string | Buffer, string][] = [
  [
    'a comment',
    `# rotated\n${secret}\n`,
    ', line 1: no token begins with #, and a token file has no comments',
  ],
  ['the hash of a line end', `${hashOf('\n')}\n`, ', line 1: this is the hash of nothing'],
  [
    'a hash in capitals',
    `\nSHA256:${hashOf(secret).slice(7)}\n`,
    ', line 2: this looks like a hash, which is written `sha256:` in lower case',
  ],
  [
    'blanks inside',
    `${secret} ${secret}\n`,
    ', line 1: a token has no blank inside: write each token on a line of its own',
  ],
  [
    'UTF-16',
    Buffer.from(`\ufeff${secret}\r\n`, 'utf16le'),
    ', line 1: this is not UTF-8 text, but another encoding, such as UTF-16 or Latin-1: save it as UTF-8',
  ],
];

test.each(cases)(
  '%s: `serve` does not start, and `check-config` says why: exit 78',
  async (_, text, said) => {
    const { file, directory } = await writeConfigFile();
    const tokenFile = join(directory, 'tokens/primary2');
    await writeFile(tokenFile, text);
    const problem = `credentials.tokenDirectory: ${tokenFile}${said}`;
    const [serve, check] = await Promise.all([
      nbwssBridge(['serve', '--config', file]),
      nbwssBridge(['check-config', '--config', file]),
    ]);
    expect([serve.exitCode, check.exitCode]).toEqual([78, 78]);
    expect(serve.stderr).toContain(`  - ${problem}`);
    expect(check.stdout).toContain(`failed   ${problem}`);
    expect(`${serve.stderr}${serve.stdout}${check.stderr}${check.stdout}`).not.toContain(secret.slice(0, 8));
  },
);

test.each(['probe', 'simulate', 'endpoint-file'])(
  'no token of such a file is sent by `%s`: exit 64',
  async (command) => {
    for (const [, text, said] of cases) {
      using files = temporaryDirectory({ token: text });
      const tokenFile = join(files.path, 'token');
      const { exitCode, stdout, stderr } = await nbwssBridge([command, ...url, '--token-file', tokenFile]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
      expect(stderr).toContain(`nbwss-bridge: ${tokenFile}${said}`);
      expect(stderr).not.toContain(secret.slice(0, 8));
    }
  },
);

test('a --token-file is a file of the token directory, too: its first token is sent, and the whole of it is looked at', async () => {
  using files = temporaryDirectory({
    two: `\n${secret}\n${hashOf('older')}\n`,
    spoilt: `${secret}\n# older\n`,
  });
  const endpointFile = (name: string) =>
    nbwssBridge(['endpoint-file', ...url, '--token-file', join(files.path, name)]);
  expect(JSON.parse((await endpointFile('two')).stdout)).toMatchObject({ token: secret });
  expect(await endpointFile('spoilt')).toMatchObject({
    exitCode: 64,
    stdout: '',
    stderr: expect.stringContaining(`${join(files.path, 'spoilt')}, line 2: no token begins with #`),
  });
});

test('a --token-file without end is given up at its bound', async () => {
  const { exitCode, stderr } = await nbwssBridge(['endpoint-file', ...url, '--token-file', '/dev/zero']);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 64,
    stderr: "nbwss-bridge: /dev/zero is over 65536 bytes: it can't be the file with the token\n",
  });
});

test('a file of the token directory that `endpoint-file` takes the token from is held to the same', async () => {
  const { directory, file } = await writeConfigFile();
  await writeFile(join(directory, 'tokens/primary1'), `# of primary1\n${secret}\n`);
  const flags = ['--primary', 'primary1', '--config', file];
  const { exitCode, stdout, stderr } = await nbwssBridge(['endpoint-file', ...url, ...flags]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: '' });
  expect(stderr).toContain('tokens/primary1, line 1: no token begins with #');
});
