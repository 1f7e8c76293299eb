/** An authorization server: gives unsigned tokens, as Kafka's development validator takes them, for the client credentials. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenEndpoint extends AsyncDisposable {
  readonly url: string;
  /** Of `bridge`, the only client. */
  secret: string;
  /** Of the tokens that it gives from now on, in s. */
  lifetime: number;
  /** Who they are for. */
  subject: string;
  /** Tokens given so far. */
  readonly given: number;
  /** Requests so far. */
  readonly asked: number;
  /** A token as it gives them, for a file. */
  token(): string;
}

export async function startTokenEndpoint(): Promise<TokenEndpoint> {
  let given = 0;
  let asked = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const [status, body] = answer(form, request.headers.authorization ?? '');
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint: TokenEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    secret: 'client secret: 100%',
    lifetime: 3600,
    subject: 'bridge',
    get given() {
      return given;
    },
    get asked() {
      return asked;
    },
    token,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return endpoint;

  function answer(form: URLSearchParams, authorization: string): [number, object] {
    asked++;
    const [id = '', secret = ''] = Buffer.from(authorization.replace('Basic ', ''), 'base64')
      .toString()
      .split(':')
      .map((part) => new URLSearchParams(`_=${part}`).get('_') ?? '');
    if (id !== 'bridge' || secret !== endpoint.secret)
      return [401, { error: 'invalid_client', error_description: `no such client: ${id}` }];
    if (form.get('grant_type') !== 'client_credentials') return [400, { error: 'unsupported_grant_type' }];
    if (form.get('scope') !== 'kafka write') return [400, { error: 'invalid_scope' }];
    return [200, { access_token: token(), token_type: 'Bearer', expires_in: endpoint.lifetime }];
  }

  function token(): string {
    given++;
    const now = Math.floor(Date.now() / 1000);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { sub: endpoint.subject, iat: now, exp: now + endpoint.lifetime, n: given };
    return `${part({ alg: 'none' })}.${part(claims)}.`;
  }
}
