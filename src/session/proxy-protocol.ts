import type { Socket } from 'node:net';
import { parseProxyHeader, type ProxiedClient, type ProxyHeaderFault } from './proxy-header.ts';
import { createWaitingRoom, type WaitingRoomLimits } from './waiting-room.ts';

/** Why a connection isn't taken (stable codes: metrics, logs). */
export type ProxyRefusal = ProxyHeaderFault | 'proxy-header-timeout' | 'proxy-header-crowd';

/** Takes the header of the PROXY protocol off connections, before anything else reads from them. */
export interface ProxyProtocol {
  /**
   * Destroys a connection that doesn't begin with a header. Calls `go` on any other, whose next byte is then the client's own.
   * @param go with the client, or null for a connection of the balancer's own, and the header's length
   */
  read(socket: Socket, go: (client: ProxiedClient | null, headerBytes: number) => void): void;
}

/**
 * A balancer sends the header at once. Who comes past it and stays silent is bounded in time and number, apart from the
 * connections that have shown a header.
 */
export function createProxyProtocol(
  limits: WaitingRoomLimits,
  onRefused: (reason: ProxyRefusal, socket: Socket) => void,
): ProxyProtocol {
  const room = createWaitingRoom(limits, (socket) => onRefused('proxy-header-crowd', socket));

  function refuse(socket: Socket, reason: ProxyRefusal): void {
    onRefused(reason, socket);
    socket.destroy();
  }

  return {
    read(socket, go) {
      let received = Buffer.alloc(0);
      room.enter(socket, () => refuse(socket, 'proxy-header-timeout'));
      socket.on('error', ignore);
      socket.on('end', onEnd);
      socket.on('data', onData);

      function onData(chunk: Buffer): void {
        received = Buffer.concat([received, chunk]);
        const header = parseProxyHeader(received);
        if (header === null) return;
        stop();
        if (typeof header === 'string') return refuse(socket, header);
        const rest = received.subarray(header.bytes);
        if (rest.length > 0) socket.unshift(rest);
        go(header.client, header.bytes);
      }

      /** A health check of the balancer may be no more than a connection; HTTP servers let peers close one half. */
      function onEnd(): void {
        socket.destroy();
      }

      function stop(): void {
        room.leave(socket);
        socket.pause();
        socket.off('data', onData);
        socket.off('end', onEnd);
      }
    },
  };
}

/** The connection is destroyed with its error, and nothing else waits for it yet. */
function ignore(): void {}
