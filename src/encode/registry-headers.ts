import { readSecret } from '../outbound/secret-file.ts';
import { readHeaderValue, readToken } from '../outbound/token-file.ts';
import type { OauthSettings } from '../outbound/token-request.ts';
import { tokenSourceOf } from '../outbound/token-source.ts';

export interface RegistryAuth {
  readonly type: 'none' | 'basic' | 'bearer' | 'oauth';
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly oauth?: OauthSettings | undefined;
}

/** What a user lets the bridge send with every call. */
export interface RegistryHeaders {
  readonly auth?: RegistryAuth | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Files with values. */
  readonly headerFiles?: Readonly<Record<string, string>> | undefined;
}

/** The headers of a call, and what of them may be in no message. */
export interface SentHeaders {
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

/**
 * Those by which we say who we are, and those of the settings. Files are read for each call.
 * @param timeoutMs for a token, where one is needed
 * @throws SecretFileError; TokenRefusedError or TokenEndpointError by `oauth`
 */
export async function headersFor(
  { auth = { type: 'none' }, headers = {}, headerFiles = {} }: RegistryHeaders,
  timeoutMs: number,
): Promise<SentHeaders> {
  const fromFiles = readHeaderFiles(headerFiles);
  const own = auth.type === 'oauth' ? await byToken(auth.oauth ?? {}, timeoutMs) : readCredentials(auth);
  return {
    headers: { ...headers, ...fromFiles, ...own.headers },
    secrets: [...Object.values(fromFiles), ...own.secrets],
  };
}

/** @throws SecretFileError */
export function readHeaderFiles(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).map(([name, file]) => [
      name,
      readHeaderValue(`registry.headerFiles.${name}`, file),
    ]),
  );
}

async function byToken(oauth: OauthSettings, timeoutMs: number): Promise<SentHeaders> {
  const token = await tokenSourceOf('registry.auth.oauth', oauth, timeoutMs)();
  return { headers: { authorization: `Bearer ${token}` }, secrets: [token] };
}

/** What stands in files: a password, or a token. @throws SecretFileError */
export function readCredentials({
  type,
  username = '',
  passwordFile = '',
  tokenFile = '',
}: RegistryAuth): SentHeaders {
  if (type === 'bearer') {
    const token = readToken('registry.auth.tokenFile', tokenFile);
    return { headers: { authorization: `Bearer ${token}` }, secrets: [token] };
  }
  if (type !== 'basic') return { headers: {}, secrets: [] };
  const password = readSecret('registry.auth.passwordFile', passwordFile);
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  return { headers: { authorization: `Basic ${basic}` }, secrets: [password, basic] };
}

/** What to do about a 401 or a 403. */
export function refusalAdvice(
  status: 401 | 403,
  {
    auth = { type: 'none' },
    headerFiles = {},
    tls,
  }: RegistryHeaders & { readonly tls?: { readonly certFile?: string | undefined } },
): string {
  const { type, username, passwordFile, tokenFile } = auth;
  if (type === 'none') return adviceWithoutUser(status, headerFiles, tls?.certFile);
  const who = type === 'basic' ? `the user ${username} (registry.auth.username)` : 'the owner of the token';
  if (status === 403) return `${who} may not do this: have it allowed there`;
  if (type === 'oauth')
    return 'it has to accept the tokens of registry.auth.oauth.tokenUrl (their issuer, audience and scope)';
  return type === 'basic'
    ? `check registry.auth.username and the password in ${passwordFile} (registry.auth.passwordFile)`
    : `check the token in ${tokenFile} (registry.auth.tokenFile)`;
}

/** A client certificate and headers say who we are, too. */
function adviceWithoutUser(
  status: 401 | 403,
  headerFiles: Readonly<Record<string, string>>,
  certFile: string | undefined,
): string {
  const shown = [
    ...(certFile === undefined ? [] : [`the certificate in ${certFile} (registry.tls.certFile)`]),
    ...Object.entries(headerFiles).map(
      ([name, file]) => `the value in ${file} (registry.headerFiles.${name})`,
    ),
  ].join(' and ');
  const signIn = 'set registry.auth.type, or the header that it asks for with registry.headerFiles';
  if (shown !== '')
    return status === 401
      ? `check ${shown}, or ${signIn}`
      : `the owner of ${shown} may not do this: have it allowed there`;
  return status === 401
    ? `it requires authentication: ${signIn}`
    : `have requests without a user allowed there, or ${signIn}`;
}
