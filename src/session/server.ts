import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { type WebSocket, WebSocketServer } from 'ws';
import { bind } from './bind.ts';
import { isNamedBy } from './client-certificate.ts';
import { beforeTls, type Connection, createConnections } from './connections.ts';
import { gatherer } from './gather-writes.ts';
import { createEndings, type EndingEvents } from './endings.ts';
import { createGate, type GateLimit, type GateLimits } from './gate.ts';
import { codeOf, createHttpsServer, type HttpsOptions } from './https-server.ts';
import { addressOf, remoteOf } from './peer.ts';
import { endWith } from './plain-http.ts';
import { createProxyProtocol, type ProxyRefusal } from './proxy-protocol.ts';
import { CloseCode } from './close-code.ts';
import { createSessionLimit } from './session-limit.ts';
import { createReceipts } from './receipts.ts';
import { type Session, startSession } from './session.ts';
import type { SessionLimits, SessionOptions } from './session-options.ts';
import { createWorkshop } from './workshop.ts';
import { type ListenerCertificate, secureContextOf } from './tls.ts';
import { closeTimeoutMs, webSocketOptions, type WebSocketLimits } from './web-socket-options.ts';

export interface ServerLimits extends SessionLimits, WebSocketLimits {
  readonly maxConnections: number;
  readonly maxSessionsPerPrimary: number;
  /** TLS handshake and HTTP headers, in ms. */
  readonly handshakeTimeoutMs: number;
  /** What a connection may send, however cut into frames, before its CONNECT is accepted. */
  readonly maxUnauthenticatedBytes: number;
  readonly gate: GateLimits;
}

export interface ServerEvents extends EndingEvents {
  /** The client's certificate is missing or not valid. @param reason a stable code of ours or OpenSSL's */
  clientCertificateRefused(reason: string, remote: string): void;
  originRefused(origin: string, remote: string): void;
  opened(remote: string): void;
  serverLimitHit(
    limit: GateLimit | 'connect-time' | 'connections' | 'sessions-per-primary',
    remote: string,
  ): void;
  /** The limit on sessions was hit, and the oldest one made room. @param remote of that one */
  gaveWay(primary: string, remote: string): void;
  /** @param remote of the connection itself: nothing else is known of it */
  proxyRefused(reason: ProxyRefusal, remote: string): void;
}

export interface ListenerOptions
  extends
    Omit<
      SessionOptions,
      | 'socket'
      | 'remote'
      | 'bytesRead'
      | 'gatherWrites'
      | 'mayBe'
      | 'limits'
      | 'admit'
      | 'onHeldBack'
      | 'events'
      | 'workshop'
      | 'receipts'
    >,
    Pick<HttpsOptions, 'path' | 'certificate' | 'tls' | 'allowedOrigins'> {
  /** Null, or a promise of the moment when there is room for a heavy message. Never rejects. */
  readonly room: () => Promise<void> | null;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Every connection has to begin with a header of the PROXY protocol, which names the client. */
  readonly proxyProtocol: boolean;
  readonly limits: ServerLimits;
  readonly events: SessionOptions['events'] & ServerEvents;
  /** In ms, of a clock that never goes back. */
  readonly steady?: () => number;
}

export interface Listener {
  readonly port: number;
  readonly sessions: ReadonlySet<Session>;
  /** How many are open now, from their first moment on: `maxConnections` bounds them. */
  readonly connections: number;
  /** New handshakes get this certificate, and are held to its client CA; live connections notice nothing. */
  renew(certificate: ListenerCertificate): void;
  /** Takes no new connection and no new message; what is in flight is still answered. */
  drain(): void;
  /** Closes every session with 1001, behind the answers of all deliveries that have ended. Resolves when no connection is left. */
  close(): Promise<void>;
}

/**
 * Binds the wss endpoint. Its HTTP is createHttpsServer's.
 * @throws BridgeError `listen` when the address can't be bound
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { host, port, tls, limits, events } = options;
  const gate = createGate(limits.gate, (limit, address) => events.serverLimitHit(limit, address));
  const sessions = new Set<Session>();
  const sessionLimit = createSessionLimit(
    limits.maxSessionsPerPrimary,
    options.steady ?? (() => performance.now()),
  );
  const connections = createConnections();
  const endings = createEndings(connections, gate, events, options.proxyProtocol);
  const workshop = createWorkshop(options.room);
  const receipts = createReceipts();
  let draining = false;

  const server = createHttpsServer({
    ...options,
    handshakeTimeoutMs: limits.handshakeTimeoutMs,
    events: {
      handshakeFailed: endings.failed,
      clientCertificateRefused(reason, socket) {
        endings.told(socket);
        events.clientCertificateRefused(reason, connections.remoteOf(socket));
      },
      originRefused: (origin, socket) => events.originRefused(origin, connections.remoteOf(socket)),
    },
    onUpgrade,
  });
  server.prependListener('secureConnection', (socket) => {
    const connection = connections.current(socket);
    if (connection !== undefined) connection.secured = socket;
  });
  server.maxConnections = limits.maxConnections;
  server.on('drop', (drop) => events.serverLimitHit('connections', addressOf(drop?.remoteAddress)));
  const proxyProtocol = createProxyProtocol(
    { maxConnections: limits.gate.maxConnections, timeoutMs: limits.handshakeTimeoutMs },
    (reason, raw) => {
      endings.told(raw);
      events.proxyRefused(reason, remoteOf(raw));
    },
  );
  beforeTls(server, (raw, goOn) => {
    const connection = connections.add(raw, endings.ended);
    if (!options.proxyProtocol) return enter(connection, goOn);
    proxyProtocol.read(raw, (client, headerBytes) => {
      connection.client = client ?? connection.client;
      connection.headerBytes = headerBytes;
      enter(connection, goOn);
    });
  });
  const webSockets = new WebSocketServer(webSocketOptions(limits));

  function onUpgrade(request: IncomingMessage, socket: TLSSocket, head: Buffer): void {
    const connection = connections.of(socket);
    if (connection === undefined || draining) return endWith(socket, '503 Service Unavailable');
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      connection.session = open(webSocket, socket, connection);
      countBytes(socket, connection.session);
    });
  }

  function enter(connection: Connection, goOn: () => void): void {
    const { raw, client } = connection;
    const isIn = gate.enter(raw, addressOf(client.remoteAddress), () => {
      if (connection.session !== null) return connection.session.expire();
      events.serverLimitHit('connect-time', remoteOf(client));
      raw.destroy();
    });
    if (isIn) connections.handle(connection, goOn);
  }

  /** Before `ws` sees a chunk: no CONNECT is accepted from one that goes beyond the limit, and no more than one large frame is received. */
  function countBytes(socket: TLSSocket, session: Session): void {
    let unauthenticated = 0;
    socket.prependListener('data', (chunk: Buffer) => {
      if (session.primary !== null) return session.receive(chunk.length);
      unauthenticated += chunk.length;
      if (unauthenticated > limits.maxUnauthenticatedBytes) session.cut('unauthenticated-bytes');
    });
  }

  function open(webSocket: WebSocket, socket: TLSSocket, { raw, client }: Connection): Session {
    const remote = remoteOf(client);
    events.opened(remote);
    const certificate = socket.getPeerX509Certificate();
    const session = startSession({
      ...options,
      workshop,
      receipts,
      socket: webSocket,
      remote,
      bytesRead: () => raw.bytesRead,
      gatherWrites: gatherer(socket),
      mayBe: (primary) => !tls.clientNameIsPrimary || isNamedBy(certificate, primary),
      admit,
      onHeldBack(primary) {
        for (const other of sessions) if (other.primary === primary) other.holdBack();
      },
    });
    sessions.add(session);
    webSocket.once('close', () => sessions.delete(session));
    return session;

    function admit(primary: string): boolean {
      const leave = sessionLimit.admit(primary, () => {
        events.gaveWay(primary, remote);
        session.close(CloseCode.policy, 'a newer session of this primary takes the place');
      });
      if (leave === null) events.serverLimitHit('sessions-per-primary', remote);
      else {
        webSocket.once('close', leave);
        gate.pass(raw);
      }
      return leave !== null;
    }
  }

  await bind(server, host, port);
  // Such as EMFILE while a connection is accepted.
  server.on('error', (error) => events.handshakeFailed(codeOf(error), ''));

  return {
    port: (server.address() as AddressInfo).port,
    sessions,
    get connections() {
      return connections.size;
    },
    renew: (renewed) => server.setSecureContext(secureContextOf(renewed)),
    drain() {
      draining = true;
      server.close();
      for (const session of sessions) session.drain();
    },
    async close() {
      draining = true;
      if (server.listening) server.close();
      await nextTurn();
      const open = connections.list();
      for (const connection of open) {
        const { session, raw } = connection;
        connection.isTold = true;
        if (session === null) raw.destroy();
        else session.close(CloseCode.goingAway, 'the bridge stops');
      }
      const deadline = setTimeout(() => open.forEach(({ raw }) => raw.destroy()), closeTimeoutMs);
      await Promise.all(open.map(({ closed }) => closed));
      clearTimeout(deadline);
    },
  };
}
