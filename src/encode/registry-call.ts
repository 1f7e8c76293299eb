import { BridgeError, ExitCode, isNobodyThere, UnavailableError, reasonOf } from '../errors.ts';
import { callHttp, type HttpAnswer } from '../outbound/http.ts';
import { reasonIn } from '../outbound/reason.ts';
import type { TlsFiles } from '../outbound/tls.ts';
import { headersFor, refusalAdvice, type RegistryHeaders } from './registry-headers.ts';

export interface RegistryOptions extends RegistryHeaders {
  /** e.g. http://registry:8081, with the path where the API isn't at the root. */
  readonly url: string;
  /** Further addresses of the same registry, asked in turn when one doesn't answer. */
  readonly fallbackUrls?: readonly string[];
  /** Of one attempt, in ms. */
  readonly requestTimeoutMs: number;
  readonly tls?: Omit<TlsFiles, 'setting'>;
}

export interface RegistryAnswer {
  readonly status: number;
  readonly body: unknown;
  /** What it says of an error, for people. */
  readonly words?: string;
}

/**
 * One call of the registry's REST API: up to two attempts, or one at each address. Certificates and secrets are read for each.
 * @param path begins with a slash; its parts are encoded already
 * @throws UnavailableError when no address answers, or access is refused; BridgeError `secret-file`, `token-refused`, `token-endpoint`
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
  options: RegistryOptions,
  url: string,
  method: 'GET' | 'POST',
  body: unknown,
): Promise<RegistryAnswer> {
  const { requestTimeoutMs: timeoutMs, tls = {} } = options;
  const where = `${method} ${url}`;
  const { headers, secrets } = await headersFor(options, timeoutMs);
  const answer = await callHttp({
    method,
    url,
    headers: {
      ...headers,
      accept: 'application/vnd.schemaregistry.v1+json',
      'content-type': 'application/vnd.schemaregistry.v1+json',
    },
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
  const found = parsed(answer.text);
  const words = wordsOf(answer, found, secrets);
  if (status === 401 || status === 403) {
    throw new BridgeError(
      `the schema registry refuses ${where} with ${status}${inBrackets(words)}: ${refusalAdvice(status, options)}`,
      {
        code: status === 401 ? 'registry-authentication' : 'registry-authorization',
        retryable: true,
        exitCode: ExitCode.denied,
      },
    );
  }
  if (status >= 500 || status === 429) {
    throw new UnavailableError(
      `the schema registry answers ${where} with ${status}: ${words ?? noWords}`,
      'registry-refuses',
    );
  }
  if (typeof found === 'object' && found !== null)
    return { status, body: found, ...(words === null ? undefined : { words }) };
  throw new UnavailableError(
    `what answers ${where} (${[status, words ?? []].flat().join(': ')}) is not a schema registry: check registry.url, which includes the API's path`,
    'registry-unexpected',
  );
}

/** Longer than any sentence of a registry about one schema. */
const maxWordsLength = 1000;
/** In place of its words. */
const noWords = 'without a reason';

/** With Confluent's `error_code` before the text that it is of. */
function wordsOf(answer: HttpAnswer, body: unknown, secrets: readonly string[]): string | null {
  const { error_code: code } = Object(body) as { readonly error_code?: unknown };
  const words = reasonIn(answer, body, secrets, maxWordsLength);
  return words !== null && typeof code === 'number' ? `${code} ${words}` : words;
}

/** What a registry's answer says of an error. */
export function saidBy({ words = noWords }: RegistryAnswer): string {
  return words;
}

function inBrackets(words: string | null): string {
  return words === null ? '' : ` (${words})`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
