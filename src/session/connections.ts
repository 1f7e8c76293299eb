import { AsyncLocalStorage } from 'node:async_hooks';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { endsOf, type Remote, remoteOf } from './peer.ts';
import type { Session } from './session.ts';

/** A connection from its first moment on: before TLS, in its handshakes, and as a WebSocket. */
export interface Connection {
  readonly raw: Socket;
  readonly closed: Promise<void>;
  /** Where the client is: behind a proxy not where the connection comes from. */
  client: Remote;
  session: Session | null;
  /** What came of it before the client's own bytes: a header of the PROXY protocol. */
  headerBytes: number;
  /** Since its TLS handshake was completed. */
  secured: TLSSocket | null;
  /** That it failed, or was refused, was told already. */
  isTold: boolean;
}

/** How far a connection came that sent nothing of its own; null where it sent the beginning of a handshake, or of a request. */
export function silentKindOf({ raw, headerBytes, secured }: Connection): 'tcp' | 'tls' | null {
  if (secured !== null) return secured.bytesRead === 0 ? 'tls' : null;
  return raw.bytesRead <= headerBytes ? 'tcp' : null;
}

/** All connections that are open. */
export interface Connections {
  /** @param onEnd called when it has ended, while it is still known here */
  add(raw: Socket, onEnd: (connection: Connection) => void): Connection;
  /** @param socket the TCP socket, or the TLS socket on it */
  of(socket: Socket): Connection | undefined;
  /** Calls what handles the connection from now on. */
  handle(connection: Connection, goOn: () => void): void;
  /** Of which an event of that handling tells: also where the peer has reset it, and the socket's ends aren't known any more. */
  current(socket: Socket): Connection | undefined;
  /** The client's address and port, for people. */
  remoteOf(socket: Socket): string;
  list(): Connection[];
  readonly size: number;
}

export function createConnections(): Connections {
  /** By both ends: the TLS socket that is upgraded and the TCP socket below it have the same, and no public link. */
  const connections = new Map<string, Connection>();
  const handled = new AsyncLocalStorage<Connection>();

  function add(raw: Socket, onEnd: (connection: Connection) => void): Connection {
    const ends = endsOf(raw);
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const { remoteAddress, remotePort } = raw;
    const connection: Connection = {
      raw,
      closed,
      client: { remoteAddress, remotePort },
      session: null,
      headerBytes: 0,
      secured: null,
      isTold: false,
    };
    connections.set(ends, connection);
    raw.once('close', () => {
      onEnd(connection);
      if (connections.get(ends) === connection) connections.delete(ends);
      resolve();
    });
    return connection;
  }

  function of(socket: Socket): Connection | undefined {
    return connections.get(endsOf(socket));
  }

  return {
    add,
    of,
    handle: (connection, goOn) => handled.run(connection, goOn),
    current: (socket) => handled.getStore() ?? of(socket),
    remoteOf: (socket) => remoteOf((handled.getStore() ?? of(socket))?.client ?? socket),
    list: () => [...connections.values()],
    get size() {
      return connections.size;
    },
  };
}

/** Puts something before the server's own handling of a connection, which is TLS and begins when `goOn` is called. */
export function beforeTls(server: Server, first: (raw: Socket, goOn: () => void) => void): void {
  const own = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (raw: Socket) =>
    first(raw, () => own.forEach((listener) => void Reflect.apply(listener, server, [raw]))),
  );
}
