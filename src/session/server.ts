import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { type ServerOptions as WsOptions, type WebSocket, WebSocketServer } from 'ws';
import { listenError } from '../errors.ts';
import { createGate, type GateLimit, type GateLimits } from './gate.ts';
import { addressOf, endsOf, remoteOf } from './peer.ts';
import { CloseCode, type Session, type SessionLimits, type SessionOptions, startSession } from './session.ts';
import type { ListenerCertificate } from './tls.ts';

export interface ServerLimits extends SessionLimits {
  readonly maxPayloadBytes: number;
  readonly maxFragments: number;
  readonly maxConnections: number;
  /** TLS handshake and HTTP headers, in ms. */
  readonly handshakeTimeoutMs: number;
  /** What a connection may send, however cut into frames, before its CONNECT is accepted. */
  readonly maxUnauthenticatedBytes: number;
  readonly gate: GateLimits;
}

export interface ServerEvents {
  opened(remote: string): void;
  serverLimitHit(limit: GateLimit | 'connect-time' | 'connections', remote: string): void;
  /** TLS or HTTP failed, or a connection couldn't be accepted. @param reason a stable code of Node.js or OpenSSL */
  handshakeFailed(reason: string, remote: string): void;
}

export interface ListenerOptions extends Omit<
  SessionOptions,
  'socket' | 'remote' | 'bytesRead' | 'gatherWrites' | 'limits' | 'onAuthenticated' | 'events'
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
  /** Closes every session with 1001, behind the answers of all deliveries that have ended. Resolves when no connection is left. */
  close(): Promise<void>;
}

interface Connection {
  readonly raw: Socket;
  readonly closed: Promise<void>;
  session: Session | null;
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
  /** By both ends: the TLS socket that is upgraded and the TCP socket below it have the same, and no public link. */
  const connections = new Map<string, Connection>();
  let draining = false;

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
  server.on('drop', (drop) => events.serverLimitHit('connections', addressOf(drop?.remoteAddress)));
  server.on('connection', enter);
  // Also of TLS: Node.js hands a 'tlsClientError' on to this event.
  server.on('clientError', (error, socket) => {
    events.handshakeFailed(codeOf(error), remoteOf(socket as Socket));
    socket.destroy();
  });
  server.on('request', (request, response) => answerPlainRequest(request, response, path));

  // Not all of them are in the type definitions.
  const wsOptions: WsOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: limits.maxPayloadBytes,
    maxFragments: limits.maxFragments,
    closeTimeout: closeTimeoutMs,
  };
  const webSockets = new WebSocketServer(wsOptions);
  server.on('upgrade', (request, socket: TLSSocket, head) => {
    socket.on('error', () => socket.destroy());
    const connection = connections.get(endsOf(socket));
    if (pathOf(request) !== path) return endWith(socket, '404 Not Found');
    if (connection === undefined || draining) return endWith(socket, '503 Service Unavailable');
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      connection.session = open(webSocket, socket, connection.raw);
      countUntilAuthenticated(socket, connection.session);
    });
  });

  function enter(raw: Socket): void {
    const ends = endsOf(raw);
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const connection: Connection = { raw, closed, session: null };
    connections.set(ends, connection);
    raw.once('close', () => {
      if (connections.get(ends) === connection) connections.delete(ends);
      resolve();
    });
    gate.enter(raw, () => {
      if (connection.session !== null) return connection.session.expire();
      events.serverLimitHit('connect-time', remoteOf(raw));
      raw.destroy();
    });
  }

  /** Before `ws` sees a chunk: no CONNECT is accepted from one that goes beyond the limit. */
  function countUntilAuthenticated(socket: TLSSocket, session: Session): void {
    let bytes = 0;
    const count = (chunk: Buffer): void => {
      if (session.primary !== null) return void socket.off('data', count);
      bytes += chunk.length;
      if (bytes > limits.maxUnauthenticatedBytes) session.cut('unauthenticated-bytes');
    };
    socket.prependListener('data', count);
  }

  function open(webSocket: WebSocket, socket: TLSSocket, raw: Socket): Session {
    const remote = remoteOf(raw);
    events.opened(remote);
    const session = startSession({
      ...options,
      socket: webSocket,
      remote,
      bytesRead: () => raw.bytesRead,
      gatherWrites: gatherer(socket),
      onAuthenticated: () => gate.pass(raw),
    });
    sessions.add(session);
    webSocket.once('close', () => sessions.delete(session));
    return session;
  }

  await bind(server, host, port);
  // Such as EMFILE while a connection is accepted.
  server.on('error', (error) => events.handshakeFailed(codeOf(error), ''));

  return {
    port: (server.address() as AddressInfo).port,
    sessions,
    drain() {
      draining = true;
      server.close();
      for (const session of sessions) session.drain();
    },
    async close() {
      draining = true;
      if (server.listening) server.close();
      await nextTurn();
      const open = [...connections.values()];
      for (const { session, raw } of open) {
        if (session === null) raw.destroy();
        else session.close(CloseCode.goingAway, 'the bridge stops');
      }
      const deadline = setTimeout(() => open.forEach(({ raw }) => raw.destroy()), closeTimeoutMs);
      await Promise.all(open.map(({ closed }) => closed));
      clearTimeout(deadline);
    },
  };
}

/** What is written in one turn of the event loop goes out together: answers come by the hundred when a batch is committed. */
function gatherer(socket: TLSSocket): () => void {
  let gathering = false;
  return () => {
    if (gathering) return;
    gathering = true;
    socket.cork();
    process.nextTick(() => {
      gathering = false;
      socket.uncork();
    });
  };
}

/** "Validate" in NetBackup's console asks with a plain GET: a prompt and harmless answer. */
function answerPlainRequest(request: IncomingMessage, response: ServerResponse, path: string): void {
  response.shouldKeepAlive = false;
  if (pathOf(request) === path) {
    response.writeHead(426, { upgrade: 'websocket', connection: 'upgrade, close', 'content-length': 0 });
  } else response.writeHead(404, { connection: 'close', 'content-length': 0 });
  response.end();
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

function codeOf(error: Error & { code?: string }): string {
  return error.code ?? 'unknown';
}

function endWith(socket: Duplex, status: string): void {
  socket.once('finish', () => socket.destroy());
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
