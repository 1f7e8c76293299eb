/** A way to the real registry that asks who comes: TLS, a client certificate, and a password or token. */
import { once } from 'node:events';
import { createServer as createPlain, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTls, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { inject } from 'vitest';

export interface RegistryDoor extends AsyncDisposable {
  readonly url: string;
  /** The Authorization header that is let in. */
  authorization: string | undefined;
  /** Headers that are asked for, by their names in lower case; the answer names the one that is missing. */
  headers: Readonly<Record<string, string>>;
  /** Who is let in, but may do nothing. */
  forbidden: boolean;
}

/** @param tls null for http:// */
export async function openRegistryDoor(tls: ServerOptions | null): Promise<RegistryDoor> {
  const behind = new URL(inject('registryUrl'));
  const server = tls === null ? createPlain(serve) : createTls(tls, serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const door: RegistryDoor = {
    url: `${tls === null ? 'http' : 'https'}://127.0.0.1:${port}${behind.pathname}`,
    authorization: undefined,
    headers: {},
    forbidden: false,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return door;

  function serve(asked: IncomingMessage, response: ServerResponse): void {
    if (asked.headers.authorization !== door.authorization) return void response.writeHead(401).end('who?');
    const missing = Object.keys(door.headers).find((name) => asked.headers[name] !== door.headers[name]);
    if (missing !== undefined) {
      const body = JSON.stringify({ error_code: 40101, message: `the header ${missing} is missing` });
      return void response.writeHead(401, { 'content-type': 'application/json' }).end(body);
    }
    if (door.forbidden) return void response.writeHead(403).end('no');
    const headers = { ...asked.headers, host: behind.host };
    delete headers.authorization;
    const { method } = asked;
    const inner = request({ host: behind.hostname, port: behind.port, path: asked.url, method, headers });
    inner.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    inner.on('error', () => response.destroy());
    asked.pipe(inner);
  }
}
