import { BridgeError, reasonOf } from '../errors.ts';
import { callHttp, type HttpAnswer } from './http.ts';
import { reasonIn } from './reason.ts';
import { said } from './said.ts';
import { TokenEndpointError, TokenRefusedError } from './token-error.ts';
import type { OauthSettings, TokenRequest } from './token-request.ts';

interface Answered {
  readonly value: string;
  readonly lifetimeMs: number;
}

/** For a server that doesn't say (RFC 6749, 5.1: `expires_in` is only recommended), in ms. */
const lifetimeUnsaidMs = 60_000;

/** Errors that say nothing about the client (RFC 6749, 4.1.2.1; RFC 8628, 3.5). */
const passingErrors: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable', 'slow_down']);

/** What another attempt may do better. */
class PassingError extends TokenEndpointError {}

/** Whether the same request may be sent again at once. */
export function isPassing(error: unknown): boolean {
  return error instanceof PassingError;
}

/** Whether the endpoint said that this request gets no token. */
export function isVerdict(error: unknown): boolean {
  return error instanceof TokenRefusedError || (error instanceof TokenEndpointError && !isPassing(error));
}

/** One request. @throws TokenRefusedError, TokenEndpointError, SecretFileError */
export async function askForToken(
  setting: string,
  settings: OauthSettings,
  { headers, body, secrets }: TokenRequest,
  timeoutMs: number,
): Promise<Answered> {
  const { tokenUrl = '', caFile } = settings;
  const where = `the token endpoint ${tokenUrl} (${setting}.tokenUrl)`;
  const answer = await callHttp({
    method: 'POST',
    url: tokenUrl,
    headers,
    body,
    tls: { setting, caFile },
    timeoutMs,
  }).catch((error: unknown) => {
    if (error instanceof BridgeError) throw error;
    throw new PassingError(`${where} gives no answer: ${reasonOf(error)}`, error);
  });
  const fields = fieldsOf(answer);
  const { access_token: value, expires_in: seconds } = fields ?? {};
  if (answer.status === 200 && typeof value === 'string' && /^[\x21-\x7e]+$/.test(value))
    return { value, lifetimeMs: Number(seconds) > 0 ? Number(seconds) * 1000 : lifetimeUnsaidMs };
  throw failure(where, answer, { fields, secrets, advice: adviceOf(setting, settings) });
}

type Fields = Readonly<Record<string, unknown>>;

/** A refusal is a 401, or a 400 or 403 with an error of RFC 6749, 5.2; anything else of the kind is no authorization server's. */
function failure(
  where: string,
  answer: HttpAnswer,
  { fields, secrets, advice }: { fields: Fields | undefined; secrets: readonly string[]; advice: string },
): Error {
  const { status } = answer;
  const { error, error_description: description } = fields ?? {};
  const words =
    [error, description]
      .flatMap((text) => (typeof text === 'string' ? [said(text, secrets)] : []))
      .filter((text) => text !== '')
      .join(': ') ||
    (reasonIn(answer, fields, secrets) ?? '');
  const isPassingError = typeof error === 'string' && passingErrors.has(error);
  const isRefusal =
    status === 401 || ((status === 400 || status === 403) && typeof error === 'string' && !isPassingError);
  if (isRefusal)
    return new TokenRefusedError(`${where} refuses us (${status} ${words || 'without a reason'}): ${advice}`);
  const message = `${where} answers with ${status} and no token${words === '' ? '' : ` (${words})`}`;
  const isOfRequest = status >= 400 && status < 500 && status !== 408 && !isPassingError;
  if (!isOfRequest) return new PassingError(message);
  const why =
    status === 429 ? 'it gets too many requests' : 'check that this is the address of the token endpoint';
  return new TokenEndpointError(`${message}: ${why}`);
}

function adviceOf(setting: string, { clientSecretFile, clientAssertionFile }: OauthSettings): string {
  const [what, file, name] =
    clientAssertionFile === undefined
      ? ['secret', clientSecretFile, 'clientSecretFile']
      : ['assertion', clientAssertionFile, 'clientAssertionFile'];
  return `check ${setting}.clientId, scope, audience, and the ${what} in ${file} (${setting}.${name})`;
}

/** Undefined where the answer is no JSON. */
function fieldsOf({ text }: HttpAnswer): Fields | undefined {
  try {
    return Object(JSON.parse(text)) as Fields;
  } catch {
    return undefined;
  }
}
