import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** "Validate" in NetBackup's console asks with a plain GET: a prompt and harmless answer, whatever the request brings along. */
export function answerPlainRequest(request: IncomingMessage, response: ServerResponse, path: string): void {
  response.shouldKeepAlive = false;
  if (pathOf(request) === path) {
    response.writeHead(426, { upgrade: 'websocket', connection: 'upgrade, close', 'content-length': 0 });
  } else response.writeHead(404, { connection: 'close', 'content-length': 0 });
  response.end();
}

/**
 * What an upgrade is refused with before `ws` looks at it, or null. RFC 6455, 4.2.1 wants HTTP/1.1 and a Host. A body would be taken
 * for the first frames by us and not by a proxy before us, so there must be none.
 */
export function upgradeFault(request: IncomingMessage, path: string): string | null {
  if (pathOf(request) !== path) return '404 Not Found';
  if (request.httpVersion !== '1.1') return '505 HTTP Version Not Supported';
  const {
    host = [],
    'content-length': length = ['0'],
    'transfer-encoding': coding,
  } = request.headersDistinct;
  const wellFormed = host.length === 1 && length.every((each) => each === '0') && coding === undefined;
  return wellFormed ? null : '400 Bad Request';
}

/**
 * The Origin that isn't on the list, or null. With an empty list all are let in, and so is a request without one: browsers always
 * send it, and only they are to be kept out (RFC 6455, 10.2). Some Java clients send one of their own, with `http://` also for wss (Tyrus, Netty).
 */
export function foreignOrigin(request: IncomingMessage, allowed: readonly string[]): string | null {
  if (allowed.length === 0) return null;
  const sent = request.headersDistinct['origin'] ?? [];
  return sent.find((origin) => !allowed.includes(origin)) ?? null;
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

/** Answers a request for an upgrade with a status, and ends the connection. */
export function endWith(socket: Duplex, status: string): void {
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
