import type { AuthenticationProviderArgs, Mechanism } from 'kafkajs';
import { addressText } from '../address.ts';
import { reasonOf } from '../errors.ts';
import { said } from '../outbound/said.ts';
import { readSecret } from '../outbound/secret-file.ts';
import { type Bearer, bearerOf, type KafkaOauthSettings, mskBearerOf } from './bearer.ts';
import kafkajs, { hostOfSeed } from './kafkajs.ts';
import type { MskSettings } from './msk-token.ts';
import { refusalOf } from './refusal.ts';
import { scram } from './scram.ts';

export interface SaslSettings {
  readonly mechanism: 'none' | 'plain' | 'scram-sha-256' | 'scram-sha-512' | 'oauthbearer' | 'aws-msk-iam';
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly oauth: KafkaOauthSettings;
  readonly awsMskIam?: MskSettings | undefined;
}

/** Sends one message of the mechanism and gives the broker's answer. */
type Exchange = (message: string) => Promise<string>;

/**
 * The mechanisms, in place of the client's own: those read a password once, take a refused token for an accepted one (the broker
 * answers with a challenge, RFC 7628, 3.2.2), and leave a connection in use whose authentication failed.
 * @param timeoutMs for one request to a broker, and for one to the token endpoint
 * @param onOutcome told of every authentication: null when it succeeded, else why it didn't
 * @returns undefined without a mechanism
 */
export function createMechanism(
  settings: SaslSettings,
  timeoutMs: number,
  onOutcome: (error: Error | null) => void,
): Mechanism | undefined {
  const { mechanism } = settings;
  if (mechanism === 'none') return undefined;
  const bearer = bearerFor(settings, timeoutMs);
  return {
    // Amazon's tokens are sent like any other.
    mechanism: bearer === null ? mechanism : 'oauthbearer',
    authenticationProvider: ({ host, port, saslAuthenticate }) => ({
      async authenticate() {
        const send: Exchange = (message) => exchange(saslAuthenticate, message);
        let secret = '';
        try {
          secret = bearer === null ? passwordOf(settings) : await bearer.token();
          await (bearer === null
            ? byPassword(settings, secret, send)
            : byToken(secret, bearer.extensions, send));
        } catch (error) {
          const told = { error, secret, who: bearer?.who ?? `user ${settings.username}` };
          const broker = addressText({ host: hostOfSeed(host), port });
          const failure = asConnectionError(told, settings, bearer, broker);
          onOutcome(failure);
          throw failure;
        }
        onOutcome(null);
      },
    }),
  };
}

/** Null for a mechanism without tokens. */
function bearerFor({ mechanism, oauth, awsMskIam = {} }: SaslSettings, timeoutMs: number): Bearer | null {
  if (mechanism === 'oauthbearer') return bearerOf(oauth, timeoutMs);
  return mechanism === 'aws-msk-iam' ? mskBearerOf(awsMskIam, timeoutMs) : null;
}

/** @throws SecretFileError */
function passwordOf({ passwordFile = '' }: SaslSettings): string {
  return readSecret('kafka.sasl.passwordFile', passwordFile);
}

async function byPassword(
  { mechanism, username = '' }: SaslSettings,
  password: string,
  send: Exchange,
): Promise<void> {
  if (mechanism === 'plain') {
    await send(`\0${username}\0${password}`);
  } else {
    const hash = mechanism === 'scram-sha-256' ? 'sha256' : 'sha512';
    await scram({ hash, username, password, exchange: send });
  }
}

/** The message of RFC 7628, 3.1, with extensions as KIP-342 has them. */
async function byToken(token: string, extensions: Bearer['extensions'], send: Exchange): Promise<void> {
  const pairs = Object.entries({ auth: `Bearer ${token}`, ...extensions });
  const challenge = await send(`n,,\x01${pairs.map(([name, value]) => `${name}=${value}\x01`).join('')}\x01`);
  if (challenge === '') return;
  // The broker tells its verdict only in answer to this byte.
  await send('\x01').catch((error: unknown) => {
    throw isOfConnection(error) ? error : new Error(`${reasonOf(error)} (${challenge})`, { cause: error });
  });
}

/** The client wants each message with its length before it, and gives the answer so. */
async function exchange(
  saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate'],
  message: string,
): Promise<string> {
  const answer = await saslAuthenticate({
    request: {
      encode() {
        const bytes = Buffer.from(message);
        const length = Buffer.alloc(4);
        length.writeInt32BE(bytes.length);
        return Buffer.concat([length, bytes]);
      },
    },
    response: { decode: (bytes) => bytes.subarray(4), parse: (bytes) => bytes },
  });
  return answer?.toString() ?? '';
}

/**
 * As an error of the connection, because then the client gives the connection up and opens another one. After any other it goes on
 * with one whose authentication is unfinished.
 */
function asConnectionError(
  { error, secret, who }: { readonly error: unknown; readonly secret: string; readonly who: string },
  settings: SaslSettings,
  bearer: Bearer | null,
  broker: string,
): Error {
  const known = refusalOf(error);
  if (known !== null) return new kafkajs.KafkaJSConnectionError(known.text, { broker, code: known.code });
  const what = `authentication as ${who} by ${settings.mechanism} at ${broker}`;
  const reason = said(reasonOf(error), [secret, Buffer.from(secret).toString('base64')]);
  if (isOfConnection(error))
    return new kafkajs.KafkaJSConnectionError(`${what} came to no end: ${reason}`, { broker, code: '' });
  const advice =
    bearer?.advice() ??
    `check kafka.sasl.username and the password in ${settings.passwordFile} (kafka.sasl.passwordFile)`;
  const message = `${what} failed: ${reason}: ${advice}`;
  return new kafkajs.KafkaJSConnectionError(message, { broker, code: 'kafka-authentication' });
}

/** The broker said nothing. */
function isOfConnection(error: unknown): boolean {
  return (
    error instanceof kafkajs.KafkaJSConnectionError || error instanceof kafkajs.KafkaJSRequestTimeoutError
  );
}
