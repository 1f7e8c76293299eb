import { readSecret, SecretFileError } from './secret-file.ts';

/**
 * The token in a file, as it is now: something else renews it.
 * @param setting the setting that names the file, for the error
 * @throws SecretFileError
 */
export function readToken(setting: string, file: string): string {
  const token = readSecret(setting, file);
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new SecretFileError(setting, file, `it holds no token: ${asciiOnly}, without blanks`);
}

/** The value of a header in a file. @throws SecretFileError */
export function readHeaderValue(setting: string, file: string): string {
  const value = readSecret(setting, file);
  if (/^[\x20-\x7e]+$/.test(value)) return value;
  throw new SecretFileError(setting, file, `it holds no value of a header: ${asciiOnly}`);
}

const asciiOnly = 'put printable ASCII characters there';

/** When a JWT ends (RFC 7519, 4.1.4), in ms since 1970; null for a token that doesn't say. Its signature is not looked at. */
export function expiryOfToken(token: string): number | null {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const { exp } = Object(claims) as { readonly exp?: unknown };
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : null;
  } catch {
    return null;
  }
}
