import { expiryOfToken, readToken } from '../outbound/token-file.ts';
import type { OauthSettings } from '../outbound/token-request.ts';
import { type TokenSource, tokenSourceOf } from '../outbound/token-source.ts';
import { type MskSettings, mskTokenSourceOf } from './msk-token.ts';

/** Where tokens for brokers come from: the client credentials grant, or a file that something else renews. */
export interface KafkaOauthSettings extends OauthSettings {
  readonly tokenFile?: string | undefined;
  /** Sent beside the token (KIP-342). */
  readonly extensions?: Readonly<Record<string, string>> | undefined;
}

/** What a broker gets with OAUTHBEARER (RFC 7628), and what to say when it refuses it. */
export interface Bearer {
  readonly token: TokenSource;
  readonly extensions: Readonly<Record<string, string>>;
  /** Completes "authentication as …". */
  readonly who: string;
  /** What to do when the broker refuses the token. */
  advice(): string;
}

/** By the settings' way to a token. @param timeoutMs for one request for a token */
export function bearerOf(oauth: KafkaOauthSettings, timeoutMs: number): Bearer {
  const { tokenFile, clientId, extensions = {} } = oauth;
  if (tokenFile !== undefined) return bearerFromFile(tokenFile, extensions);
  return {
    token: tokenSourceOf('kafka.sasl.oauth', oauth, timeoutMs),
    extensions,
    who: `client ${clientId}`,
    advice: () =>
      'the broker has to accept the tokens of kafka.sasl.oauth.tokenUrl (its issuer, audience and scope) and kafka.sasl.oauth.extensions',
  };
}

function bearerFromFile(file: string, extensions: Readonly<Record<string, string>>): Bearer {
  const setting = 'kafka.sasl.oauth.tokenFile';
  let last: string | null = null;
  return {
    async token() {
      last = readToken(setting, file);
      return last;
    },
    extensions,
    who: `the owner of the token in ${file}`,
    advice() {
      const expiry = last === null ? null : expiryOfToken(last);
      return expiry !== null && expiry <= Date.now()
        ? `the token in ${file} (${setting}) expired at ${new Date(expiry).toISOString()}: see that what renews it runs`
        : `the broker has to accept the token in ${file} (${setting}; its issuer, audience and scope) and kafka.sasl.oauth.extensions`;
    },
  };
}

/** Amazon MSK's own tokens: a signed request. */
export function mskBearerOf(settings: MskSettings, timeoutMs: number): Bearer {
  return {
    token: mskTokenSourceOf(settings, timeoutMs),
    extensions: {},
    who: settings.roleArn === undefined ? 'the AWS identity of this process' : `the role ${settings.roleArn}`,
    advice: () =>
      'check kafka.sasl.awsMskIam.region, that the policy of this identity allows kafka-cluster:Connect on the cluster, and the clock of this machine',
  };
}
