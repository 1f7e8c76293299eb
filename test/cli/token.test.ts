import { expect, test } from 'vitest';
import { nbwssBridge } from '../helpers/command.ts';

test('token generate prints a token of 256 bits on a line of its own, another one each time', async () => {
  const results = await Promise.all([1, 2, 3].map(() => nbwssBridge(['token', 'generate'])));
  for (const result of results)
    expect(result).toEqual({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/^[\w-]{43}\n$/) });
  expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(results.length);
});
