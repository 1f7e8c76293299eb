import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type ServerOptions as WsOptions, type WebSocket, WebSocketServer } from 'ws';
import { BridgeError, ExitCode, reasonOf } from '../errors.ts';
import { createGate, type GateLimit, type GateLimits } from './gate.ts';
import { CloseCode, type Session, type SessionLimits, type SessionOptions, startSession } from './session.ts';
import type { ListenerCertificate } from './tls.ts';

export interface ServerLimits extends SessionLimits {
  readonly maxPayloadBytes: number;
  readonly maxFragments: number;
  readonly maxConnections: number;
  /** TLS handshake and HTTP headers, in ms. */
  readonly handshakeTimeoutMs: number;
  readonly gate: GateLimits;
}

export interface ServerEvents {
  opened(remote: string): void;
  serverLimitHit(limit: GateLimit | 'payload' | 'fragments' | 'connections', remote: string): void;
  handshakeFailed(reason: string): void;
}

export interface ListenerOptions extends Omit<
  SessionOptions,
  'socket' | 'remote' | 'limits' | 'onAuthenticated' | 'events'
> {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly path: string;
  readonly certificate: ListenerCertificate;
  readonly limits: ServerLimits;
  readonly events: SessionOptions['events'] & ServerEvents;
}

export interface Listener {
  readonly port: number;
  readonly sessions: ReadonlySet<Session>;
  /** Takes no new connection and no new message; what is in flight is still answered. */
  drain(): void;
  /** Closes every connection with 1001, then whatever is still open. Resolves when none is. */
  close(): Promise<void>;
}

/** How long a peer may take to answer our close frame. */
const closeTimeoutMs = 2000;
/** Request line and headers: a WebSocket upgrade has a few hundred bytes. */
const maxHeaderBytes = 8 * 1024;

/**
 * Binds the wss endpoint. HTTP/1.1 only; a plain request on the path gets 426, any other path 404.
 * @throws BridgeError `listen` when the address can't be bound
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { host, port, path, certificate, limits, events } = options;
  const gate = createGate(limits.gate, (limit, address) => events.serverLimitHit(limit, address));
  const sessions = new Set<Session>();
  /** By peer: the TLS socket that is upgraded and the TCP socket below it have the same peer, and no public link. */
  const connections = new Map<string, { raw: Socket; session: Session | null }>();

  const server = createServer({
    cert: certificate.cert,
    key: certificate.key,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: limits.handshakeTimeoutMs,
    headersTimeout: limits.handshakeTimeoutMs,
    requestTimeout: limits.handshakeTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, limits.handshakeTimeoutMs),
    maxHeaderSize: maxHeaderBytes,
    keepAlive: false,
  });
  server.maxConnections = limits.maxConnections;
  server.on('drop', (drop) => events.serverLimitHit('connections', drop?.remoteAddress ?? ''));
  server.on('connection', (raw: Socket) => {
    const peer = peerOf(raw);
    const connection = { raw, session: null as Session | null };
    connections.set(peer, connection);
    raw.once('close', () => connections.delete(peer));
    gate.enter(raw, () => (connection.session === null ? raw.destroy() : connection.session.expire()));
  });
  server.on('tlsClientError', (error) => events.handshakeFailed(reasonOf(error)));
  server.on('request', (request, response) => answerPlainRequest(request, response, path));
  server.on('clientError', (_error, socket: Duplex) => socket.destroy());

  // closeTimeout is newer than the type definitions.
  const wsOptions: WsOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.maxPayloadBytes,
    maxFragments: limits.maxFragments,
    closeTimeout: closeTimeoutMs,
  };
  const webSockets = new WebSocketServer(wsOptions);
  server.on('upgrade', (request, socket: TLSSocket, head) => {
    socket.on('error', () => socket.destroy());
    if (pathOf(request) !== path) return endWith(socket, '404 Not Found');
    const connection = connections.get(peerOf(socket));
    if (connection === undefined) return void socket.destroy();
    countUntilAuthenticated(socket, head.length, () => connection.session?.primary !== null);
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      connection.session = open(webSocket, connection.raw);
    });
  });

  /** Before authentication a connection may send so many bytes, however they are cut into frames. */
  function countUntilAuthenticated(socket: TLSSocket, received: number, authenticated: () => boolean): void {
    let bytes = received;
    const count = (chunk: Buffer) => {
      if (authenticated()) return void socket.off('data', count);
      bytes += chunk.length;
      if (bytes <= limits.maxUnauthenticatedBytes) return;
      events.limitHit('unauthenticated-bytes', peerOf(socket));
      socket.destroy();
    };
    socket.on('data', count);
  }

  function open(webSocket: WebSocket, raw: Socket): Session {
    const remote = peerOf(raw);
    events.opened(remote);
    webSocket.on('error', (error: Error & { code?: string }) => {
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') events.serverLimitHit('payload', remote);
      if (error.code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') events.serverLimitHit('fragments', remote);
    });
    const session = startSession({
      ...options,
      socket: webSocket,
      remote,
      onAuthenticated: () => gate.pass(raw),
    });
    sessions.add(session);
    webSocket.once('close', () => sessions.delete(session));
    return session;
  }

  await bind(server, host, port);

  return {
    port: (server.address() as AddressInfo).port,
    sessions,
    drain() {
      server.close();
      for (const session of sessions) session.drain();
    },
    async close() {
      if (server.listening) server.close();
      for (const session of sessions) session.close(CloseCode.goingAway, 'the bridge stops');
      const open = [...connections.values()].map(({ raw }) => raw);
      const deadline = setTimeout(() => open.forEach((raw) => raw.destroy()), closeTimeoutMs);
      await Promise.all(open.map((raw) => once(raw, 'close')));
      clearTimeout(deadline);
    },
  };
}

/** "Validate" in NetBackup's console asks with a plain GET: a prompt and harmless answer. */
function answerPlainRequest(request: IncomingMessage, response: ServerResponse, path: string): void {
  response.shouldKeepAlive = false;
  if (pathOf(request) === path)
    response.writeHead(426, { upgrade: 'websocket', connection: 'upgrade, close' });
  else response.writeHead(404, { connection: 'close' });
  response.end();
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}

function endWith(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

async function bind(server: HttpsServer, host: string, port: number): Promise<void> {
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw listenError('listen', host, port, error);
  }
}

/** An address that can't be bound, as one clear message. @param group the settings' group: `listen` or `admin` */
export function listenError(
  group: 'listen' | 'admin',
  host: string,
  port: number,
  error: unknown,
): BridgeError {
  const code = (error as NodeJS.ErrnoException).code;
  const what =
    code === 'EADDRINUSE'
      ? 'another process has it: stop that one'
      : code === 'EACCES'
        ? 'this user may not bind it: ports below 1024 need CAP_NET_BIND_SERVICE'
        : reasonOf(error);
  const message = `can't listen on ${host}:${port}: ${what}, or choose another with ${group}.port and ${group}.host`;
  return new BridgeError(message, { code: 'listen', exitCode: ExitCode.unavailable, cause: error });
}
