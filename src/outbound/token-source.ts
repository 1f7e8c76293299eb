import { setTimeout as delay } from 'node:timers/promises';
import { askForToken, isPassing, isVerdict } from './token-answer.ts';
import { type OauthSettings, readTokenRequest } from './token-request.ts';

/** Gives a token that is valid for a while yet. */
export type TokenSource = () => Promise<string>;

export interface Token {
  readonly value: string;
  readonly lifetimeMs: number;
}

/**
 * With so much of its life left a token is renewed, in ms: a fifth, within these bounds. A session with a broker lasts as long as
 * its token, and the client authenticates again 10 s before its end; it must not begin one that is about to end.
 */
const renewBefore = { min: 20_000, max: 60_000 };
/** An authorization server is restarted now and then: one more attempt after this wait, in ms. */
const retryWaitMs = 500;
/** A request that was refused isn't sent again for so long, in ms: many providers lock a client that is refused again and again. */
export const refusalHoldMs = 60_000;

/**
 * Tokens by the client credentials grant. One request at a time, whoever asks. Files are read for each request; one that was refused
 * is refused from memory for a minute, unless a file has changed.
 * @param setting where the settings stand: `kafka.sasl.oauth`
 * @param timeoutMs for one request
 * @returns a function that rejects with TokenRefusedError, TokenEndpointError or SecretFileError
 */
export function createTokenSource(
  setting: string,
  settings: OauthSettings,
  timeoutMs: number,
  now: () => number = Date.now,
): TokenSource {
  let refused: { readonly digest: string; readonly until: number; readonly error: unknown } | null = null;
  return keepToken(async () => {
    const request = readTokenRequest(setting, settings);
    if (refused?.digest === request.digest && now() < refused.until) throw refused.error;
    refused = null;
    const ask = () => askForToken(setting, settings, request, timeoutMs);
    try {
      return await ask().catch(async (error: unknown) => {
        if (!isPassing(error)) throw error;
        await delay(retryWaitMs);
        return await ask();
      });
    } catch (error) {
      if (isVerdict(error)) refused = { digest: request.digest, until: now() + refusalHoldMs, error };
      throw error;
    }
  }, now);
}

/** One token for all that ask, as long as it is good; one call of `fetch` at a time. What fails is not kept. */
export function keepToken(fetch: () => Promise<Token>, now: () => number = Date.now): TokenSource {
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
    token = await fetch();
    renewAt = asked + token.lifetimeMs - clamp(token.lifetimeMs / 5, renewBefore);
    return token.value;
  }
}

function clamp(value: number, { min, max }: typeof renewBefore): number {
  return Math.min(Math.max(value, min), max);
}

/** One token serves all that have the same settings object. */
const sources = new WeakMap<OauthSettings, TokenSource>();

/** The source for these settings, one in the process. @param setting, timeoutMs as createTokenSource, for the first that asks */
export function tokenSourceOf(setting: string, settings: OauthSettings, timeoutMs: number): TokenSource {
  const source = sources.get(settings) ?? createTokenSource(setting, settings, timeoutMs);
  sources.set(settings, source);
  return source;
}
