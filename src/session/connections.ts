import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { endsOf, type Remote, remoteOf } from './peer.ts';
import type { Session } from './session.ts';

/** A connection from its first moment on: before TLS, in its handshakes, and as a WebSocket. */
export interface Connection {
  readonly raw: Socket;
  readonly closed: Promise<void>;
  /** Where the client is: behind a proxy not where the connection comes from. */
  client: Remote;
  session: Session | null;
}

/** All connections that are open. */
export interface Connections {
  add(raw: Socket): Connection;
  /** @param socket the TCP socket, or the TLS socket on it */
  of(socket: Socket): Connection | undefined;
  /** The client's address and port, for people. */
  remoteOf(socket: Socket): string;
  list(): Connection[];
  readonly size: number;
}

export function createConnections(): Connections {
  /** By both ends: the TLS socket that is upgraded and the TCP socket below it have the same, and no public link. */
  const connections = new Map<string, Connection>();

  function add(raw: Socket): Connection {
    const ends = endsOf(raw);
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const { remoteAddress, remotePort } = raw;
    const connection: Connection = { raw, closed, client: { remoteAddress, remotePort }, session: null };
    connections.set(ends, connection);
    raw.once('close', () => {
      if (connections.get(ends) === connection) connections.delete(ends);
      resolve();
    });
    return connection;
  }

  return {
    add,
    of: (socket) => connections.get(endsOf(socket)),
    remoteOf: (socket) => remoteOf(connections.get(endsOf(socket))?.client ?? socket),
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
