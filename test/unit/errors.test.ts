import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  BridgeError,
  ConfigError,
  faultOf,
  fileFaultOf,
  isNobodyThere,
  listenError,
  mountFaultOf,
} from '../../src/errors.ts';

const payload = 'Zq7-of-a-payload';

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

test('an error of ours and one of the system say what they say', () => {
  expect(faultOf(new ConfigError(['listen.port: no'])).reason).toContain('listen.port: no');
  expect(faultOf(thrownBy(() => readFileSync('/nowhere/token')))).toEqual({
    reason: "ENOENT: no such file or directory, open '/nowhere/token'",
  });
});

test.each<[string, () => unknown, string]>([
  ['JSON that is none', () => JSON.parse(`{"${payload}`), 'unexpected SyntaxError'],
  [
    'an argument that Node.js refuses',
    () => Buffer.from(Object.assign(() => {}, { [payload]: 1 }) as never),
    'unexpected',
  ],
  ['a URL that is none', () => new URL(payload), 'unexpected TypeError (ERR_INVALID_URL)'],
  [
    'a library',
    () => new TypeError(`invalid "string": ${payload}\n    at ${payload}`),
    'unexpected TypeError',
  ],
])('of any other error the kind and the places are told, never its words: %s', (_, action, reason) => {
  const error = thrownBy(() => {
    const result = action();
    throw result as Error;
  });
  const fault = faultOf(error);
  expect(fault.reason).toContain(reason);
  expect(fault.stack).toMatch(/^\s+at .*errors\.test\.ts/m);
  expect(JSON.stringify(fault)).not.toContain(payload);
});

test.each([payload, { message: payload }, null, undefined])(
  'what is no error is told by its kind: %j',
  (thrown) => {
    expect(JSON.stringify(faultOf(thrown))).not.toContain(payload);
  },
);

test('an error whose message was changed after it was made tells no place, rather than its words', () => {
  const error = new Error(payload);
  // Node.js writes the stack when it is first asked for.
  expect(error.stack).toContain(payload);
  error.message = 'something else';
  expect(faultOf(error)).toEqual({ reason: 'unexpected Error', stack: '' });
});

test.each([
  ['/nowhere', 'there is nothing of that name (ENOENT)'],
  ['/', 'it is a directory, not a file (EISDIR)'],
  ['/dev/null/x', 'what should be a directory on its path is a file (ENOTDIR)'],
])('a file that can not be read is told in words: %s', (path, words) => {
  expect(fileFaultOf(thrownBy(() => readFileSync(path)))).toBe(words);
});

test('of a file with a secret it is told, too, what to do', () => {
  const told = (path: string, missing?: string) =>
    mountFaultOf(
      thrownBy(() => readFileSync(path)),
      path,
      missing,
    );
  expect(told('/nowhere/tls.crt')).toBe(
    'there is nothing of that name (ENOENT): put it there; where a Secret should be mounted, see that it is, and has the key tls.crt',
  );
  expect(told('/nowhere', 'create it')).toBe(
    'there is nothing of that name (ENOENT): create it; where a Secret should be mounted, see that it is',
  );
  expect(told('/')).toBe('it is a directory, not a file (EISDIR)');
  // Nobody else than root could be denied a file here.
  const denied = Object.assign(new Error("EACCES: permission denied, open '/a'"), { code: 'EACCES' });
  expect(mountFaultOf(denied, '/a')).toBe(
    `this user may not read it (EACCES): let uid ${process.getuid?.()}, which this process has, read it and enter the directories above it (chown, chmod)`,
  );
});

test('what the system says of a file beyond that is told as it is', () => {
  const error = Object.assign(new Error('ELOOP: too many symbolic links encountered'), { code: 'ELOOP' });
  expect(fileFaultOf(error)).toBe(error.message);
  expect(fileFaultOf('a text')).toBe('a text');
});

test('that nobody was reached is seen through the errors around it', () => {
  const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  expect(isNobodyThere(refused)).toBe(true);
  expect(
    isNobodyThere(new Error('out', { cause: new BridgeError('in', { code: 'x', cause: refused }) })),
  ).toBe(true);
  expect(isNobodyThere(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))).toBe(false);
  expect(isNobodyThere('ECONNREFUSED')).toBe(false);
});

test('an IPv6 address that can not be bound stands in brackets', () => {
  const error = Object.assign(new Error('in use'), { code: 'EADDRINUSE' });
  expect(listenError('admin', '::1', 9390, error).message).toMatch(
    /^can't listen on \[::1\]:9390: another process/,
  );
});
