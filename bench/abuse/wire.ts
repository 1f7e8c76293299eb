/** A NetBackup primary down to its bytes, as cheap as it gets: what is measured is the server. */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect, createSecureContext, type TLSSocket } from 'node:tls';

export interface Endpoint {
  readonly port: number;
  /** Of the admin port, on 127.0.0.1. */
  readonly adminPort: number;
  readonly ca: string;
}

const upgradeRequest = [
  'GET /nbwss HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
  '',
].join('\r\n');

export async function openTcp({ port }: Endpoint, localAddress: string): Promise<Socket> {
  const socket = connectTcp({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket.resume();
}

const contexts = new Map<string, ReturnType<typeof createSecureContext>>();

/** TLS 1.3. @param session of an earlier connection, to be resumed */
export async function openTls(
  { port, ca }: Endpoint,
  localAddress: string,
  session?: Buffer,
): Promise<TLSSocket> {
  const secureContext = contexts.get(ca) ?? createSecureContext({ ca });
  contexts.set(ca, secureContext);
  const options = { port, host: '127.0.0.1', localAddress, servername: 'localhost', secureContext };
  const socket = connect({ ...options, minVersion: 'TLSv1.3', ...(session && { session }) });
  socket.on('error', () => {});
  const closed = once(socket, 'close').then(() => {
    throw new Error('closed in its handshake');
  });
  await Promise.race([once(socket, 'secureConnect'), closed]);
  closed.catch(() => {});
  return socket;
}

/** Upgrades, sends CONNECT and waits for its answer. */
export async function openPrimary(
  endpoint: Endpoint,
  token: string,
  localAddress: string,
): Promise<TLSSocket> {
  const socket = await openTls(endpoint, localAddress);
  socket.write(upgradeRequest);
  await dataOf(socket, '101 Switching Protocols');
  socket.write(textFrame(message('CONNECT', { token })));
  await dataOf(socket, '"valid":true');
  return socket;
}

async function dataOf(socket: TLSSocket, wanted: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let text = '';
  const onData = (chunk: Buffer): void => {
    text += chunk.toString('latin1');
    if (text.includes(wanted)) resolve();
  };
  const onClose = (): void => reject(new Error(`closed before "${wanted}"`));
  socket.on('data', onData).once('close', onClose);
  await promise;
  socket.off('data', onData).off('close', onClose).resume();
}

export function message(type: 'CONNECT' | 'NOTIFICATION', payload: unknown, id = 'ID'): string {
  return JSON.stringify({ version: '1.0', id, type, subType: 'REQUEST', timeStamp: 1_760_000_000, payload });
}

export const textFrame = (text: string): Buffer => frame(1, Buffer.from(text));

/** RFC 6455, 5.2; masked with zeros. */
export function frame(opcode: number, payload: Buffer, fin = true): Buffer {
  const short = payload.length < 126;
  const head = Buffer.alloc(short ? 2 : 10);
  head[0] = (fin ? 0x80 : 0) | opcode;
  head[1] = 0x80 | (short ? payload.length : 127);
  if (!short) head.writeUIntBE(payload.length, 4, 6);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

/** Writes the same bytes for as long as the connection lasts. */
export function writeWithoutEnd(socket: Socket, bytes: Buffer): void {
  socket.write(bytes, (error) => {
    if (error === undefined || error === null) writeWithoutEnd(socket, bytes);
  });
}

/** Runs `count` of them, `width` at a time. */
export async function inParallel(
  count: number,
  width: number,
  one: (n: number) => Promise<unknown>,
): Promise<void> {
  const numbers = Array.from({ length: count }, (_, n) => n).values();
  const run = async (): Promise<void> => {
    for (const n of numbers) await one(n);
  };
  await Promise.all(Array.from({ length: width }, run));
}

/** One of so many that none of them attempts too often. */
export const addressOf = (n: number): string => `127.${1 + (n >> 16)}.${(n >> 8) & 255}.${1 + (n % 250)}`;
