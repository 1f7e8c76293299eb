import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** How a balancer sends what it has first: the header apart, with the client's first bytes, or all of that byte by byte. */
export type Cut = 'the header first' | 'together' | 'byte by byte';

export interface Balancer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

/** Passes TCP connections on to an endpoint, each behind a header of the PROXY protocol. */
export async function startBalancer(
  endpoint: { readonly port: number },
  header: Buffer,
  cut: Cut = 'the header first',
): Promise<Balancer> {
  const sockets = new Set<Socket>();
  const own = (socket: Socket, other: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => other.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const server = createServer((client) => {
    const inner = connect({ port: endpoint.port, host: '127.0.0.1', noDelay: true });
    own(client, inner);
    own(inner, client);
    inner.pipe(client);
    const begin = async (): Promise<void> => {
      if (cut === 'the header first') inner.write(header);
      else {
        const [first] = (await once(client, 'data')) as [Buffer];
        client.pause();
        const bytes = Buffer.concat([header, first]);
        if (cut === 'together') inner.write(bytes);
        else await writeBytes(inner, bytes);
      }
      client.pipe(inner);
    };
    void begin().catch(() => inner.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `wss://localhost:${port}/nbwss`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}

/** Each of them leaves before the next is written. */
async function writeBytes(socket: Socket, bytes: Buffer): Promise<void> {
  for (let n = 0; n < bytes.length; n++) {
    await new Promise((resolve) => socket.write(bytes.subarray(n, n + 1), resolve));
    await nextTurn();
  }
}
