import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { BridgeError, ExitCode, mountFaultOf } from '../errors.ts';
import { pemText } from '../pem.ts';

/**
 * Files with secrets and certificates that the bridge shows to others. They are read when they are used, so that a file that was
 * replaced counts from the next connection on. Nothing of their content is ever part of an error.
 */

/** A password, a secret or a token is a line; a chain of certificates some KiB. What is larger is the wrong file. */
const maxBytes = { secret: 65_536, pem: 1_048_576 } as const;

/**
 * The secret in a file: its only line, without the line's end.
 * @param setting the setting that names the file, for the error
 * @throws SecretFileError
 */
export function readSecret(setting: string, file: string): string {
  const bytes = readFile(setting, file, maxBytes.secret);
  const fail = (why: string) => {
    throw new SecretFileError(setting, file, `${why}: save it as UTF-8, with the secret as its only line`);
  };
  if (!isUtf8(bytes)) return fail('it is not UTF-8 text, but another encoding, such as UTF-16 or Latin-1');
  // The decoder drops a byte order mark, which some editors write.
  const text = new TextDecoder().decode(bytes).replace(/\r?\n$/, '');
  if (text === '') return fail('it is empty');
  if (text.includes('\0')) return fail('it has a byte 0, as text of UTF-16 has');
  if (/\p{Cc}/u.test(text)) return fail('it has more than one line, or control characters');
  return text;
}

/** The text of a file with certificates or a key. @throws SecretFileError */
export function readPem(setting: string, file: string): string {
  return pemText(readFile(setting, file, maxBytes.pem));
}

/** A file that a setting names can't be used. It is worth another try: somebody fixes it. */
export class SecretFileError extends BridgeError {
  override readonly name = 'SecretFileError';
  readonly setting: string;
  /** The message without the setting. */
  readonly problem: string;

  constructor(setting: string, file: string, why: string, cause?: unknown) {
    const problem = `the file ${file} can't be used: ${why}`;
    const message = `${setting}: ${problem}`;
    super(message, { code: 'secret-file', retryable: true, exitCode: ExitCode.config, cause });
    this.setting = setting;
    this.problem = problem;
  }
}

function readFile(setting: string, file: string, max: number): Buffer {
  try {
    return readBounded(file, max);
  } catch (error) {
    throw new SecretFileError(setting, file, mountFaultOf(error, file), error);
  }
}

function readBounded(file: string, max: number): Buffer {
  // Without the flag a pipe that nobody writes to would stop the process.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(descriptor).isFile()) throw new Error('it is not a file');
    const buffer = Buffer.alloc(max + 1);
    const length = readSync(descriptor, buffer, 0, max + 1, 0);
    if (length > max) throw new Error(`it is larger than ${max} bytes`);
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}
