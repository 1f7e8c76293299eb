import { UsageError } from '../errors.ts';
import { isHash } from '../session/credentials.ts';
import { readInput } from './input-file.ts';

/**
 * The token in a file that holds one, as it is given to NetBackup: the first line that isn't empty.
 * @throws UsageError when there is none, when it is only the hash of one, or when the file can't be read
 */
export async function readTokenFile(file: string): Promise<string> {
  const token = (await readInput('the token', file))
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
