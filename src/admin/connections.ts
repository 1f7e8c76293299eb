import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  readonly perNetwork: number;
  /** Above `perNetwork`, so that no address has them all. */
  readonly total: number;
  /** Requests of one network that are being answered while another stream begins: below `perNetwork`, so that some can give way. */
  readonly streamsPerNetwork: number;
}

/** The connections of a server of plain HTTP. */
export interface Connections {
  /**
   * A request begins; that ends with its response. One that came along behind another that isn't answered (RFC 9112, 9.3.2) ends its
   * connection: Node.js hands over all that a packet holds at once, and their answers would be made and kept without a bound.
   * @returns whether it is to be answered
   */
  begin(request: IncomingMessage, response: ServerResponse): boolean;
  /** Whether the network of this request, which has begun, may have another answer that doesn't end. */
  mayStream(request: IncomingMessage): boolean;
}

interface Connection {
  readonly network: string;
  response: ServerResponse | null;
}

/**
 * Bounds the connections, in all and for each network. At a bound the one gives way that has waited longest for a request, or for its peer to
 * read an answer: who comes to ask is never kept out by those who only hold connections.
 * @param networkOf whom an address counts for
 */
export function boundConnections(
  server: Server,
  limits: ConnectionLimits,
  networkOf: (address: string) => string,
): Connections {
  /** Those that have waited longest first. */
  const connections = new Map<Socket, Connection>();

  server.on('connection', (socket: Socket) => {
    const network = networkOf(socket.remoteAddress ?? '');
    const neighbours = [...connections].filter(([, each]) => each.network === network);
    if (neighbours.length >= limits.perNetwork) makeRoom(neighbours, socket);
    else if (connections.size >= limits.total) makeRoom([...connections], socket);
    if (socket.destroyed) return;
    connections.set(socket, { network, response: null });
    socket.once('close', () => connections.delete(socket));
  });

  /** Ends the first of them that isn't busy, or else the newcomer. */
  function makeRoom(crowd: readonly (readonly [Socket, Connection])[], newcomer: Socket): void {
    const [idle] = crowd.find(([, each]) => !isBusy(each)) ?? [newcomer];
    connections.delete(idle);
    idle.destroy();
  }

  return {
    begin({ socket }, response) {
      const connection = connections.get(socket);
      if (connection === undefined || connection.response !== null) {
        socket.destroy();
        return false;
      }
      connection.response = response;
      response.once('close', () => {
        connection.response = null;
        if (connections.delete(socket)) connections.set(socket, connection);
      });
      return true;
    },
    mayStream({ socket }) {
      const network = connections.get(socket)?.network;
      const busy = [...connections.values()].filter((each) => each.network === network && isBusy(each));
      // Its own request is among them.
      return busy.length <= limits.streamsPerNetwork;
    },
  };
}

/** Whether an answer is still being made: one that is only not read yet, or isn't wanted any more, holds nobody up but its reader. */
function isBusy({ response }: Connection): boolean {
  return response !== null && !response.writableEnded;
}
