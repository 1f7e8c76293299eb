import { readFile } from 'node:fs/promises';
import { fileFaultOf, UsageError } from '../errors.ts';
import { certificatesOf } from '../simulator/options.ts';

/**
 * The text of a file that an option names.
 * @param what it is to hold: `the token`
 * @throws UsageError
 */
export async function readInput(what: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`can't read ${what} from ${file}: ${fileFaultOf(error)}`);
  }
}

/** PEM of the CAs to trust; undefined where no file is given. @throws UsageError */
export async function readCa(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const pem = await readInput('the CA', file);
  certificatesOf(pem, `the file ${file}`);
  return pem;
}
