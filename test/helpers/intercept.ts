import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { frameSplitter } from '../../tools/faults/frames.ts';

/** What becomes of a request on its way to a broker; `cut` closes the connection as a broker does that stops. */
export type Fate = 'pass' | 'swallow' | 'cut';

/** A way to a broker on 127.0.0.1 that looks at each request. Disposal cuts what goes through it. */
export async function intercept(
  target: number,
  fateOf: (apiKey: number) => Fate,
): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const broker = connect(target, '127.0.0.1');
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => [client, broker].forEach((each) => each.destroy()));
    }
    broker.on('data', (chunk: Buffer) => client.write(chunk));
    client.on(
      'data',
      frameSplitter((frame) => {
        const fate = fateOf(frame.readInt16BE(4));
        if (fate === 'pass') broker.write(frame);
        else if (fate === 'cut') client.end();
      }),
    );
  });
  server.listen(0, '127.0.0.1');
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
