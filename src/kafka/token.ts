import { setTimeout as delay } from 'node:timers/promises';
import { BridgeError, reasonOf } from '../errors.ts';
import { callHttp } from '../outbound/http.ts';
import { readSecret } from '../outbound/secret-file.ts';
import { RefusalError } from './refusal.ts';

export interface OauthSettings {
  readonly tokenUrl?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecretFile?: string | undefined;
  readonly scope?: string | undefined;
  readonly caFile?: string | undefined;
}

/** Gives a token that is valid for a while yet. */
export type TokenSource = () => Promise<string>;

/**
 * With so much of its life left a token is renewed, in ms: a fifth, within these bounds. A session with a broker lasts as long as
 * its token, and the client authenticates anew 10 s before its end; it must not begin one that is about to end.
 */
const renewBefore = { min: 20_000, max: 60_000 };
/** For a server that doesn't say (RFC 6749, 5.1: `expires_in` is only recommended). */
const lifetimeUnsaidMs = 60_000;
/** An authorization server is restarted now and then: one more attempt after this wait, in ms. */
const retryWaitMs = 500;

/**
 * The client credentials grant (RFC 6749, 4.4), the client shown by HTTP Basic (2.3.1). One request at a time, whoever asks; the
 * secret is read for each. What fails is not remembered: the next call asks again.
 * @param timeoutMs for one request
 * @returns a function that rejects with RefusalError or SecretFileError
 */
export function createTokenSource(
  settings: OauthSettings,
  timeoutMs: number,
  now: () => number = Date.now,
): TokenSource {
  let token: Token | undefined;
  let renewAt = -Infinity;
  let pending: Promise<string> | undefined;

  return () => {
    if (token !== undefined && now() < renewAt) return Promise.resolve(token.value);
    pending ??= renew().finally(() => {
      pending = undefined;
    });
    return pending;
  };

  async function renew(): Promise<string> {
    const asked = now();
    token = await ask(settings, timeoutMs).catch(async (error: unknown) => {
      if (!(error instanceof NoAnswerError)) throw error;
      await delay(retryWaitMs);
      return await ask(settings, timeoutMs);
    });
    renewAt = asked + token.lifetimeMs - clamp(token.lifetimeMs / 5, renewBefore);
    return token.value;
  }
}

function clamp(value: number, { min, max }: typeof renewBefore): number {
  return Math.min(Math.max(value, min), max);
}

interface Token {
  readonly value: string;
  readonly lifetimeMs: number;
}

/** The server, or the way to it, is out of order: nothing was said about the client. */
class NoAnswerError extends RefusalError {}

async function ask(settings: OauthSettings, timeoutMs: number): Promise<Token> {
  const { tokenUrl = '', clientId = '', clientSecretFile = '', scope, caFile } = settings;
  const secret = readSecret('kafka.sasl.oauth.clientSecretFile', clientSecretFile);
  const basic = Buffer.from(`${formEncoded(clientId)}:${formEncoded(secret)}`).toString('base64');
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope === undefined ? {} : { scope }),
  });
  const where = `the token endpoint ${tokenUrl} (kafka.sasl.oauth.tokenUrl)`;
  const { status, text } = await callHttp({
    method: 'POST',
    url: tokenUrl,
    headers: {
      authorization: `Basic ${basic}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: form.toString(),
    tls: { setting: 'kafka.sasl.oauth', caFile },
    timeoutMs,
  }).catch((error: unknown) => {
    if (error instanceof BridgeError) throw error;
    throw new NoAnswerError('token-endpoint', `${where} gives no answer: ${reasonOf(error)}`, error);
  });
  const answer = readAnswer(text);
  if (status === 400 || status === 401 || status === 403) {
    const message =
      `${where} refuses us (${status} ${printable(answer['error'])}): check kafka.sasl.oauth.clientId, scope, and the ` +
      `secret in ${clientSecretFile} (kafka.sasl.oauth.clientSecretFile)`;
    throw new RefusalError('token-endpoint', message);
  }
  const { access_token: value, expires_in: seconds } = answer;
  if (status !== 200 || typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
    throw new NoAnswerError('token-endpoint', `${where} answers with ${status} and no token`);
  const lifetimeMs = Number(seconds) > 0 ? Number(seconds) * 1000 : lifetimeUnsaidMs;
  return { value, lifetimeMs };
}

/** RFC 6749, 2.3.1 and appendix B. */
function formEncoded(text: string): string {
  return new URLSearchParams({ _: text }).toString().slice(2);
}

function readAnswer(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

/** An error code of RFC 6749, 5.2; what else the server says isn't ours to log. */
function printable(error: unknown): string {
  return typeof error === 'string' && /^[a-z_]{1,64}$/.test(error) ? error : 'without a reason';
}
