import { connect, type ConnectionOptions } from 'node:tls';

import { pki } from './simulation.ts';
import { soon } from './terminator.ts';

/** What one connection came to that the bridge ended. */
export interface Exchange {
  /** What the bridge sent over TLS. */
  readonly text: string;
  /** Whether the TLS session of an earlier connection was taken up. */
  readonly resumed: boolean;
  /** For a later connection; undefined where none was offered. */
  readonly session: Buffer | undefined;
}

/** The headers of an upgrade, but for Host. */
export const upgradeHeaders: readonly string[] = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** A plain request, which is answered and nothing more. */
export const plainRequest = 'GET /nbwss HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** A request for an upgrade in good order. */
export const upgradeRequest = `GET /nbwss HTTP/1.1\r\nHost: localhost\r\n${upgradeHeaders.join('\r\n')}\r\n\r\n`;

/** Connects, sends these bytes, and reads until the bridge closes; also where it never lets the client get so far. */
export async function exchange(
  { port }: { readonly port: number },
  bytes: string,
  options: ConnectionOptions = {},
): Promise<Exchange> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: pki.ca,
    ...options,
  });
  let text = '';
  let resumed = false;
  let session: Buffer | undefined;
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('session', (ticket: Buffer) => (session = ticket));
  socket.on('error', () => undefined);
  socket.on('secureConnect', () => (resumed = socket.isSessionReused()));
  socket.write(bytes, 'latin1');
  await soon(new Promise((resolve) => socket.once('close', resolve)), 'a closed connection');
  return { text, resumed, session };
}
