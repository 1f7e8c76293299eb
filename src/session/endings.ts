import type { Socket } from 'node:net';
import { type Connection, type Connections, silentKindOf } from './connections.ts';
import type { Gate } from './gate.ts';
import { remoteOf } from './peer.ts';

/** What is told of connections that end before they are sessions. */
export interface EndingEvents {
  /** TLS or HTTP failed, or a connection couldn't be accepted. @param reason a stable code of Node.js or OpenSSL */
  handshakeFailed(reason: string, remote: string): void;
  /** It ended by itself without a request: a health check of a balancer. @param kind how far it came */
  healthChecked(kind: 'tcp' | 'tls', remote: string): void;
}

export interface Endings {
  /** TLS or HTTP failed on the socket. */
  failed(reason: string, socket: Socket): void;
  /** It was told by another event why the connection ends. @param socket the TCP socket, or the TLS socket on it */
  told(socket: Socket): void;
  /** The connection has ended. */
  ended(connection: Connection): void;
}

/** The other side is gone: whether it had asked for anything the end of the connection tells. */
const goneCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Tells health checks from handshakes that failed. A balancer connects, or makes a whole TLS handshake, and leaves; it sends nothing of its
 * own. A client that doesn't trust the certificate leaves in the midst of its handshake.
 * @param isHeaderExpected whether connections begin with a header of the PROXY protocol
 */
export function createEndings(
  connections: Connections,
  gate: Gate,
  events: EndingEvents,
  isHeaderExpected: boolean,
): Endings {
  function told(socket: Socket): void {
    const connection = connections.current(socket);
    if (connection !== undefined) connection.isTold = true;
  }

  return {
    told,
    failed(reason, socket) {
      // Of a TLS socket these are bytes of HTTP.
      if (goneCodes.has(reason) && socket.bytesRead === 0) return;
      told(socket);
      events.handshakeFailed(reason, connections.remoteOf(socket));
    },
    ended(connection) {
      const { raw, client, headerBytes, secured, session, isTold } = connection;
      if (isTold || session !== null) return;
      const kind = silentKindOf(connection);
      const isBeforeGate = isHeaderExpected && headerBytes === 0;
      if (kind !== null) {
        if (isBeforeGate || gate.endedSilent(raw)) events.healthChecked(kind, remoteOf(client));
      } else if (secured === null && gate.isWaiting(raw)) {
        events.handshakeFailed('ECONNRESET', remoteOf(client));
      }
    },
  };
}
