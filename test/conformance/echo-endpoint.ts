/** An endpoint that echoes over TLS, for a suite which judges a WebSocket by its echo. */
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ServerOptions, WebSocketServer } from 'ws';
import { createTestPki } from '../../tools/certificates.ts';

export interface EchoEndpoint extends AsyncDisposable {
  /** ws://, for a suite that speaks no TLS: each connection is carried into one of TLS as it is. */
  readonly url: string;
}

/** @param options those of the terminator, or what a test makes of them */
export async function startEchoEndpoint(options: ServerOptions): Promise<EchoEndpoint> {
  const pki = await createTestPki();
  const https = createHttpsServer({ cert: pki.cert, key: pki.key });
  const webSockets = new WebSocketServer(options);
  https.on('upgrade', (request, socket, head) => {
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('message', (data, binary) => webSocket.send(data, { binary }));
      // As the session does it: with `autoPong` off nobody else would.
      webSocket.on('ping', (data) => {
        if (webSocket.readyState === webSocket.OPEN) webSocket.pong(data);
      });
      // `ws` closes by itself with the code that the RFC asks for.
      webSocket.on('error', () => {});
    });
  });
  const tlsPort = await listen(https);
  const carried = new Set<Socket>();
  const door = createTcpServer({ noDelay: true }, (socket) => {
    const tls = connectTls({ port: tlsPort, host: '127.0.0.1', ca: pki.ca });
    tls.setNoDelay();
    carried.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      carried.delete(socket);
      tls.destroy();
    });
    tls.on('error', () => {});
    // Also where it ends without a word: what the suite still sends is read, as a reset would overtake the last frame.
    tls.on('close', () => socket.resume().end());
    socket.pipe(tls).pipe(socket);
  });
  const port = await listen(door);
  return {
    url: `ws://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of carried) socket.destroy();
      await Promise.all([door, https].map((server) => once(server.close(), 'close')));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}
