import { connect, type Socket } from 'node:net';
import { wholeFrames } from './whole-frames.ts';

/**
 * A connection to a broker that spares the client what it gets wrong: it fails within the bound when it is silent, it ends with an
 * error, and it gives whole frames only.
 * @param timeoutMs the time for one request and its response
 */
export function openSocket(host: string, port: number, timeoutMs: number, onConnect: () => void): Socket {
  const socket = connect({ host, port }, onConnect);
  socket.setKeepAlive(true, 60_000).setNoDelay(true);
  boundResponse(socket, timeoutMs);
  endWithError(socket);
  return socket;
}

/**
 * A connection whose packets are dropped without a reset looks alive to the client for ever. So a socket that was written to and
 * gave nothing back within the bound is destroyed, with an error: the client listens to `error`, never to `close`.
 */
function boundResponse(socket: Socket, timeoutMs: number): void {
  let timer: NodeJS.Timeout | undefined;
  const clear = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]) => {
    timer ??= setTimeout(
      () =>
        socket.destroy(
          new Error(`no answer from ${socket.remoteAddress}:${socket.remotePort} in ${timeoutMs} ms`),
        ),
      timeoutMs,
    );
    return write(...args);
  };
  socket.on('data', clear);
  socket.once('close', clear);
}

/**
 * A broker that closes a connection is an error like any other. Told of an `end`, the client drops the broker while other requests
 * look for brokers, can take one for another from then on, and resolves sends to them with an empty result, or never (measured:
 * 17 empty results in one restart of two brokers).
 * What the client ends itself has no open requests, and it has to hear no more of it: it may have the next connection already.
 */
function endWithError(socket: Socket): void {
  const on = socket.on.bind(socket) as (event: string, listener: (...args: never[]) => void) => Socket;
  const end = socket.end.bind(socket) as (...args: unknown[]) => Socket;
  let endedByClient = false;
  socket.end = (...args: unknown[]) => {
    endedByClient = true;
    return end(...args);
  };
  on('end', () => socket.destroy(endedByClient ? undefined : new Error('the broker closed the connection')));
  socket.on = ((event: string, listener: (data: Buffer) => void) => {
    if (event === 'end') return socket;
    return on(event, event === 'data' ? wholeFrames(listener) : listener);
  }) as typeof socket.on;
}
