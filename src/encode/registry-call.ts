import { BridgeError, ExitCode, isNobodyThere, UnavailableError, reasonOf } from '../errors.ts';
import { callHttp } from '../outbound/http.ts';
import { readSecret } from '../outbound/secret-file.ts';
import type { TlsFiles } from '../outbound/tls.ts';

export interface RegistryOptions {
  /** e.g. http://registry:8081, with the path where the API isn't at the root. */
  readonly url: string;
  /** Further addresses of the same registry, asked in turn when one doesn't answer. */
  readonly fallbackUrls?: readonly string[];
  /** Of one attempt, in ms. */
  readonly requestTimeoutMs: number;
  readonly tls?: Omit<TlsFiles, 'setting'>;
  readonly auth?: RegistryAuth;
}

export interface RegistryAuth {
  readonly type: 'none' | 'basic' | 'bearer';
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly tokenFile?: string | undefined;
}

export interface RegistryAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * One call of the registry's REST API: up to two attempts, or one at each address. Certificates and secrets are read for each.
 * @param path begins with a slash; its parts are encoded already
 * @throws UnavailableError when no address answers, or access is refused; BridgeError `secret-file`
 */
export type RegistryCall = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<RegistryAnswer>;

const minAttempts = 2;

/**
 * Asks nothing yet.
 * @param leastAttempts fewer only where another address is asked next
 */
export function createRegistryCall(options: RegistryOptions, leastAttempts = minAttempts): RegistryCall {
  const urls = [options.url, ...(options.fallbackUrls ?? [])].map((url) => url.replace(/\/+$/, ''));
  /** The address that answered last is asked first. */
  let first = 0;

  return async (method, path, body) => {
    const attempts = Math.max(leastAttempts, urls.length);
    // Another call may move `first` meanwhile; each asks every address.
    const begin = first;
    for (let attempt = 0; ; attempt++) {
      const at = (begin + attempt) % urls.length;
      try {
        const answer = await askOnce(options, `${urls[at]}${path}`, method, body);
        first = at;
        return answer;
      } catch (error) {
        const isWorthAnother = error instanceof UnavailableError && isPassing(error.code);
        if (!isWorthAnother || attempt + 1 >= attempts) throw error;
      }
    }
  };
}

/** What another attempt, or another address, may do better. */
function isPassing(code: string): boolean {
  return code === 'registry-unreachable' || code === 'registry-refuses' || code === 'registry-unexpected';
}

async function askOnce(
  { requestTimeoutMs: timeoutMs, tls = {}, auth = { type: 'none' } }: RegistryOptions,
  url: string,
  method: 'GET' | 'POST',
  body: unknown,
): Promise<RegistryAnswer> {
  const where = `${method} ${url}`;
  const headers: Readonly<Record<string, string>> = {
    accept: 'application/vnd.schemaregistry.v1+json',
    'content-type': 'application/vnd.schemaregistry.v1+json',
    ...authorization(auth),
  };
  const answer = await callHttp({
    method,
    url,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    tls: { ...tls, setting: 'registry.tls' },
    timeoutMs,
  }).catch((error: unknown) => {
    if (error instanceof BridgeError) throw error;
    const hint = isNobodyThere(error) ? ': check registry.url, and that the registry runs' : '';
    const message = `the schema registry doesn't answer ${where}: ${reasonOf(error)}${hint}`;
    throw new UnavailableError(message, 'registry-unreachable', error);
  });
  const { status } = answer;
  const text = status < 400 ? answer.text : withoutSecrets(answer.text, headers);
  if (status === 401 || status === 403) {
    throw new BridgeError(`the schema registry refuses ${where} with ${status}: ${toMend(status, auth)}`, {
      code: status === 401 ? 'registry-authentication' : 'registry-authorization',
      retryable: true,
      exitCode: ExitCode.denied,
    });
  }
  if (status >= 500 || status === 429) {
    throw new UnavailableError(
      `the schema registry answers ${where} with ${status}: ${saidBy(parsed(text))}`,
      'registry-refuses',
    );
  }
  return { status, body: readBody(text, where, status) };
}

/** The headers by which we say who we are; the secret is read for each call. @throws SecretFileError */
export function authorization({
  type,
  username = '',
  passwordFile = '',
  tokenFile = '',
}: RegistryAuth): Readonly<Record<string, string>> {
  if (type === 'none') return {};
  if (type === 'bearer')
    return { authorization: `Bearer ${readSecret('registry.auth.tokenFile', tokenFile)}` };
  const password = readSecret('registry.auth.passwordFile', passwordFile);
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/** A refusal may repeat our request, also in the registry's own words: without the credentials, and the password in them. */
function withoutSecrets(text: string, headers: Readonly<Record<string, string>>): string {
  const { authorization: header = '' } = headers;
  const [scheme, credentials = ''] = header.split(' ');
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(credentials, 'base64').toString()) ?? [];
  const secrets = [credentials, scheme === 'Basic' ? password : ''].filter((secret) => secret !== '');
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}

function toMend(status: 401 | 403, { type, username, passwordFile, tokenFile }: RegistryAuth): string {
  if (type === 'none') return 'it wants to know who asks: set registry.auth.type';
  const who = type === 'basic' ? `the user ${username} (registry.auth.username)` : 'the owner of the token';
  if (status === 403) return `${who} may not do this: have it allowed there`;
  return type === 'basic'
    ? `check registry.auth.username and the password in ${passwordFile} (registry.auth.passwordFile)`
    : `check the token in ${tokenFile} (registry.auth.tokenFile)`;
}

/** Longer than any sentence of a registry about one schema. */
const maxSaidLength = 1000;

/**
 * What a registry's error says (Confluent's `error_code` and `message`). Nothing else of an answer is shown: what stands between, or in
 * the registry's place, may repeat our request with its password.
 */
export function saidBy(body: unknown): string {
  const { error_code: code, message } = Object(body) as Readonly<Record<string, unknown>>;
  if (typeof code !== 'number' || typeof message !== 'string') return "no registry's error";
  return `${code} ${message.slice(0, maxSaidLength)}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readBody(text: string, where: string, status: number): unknown {
  const body = parsed(text);
  if (typeof body === 'object' && body !== null) return body;
  throw new UnavailableError(
    `what answers ${where} (${status}) is not a schema registry: check registry.url, which includes the API's path`,
    'registry-unexpected',
  );
}
