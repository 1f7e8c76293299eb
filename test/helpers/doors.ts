/** Servers that stand where Kafka or the registry would: one leads there, one says nothing, one says something else. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface Door extends AsyncDisposable {
  readonly port: number;
}

/** From now on a port of 127.0.0.1, or of another address, leads to `host:port`; disposal closes it and cuts what goes through it. */
export async function openDoor(
  port: number,
  to: { host: string; port: number },
  at = '127.0.0.1',
): Promise<Door> {
  return await listenOn({ host: at, port }, (socket, open) => {
    const inner = connect(to);
    open(inner);
    socket.pipe(inner).pipe(socket);
    for (const [one, other] of [
      [socket, inner],
      [inner, socket],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
}

/** Accepts connections and reads what comes, and never answers. */
export async function openSilence(port = 0): Promise<Door & { readonly visited: Promise<void> }> {
  const visited = Promise.withResolvers<void>();
  const door = await listenOn({ host: '127.0.0.1', port }, (socket) => {
    socket.on('error', () => {}).resume();
    visited.resolve();
  });
  return { ...door, visited: visited.promise };
}

/** Answers every HTTP request with 200 and this text. */
export async function serveText(text: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createHttpServer((_request, response) => response.end(text));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listenOn(
  at: { readonly host: string; readonly port: number },
  onConnection: (socket: Socket, open: (socket: Socket) => void) => void,
): Promise<Door> {
  const sockets = new Set<Socket>();
  const open = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  const server: Server = createServer((socket) => {
    open(socket);
    onConnection(socket, open);
  });
  server.listen(at);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}
