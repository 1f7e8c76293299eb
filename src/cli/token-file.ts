import { readFile } from 'node:fs/promises';
import { reasonOf, UsageError } from '../errors.ts';
import { isHash } from '../session/credentials.ts';

/**
 * The token in a file that holds one, as it is given to NetBackup: the first line that isn't empty.
 * @throws UsageError when there is none, when it is only the hash of one, or when the file can't be read
 */
export async function readTokenFile(file: string): Promise<string> {
  const token = (await read(file))
    .split(/\r?\n/)
    .map((line) => line.trim())
    .find((line) => line !== '');
  if (token === undefined)
    throw new UsageError(`${file} holds no token: its first line that isn't empty is sent`);
  if (isHash(token))
    throw new UsageError(
      `${file} holds the hash of a token, which is of no use to NetBackup: name a file with the token itself`,
    );
  return token;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`can't read the token: ${reasonOf(error)}`);
  }
}
