import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hashOf } from '../../src/session/token-lines.ts';
import { type CommandResult, nbwssBridge } from '../helpers/command.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const url = 'wss://bridge.example.com:8443/nbwss';

function givenTokens(files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory(files);
  onTestFinished(() => directory[Symbol.dispose]());
  return directory.path;
}

function endpointFile(tokenDirectory: string, ...flags: string[]): Promise<CommandResult> {
  return nbwssBridge(['endpoint-file', '--credentials-token-directory', tokenDirectory, ...flags]);
}

test('the fields that NetBackup imports are printed as JSON, and nothing else', async () => {
  const tokens = givenTokens({ primary1: 'a-token\n', primary2: 'other\n' });
  const { exitCode, stdout, stderr } = await endpointFile(tokens, '--primary', 'primary1', '--url', url);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    token: 'a-token',
    priority: 1,
    groupId: 'nbwss-bridge',
    hostName: 'bridge.example.com',
    url,
  });
  expect(stdout).toMatch(/^\{\n.*\n\}\n$/s);
});

test('group, priority and host name are what they are said to be', async () => {
  const tokens = givenTokens({ primary1: 'a-token\n' });
  const flags = ['--group', 'site-b', '--priority', '0', '--host-name', 'balancer.example.com'];
  const { stdout } = await endpointFile(tokens, '--primary', 'primary1', '--url', url, ...flags);
  expect(JSON.parse(stdout)).toMatchObject({
    groupId: 'site-b',
    priority: 0,
    hostName: 'balancer.example.com',
  });
});

test('the host name of an IPv6 address has no brackets', async () => {
  const tokens = givenTokens({ primary1: 'a-token\n' });
  const { stdout } = await endpointFile(
    tokens,
    '--primary',
    'primary1',
    '--url',
    'wss://[2001:db8::1]/nbwss',
  );
  expect(JSON.parse(stdout)).toMatchObject({ hostName: '2001:db8::1', url: 'wss://[2001:db8::1]/nbwss' });
});

test('a token file is enough, without a configuration and a token directory', async () => {
  const files = givenTokens({ token: '\na-token\n' });
  const result = await nbwssBridge(['endpoint-file', '--token-file', join(files, 'token'), '--url', url]);
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(result.stdout)).toMatchObject({ token: 'a-token' });
});

test('a path that the configuration does not have is warned of, with the URL that it would have; the file is printed all the same', async () => {
  const files = givenTokens({
    token: 'a-token\n',
    'with-path.yaml': 'listen: { path: /here, tls: { certFile: tls.crt } }\n',
    'without-path.yaml': 'listen: { tls: { certFile: tls.crt } }\n',
    'without-listener.yaml': 'credentials: { tokenDirectory: tokens }\n',
  });
  const warned = async (config: string, path: string) => {
    const given = `wss://bridge.example.com:8443${path}`;
    const flags = ['--token-file', join(files, 'token'), '--url', given, '--config', join(files, config)];
    const { exitCode, stdout, stderr } = await nbwssBridge(['endpoint-file', ...flags]);
    expect({ exitCode, url: (JSON.parse(stdout) as { url: string }).url }).toEqual({
      exitCode: 0,
      url: given,
    });
    return stderr;
  };
  expect(await warned('without-path.yaml', '/')).toBe(
    'nbwss-bridge: warning: the bridge answers the path / of --url with 404, since listen.path is /nbwss: ' +
      `give ${url}, unless something before the bridge changes the path\n`,
  );
  expect(await warned('with-path.yaml', '/nbwss')).toContain('give wss://bridge.example.com:8443/here,');
  expect(await warned('with-path.yaml', '/here')).toBe('');
  expect(await warned('without-path.yaml', '/nbwss')).toBe('');
  expect(await warned('without-listener.yaml', '/other')).toBe('');
});

test('a token file beside a primary has to hold one of its tokens', async () => {
  const tokens = givenTokens({ primary1: hashOf('a-token'), primary2: 'other' });
  const files = givenTokens({ right: 'a-token\n', wrong: 'other\n' });
  const of = (name: string) =>
    endpointFile(tokens, '--primary', 'primary1', '--token-file', join(files, name), '--url', url);
  expect(JSON.parse((await of('right')).stdout)).toMatchObject({ token: 'a-token' });
  const { exitCode, stdout, stderr } = await of('wrong');
  expect({ exitCode, stdout }).toEqual({ exitCode: 65, stdout: '' });
  expect(stderr).toMatch(/the token in .*wrong is none of those of primary1 in/);
});

test.each([
  ['only a hash', hashOf('a-token'), /holds only the hash of the token of primary1: .*--token-file/],
  ['two tokens', 'new-token\nold-token\n', /holds 2 tokens of primary1: .*--token-file/],
])('a primary with %s: exit 65, and the way out', async (_what, text, message) => {
  const tokens = givenTokens({ primary1: text });
  const { exitCode, stdout, stderr } = await endpointFile(tokens, '--primary', 'primary1', '--url', url);
  expect({ exitCode, stdout }).toEqual({ exitCode: 65, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/new-token|old-token|a-token/);
});

test.each<[string, readonly string[], RegExp]>([
  ['neither primary nor token file', [], /whose token\? Give --primary, or --token-file/],
  [
    'a primary that is not there',
    ['--primary', 'primary3'],
    /no primary "primary3" .*; did you mean primary1\?/,
  ],
  ['a primary like no other', ['--primary', '../x'], /no primary "\.\.\/x" in .*: it holds primary1$/m],
  [
    'a file that is not there',
    ['--token-file', '/nonexistent/token'],
    /can't read the token from \/nonexistent\/token: .*ENOENT/,
  ],
  ['ws://', ['--primary', 'primary1', '--url', 'ws://b.example/nbwss'], /must begin with wss:\/\/.*"ws:/],
  ['https://', ['--primary', 'primary1', '--url', 'https://b.example/nbwss'], /must begin with wss:\/\//],
  ['no address', ['--primary', 'primary1', '--url', 'bridge'], /must begin with wss:\/\/.*"bridge"/],
  ['a password', ['--primary', 'primary1', '--url', 'wss://u:p4ss@b.example/'], /without user, password/],
  ['a fragment', ['--primary', 'primary1', '--url', 'wss://b.example/#x'], /without user, password, "#"/],
  [
    'a priority below 0',
    ['--primary', 'primary1', '--priority=-1'],
    /--priority must be a whole number from 0/,
  ],
  ['a group with a space', ['--primary', 'primary1', '--group', 'a b'], /--group must be 1 to 255 printable/],
  ['an empty host', ['--primary', 'primary1', '--host-name', ''], /--host-name must be 1 to 255 printable/],
])('%s is a usage error: exit 64', async (_what, flags, message) => {
  const tokens = givenTokens({ primary1: 'a-token\n' });
  const { exitCode, stdout, stderr } = await endpointFile(tokens, '--url', url, ...flags);
  expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/a-token|p4ss/);
});

test('a token directory that can not be used: exit 78 with its problems', async () => {
  const tokens = givenTokens({ primary1: 'a-token\n', primary2: '' });
  const { exitCode, stderr } = await endpointFile(tokens, '--primary', 'primary1', '--url', url);
  expect(exitCode).toBe(78);
  expect(stderr).toMatch(/credentials\.tokenDirectory: .*primary2 is empty/);
});

test('without a token directory --primary is a configuration error: exit 78', async () => {
  const { exitCode, stderr } = await nbwssBridge(['endpoint-file', '--primary', 'primary1', '--url', url]);
  expect(exitCode).toBe(78);
  expect(stderr).toContain('credentials.tokenDirectory: is required');
});
