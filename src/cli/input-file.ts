import { createReadStream } from 'node:fs';
import { fileFaultOf, UsageError } from '../errors.ts';
import { pemText } from '../pem.ts';
import { certificatesOf } from '../simulator/options.ts';

/** All CAs of a system are some 200 KiB. */
const maxPemBytes = 1024 * 1024;

/**
 * The bytes of a file that an option names; also of a pipe.
 * @param what it is to hold: `the token`
 * @throws UsageError
 */
export async function readInputBytes(what: string, file: string, maxBytes: number): Promise<Buffer> {
  let bytes: Buffer | null;
  try {
    bytes = await readAtMost(maxBytes, createReadStream(file));
  } catch (error) {
    throw new UsageError(`can't read ${what} from ${file}: ${fileFaultOf(error)}`);
  }
  if (bytes === null)
    throw new UsageError(`${file} is over ${maxBytes} bytes: it can't be the file with ${what}`);
  return bytes;
}

/** All that a stream brings; null where that is more than `maxBytes`, and the stream is then destroyed. */
export async function readAtMost(maxBytes: number, stream: AsyncIterable<Buffer>): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** PEM of the CAs to trust; undefined where no file is given. @throws UsageError */
export async function readCa(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const pem = pemText(await readInputBytes('the CA', file, maxPemBytes));
  certificatesOf(pem, `the file ${file}`);
  return pem;
}
