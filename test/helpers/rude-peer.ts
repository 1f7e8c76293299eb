/** What somebody sends who knows, or guesses, something that isn't for a log: over TLS, before HTTP, in HTTP and in frames. */
import { once } from 'node:events';
import { connect } from 'node:tls';
import { WebSocket } from 'ws';
import { connectRequest } from './primary.ts';

export interface RudePeer {
  readonly url: string;
  readonly ca: string;
}

/** Writes bytes on a TLS connection and waits until the endpoint has ended it. @returns what it said */
export async function sayOverTls({ url, ca }: RudePeer, bytes: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), ca });
  let said = '';
  socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1'))).on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.end(bytes);
  await closed;
  return said;
}

/** A request for the upgrade, or another, that carries the text wherever HTTP has a place for one. */
export function requestWith(text: string, path: string): string {
  const encoded = encodeURIComponent(text);
  return [
    `GET ${path}?token=${encoded} HTTP/1.1`,
    'Host: localhost',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 99',
    `Sec-WebSocket-Key: ${Buffer.from(text).toString('base64')}`,
    `Sec-WebSocket-Protocol: ${encoded}`,
    `Authorization: Bearer ${encoded}`,
    `Cookie: token=${encoded}`,
    `User-Agent: ${encoded}`,
    `Referer: https://localhost/${encoded}`,
    '\r\n',
  ].join('\r\n');
}

/** Opens a WebSocket, sends frames (and no CONNECT unless it is among them), and waits for its end. @returns all that came back */
export async function sayInFrames(
  { url, ca }: RudePeer,
  frames: readonly (string | Buffer)[],
  end: (socket: WebSocket) => void = () => {},
): Promise<string> {
  const socket = new WebSocket(url, { ca, perMessageDeflate: false });
  const heard: string[] = [];
  socket.on('message', (data: Buffer) => heard.push(data.toString())).on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.once('close', (code, reason) => {
      heard.push(`${code} ${reason.toString()}`);
      resolve();
    });
  });
  await once(socket, 'open');
  for (const frame of frames) socket.send(frame, { binary: typeof frame !== 'string' });
  end(socket);
  await closed;
  return heard.join('\n');
}

/** CONNECT messages that hold the token, or nearly, and are refused. */
export function nearMisses(token: string): string[] {
  const { payload, ...envelope } = connectRequest(token);
  const tokens = [
    `${token}x`,
    ` ${token}`,
    token.slice(1),
    token.slice(0, -1),
    `${token.slice(0, -1)}~`,
    token.toUpperCase(),
  ];
  return [
    ...tokens.map((each) => JSON.stringify(connectRequest(each))),
    JSON.stringify({ ...envelope, payload: [payload] }),
    JSON.stringify({ ...envelope, payload: { token: [token], Token: token } }),
    JSON.stringify({ ...envelope, payload: token }),
    JSON.stringify({ ...envelope, id: token, payload: {} }),
    JSON.stringify({ ...envelope, type: token, subType: token, payload }),
    JSON.stringify({ ...envelope, [token]: token, version: token, timeStamp: token, payload: {} }),
    JSON.stringify({ ...envelope, payload }).slice(0, -3),
    token,
    `"${token}`,
    `{"payload":{"token":"${token}"}}`,
  ];
}
