import { UsageError } from '../errors.ts';
import { maxTokenFileBytes, readTokenLines } from '../session/token-lines.ts';
import { readInputBytes } from './input-file.ts';

/**
 * The token in a file that holds one, as it is given to NetBackup: the first line that isn't empty. The others may be tokens, too, as
 * in a token directory.
 * @throws UsageError when there is none, when it is only the hash of one, or when the file can't be read or used
 */
export async function readTokenFile(file: string): Promise<string> {
  const bytes = await readInputBytes('the token', file, maxTokenFileBytes);
  const { tokens, problems } = readTokenLines(bytes, file);
  if (problems.length > 0) throw new UsageError(problems.join('; '));
  const [token] = tokens;
  if (token === undefined)
    throw new UsageError(`${file} holds no token: its first line that isn't empty is sent`);
  if (token.plain === null)
    throw new UsageError(
      `${file} holds the hash of a token, which is of no use to NetBackup: name a file with the token itself`,
    );
  return token.plain;
}
