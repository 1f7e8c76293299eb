/** A server that answers as a registry is told to, for what the real one can't be brought to say. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Text is sent as it is; `cut` ends the connection within the answer, `silence` never answers. */
export type Answered =
  | {
      readonly status: number;
      readonly body: unknown;
      /** Beside a registry's type of content, or in its place. */
      readonly headers?: Readonly<Record<string, string>>;
    }
  | 'cut'
  | 'silence';

export interface AnsweringRegistry extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** @param answer what is said to each request; @param port of 127.0.0.1, by default a free one */
export async function answerAs(
  answer: (asked: Asked, before: number) => Answered | Promise<Answered>,
  port = 0,
): Promise<AnsweringRegistry> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const { method = '', url: path = '', headers } = request;
      const now = { method, path, headers, body: await text(request) };
      asked.push(now);
      const answered = await answer(now, asked.length - 1);
      if (answered === 'silence') return;
      if (answered === 'cut') {
        response.writeHead(200, { 'content-length': 100 }).write('{');
        response.socket?.destroySoon();
        return;
      }
      const { status, body, headers: given } = answered;
      response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json', ...given });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    })();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
