import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BridgeError, ConfigError, faultOf, fileFaultOf, isNobodyThere } from '../../src/errors.ts';

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
