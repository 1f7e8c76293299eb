import { createHash } from 'node:crypto';
import { readSecret } from './secret-file.ts';

/** How a client gets tokens by the client credentials grant (RFC 6749, 4.4), and how it shows who it is. */
export interface OauthSettings {
  readonly tokenUrl?: string | undefined;
  readonly clientId?: string | undefined;
  /** Either this or `clientAssertionFile`. */
  readonly clientSecretFile?: string | undefined;
  readonly clientSecretMethod?: ClientSecretMethod | undefined;
  /** File with a JWT that shows the client (RFC 7523, 2.2), which something else renews. */
  readonly clientAssertionFile?: string | undefined;
  readonly scope?: string | undefined;
  readonly audience?: string | undefined;
  /** Further parameters of the form. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly caFile?: string | undefined;
}

/** `basic` by RFC 6749, 2.3.1; `basic-raw` for servers that compare without decoding; `form` for those that want it in the body. */
export type ClientSecretMethod = 'basic' | 'basic-raw' | 'form';

/** A request for a token, with what the files hold now. */
export interface TokenRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What of it may be in no message. */
  readonly secrets: readonly string[];
  /** The same for the same request. */
  readonly digest: string;
}

/** By RFC 7523, 2.2. */
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** @param setting where the settings stand: `kafka.sasl.oauth` @throws SecretFileError */
export function readTokenRequest(setting: string, settings: OauthSettings): TokenRequest {
  const { scope, audience, parameters } = settings;
  const client = readClient(setting, settings);
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope === undefined ? {} : { scope }),
    ...(audience === undefined ? {} : { audience }),
    ...parameters,
    ...client.form,
  });
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
    ...client.headers,
  };
  const body = form.toString();
  const digest = createHash('sha256')
    .update(JSON.stringify([headers, body]))
    .digest('hex');
  return { headers, body, secrets: client.secrets, digest };
}

interface Client {
  readonly headers: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

function readClient(setting: string, settings: OauthSettings): Client {
  const {
    clientId = '',
    clientSecretFile = '',
    clientSecretMethod = 'basic',
    clientAssertionFile,
  } = settings;
  if (clientAssertionFile !== undefined) {
    const assertion = readSecret(`${setting}.clientAssertionFile`, clientAssertionFile);
    const form = {
      client_id: clientId,
      client_assertion_type: assertionType,
      client_assertion: assertion,
    };
    return { headers: {}, form, secrets: [assertion] };
  }
  const secret = readSecret(`${setting}.clientSecretFile`, clientSecretFile);
  if (clientSecretMethod === 'form')
    return { headers: {}, form: { client_id: clientId, client_secret: secret }, secrets: [secret] };
  const [id, shown] =
    clientSecretMethod === 'basic' ? [formEncoded(clientId), formEncoded(secret)] : [clientId, secret];
  const basic = Buffer.from(`${id}:${shown}`).toString('base64');
  return { headers: { authorization: `Basic ${basic}` }, form: {}, secrets: [secret, basic] };
}

/** RFC 6749, 2.3.1 and appendix B. */
function formEncoded(text: string): string {
  return new URLSearchParams({ _: text }).toString().slice(2);
}
