/** An HTTP proxy, from RFC 9110, 9.3.6 (CONNECT) and RFC 9112, 3.2.2 (a request for a whole URL). */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTls } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ForwardProxy extends AsyncDisposable {
  /** "127.0.0.1:1234" */
  readonly address: string;
  /** Each request's line and user, like "CONNECT registry.test:443 user:password". */
  readonly asked: readonly string[];
  /** Connections that are open now. */
  readonly open: number;
}

export interface ForwardProxyOptions {
  /** Where everything leads, whatever host is asked for. */
  readonly to?: number;
  /** A status in place of a tunnel or an answer, like `407 Proxy Authentication Required`. */
  readonly refuse?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
}

export async function startForwardProxy(options: ForwardProxyOptions): Promise<ForwardProxy> {
  const { to = 0, refuse, tls } = options;
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const note = ({ method, url, headers }: IncomingMessage) => {
    const basic = (headers['proxy-authorization'] ?? '').replace('Basic ', '');
    asked.push([method, url, Buffer.from(basic, 'base64').toString()].join(' ').trim());
  };
  const answer = (incoming: IncomingMessage, response: ServerResponse) => {
    note(incoming);
    const [status, ...reason] = refuse?.split(' ') ?? [];
    if (status !== undefined) {
      response.writeHead(Number(status), reason.join(' '), { 'content-type': 'text/html' }).end('<html>');
      return;
    }
    const { pathname, search } = new URL(incoming.url ?? '');
    const { method, headers } = incoming;
    const onward = request(
      { port: to, host: '127.0.0.1', path: pathname + search, method, headers },
      (answered) => {
        response.writeHead(answered.statusCode ?? 0, answered.headers);
        answered.pipe(response);
      },
    );
    incoming.pipe(onward);
  };
  const server = tls === undefined ? createServer(answer) : createTls(tls, answer);
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    note(incoming);
    socket.on('error', () => {});
    if (refuse !== undefined) return socket.end(`HTTP/1.1 ${refuse}\r\n\r\n`);
    const inner = connect(to, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      inner.pipe(socket).pipe(inner);
    });
    inner.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    return socket.on('close', () => inner.destroy());
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}
