import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

import { expect } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

import { pki } from './simulation.ts';
import { soon, tokens } from './terminator.ts';

/** Where to connect to. */
interface Endpoint {
  readonly port: number;
  readonly url: string;
}

/** A WebSocket client that may misbehave: it sends whatever it is told to. */
export interface Peer extends AsyncDisposable {
  readonly socket: WebSocket;
  /** The TLS socket below, for bytes that no WebSocket client would write. */
  readonly tls: TLSSocket;
  /** Text frames that `next` hasn't taken. */
  readonly unread: readonly string[];
  send(message: string | Buffer | object): void;
  /** The next text frame, parsed. */
  next(): Promise<Record<string, unknown>>;
  /** Settles when the bridge has handled all that was sent: a ping is answered behind it. */
  roundTrip(): Promise<void>;
  closed(): Promise<{ readonly code: number; readonly reason: string }>;
}

/** Opens a WebSocket; nothing is sent yet. */
export async function openPeer({ url }: Pick<Endpoint, 'url'>, options: ClientOptions = {}): Promise<Peer> {
  const socket = new WebSocket(url, { ca: pki.ca, perMessageDeflate: false, ...options });
  const unread: string[] = [];
  let received = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  socket.on('message', (data: Buffer) => {
    unread.push(data.toString());
    received.resolve();
    received = Promise.withResolvers();
  });
  socket.on('close', (code, reason) => closed.resolve({ code, reason: reason.toString() }));
  await soon(once(socket, 'open'), 'an open WebSocket');
  socket.on('error', () => undefined);
  const { _socket: tls } = socket as unknown as { readonly _socket: TLSSocket };

  return {
    socket,
    tls,
    unread,
    send(message) {
      const raw = typeof message === 'string' || Buffer.isBuffer(message);
      socket.send(raw ? message : JSON.stringify(message));
    },
    async next() {
      while (unread.length === 0) await soon(received.promise, 'a text frame');
      return JSON.parse(unread.shift() ?? '') as Record<string, unknown>;
    },
    async roundTrip() {
      socket.ping();
      await soon(once(socket, 'pong'), 'a pong');
    },
    closed: () => soon(closed.promise, 'a closed WebSocket'),
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed.promise;
    },
  };
}

/** A peer whose CONNECT was accepted. */
export async function openPrimary(
  endpoint: Endpoint,
  primary: keyof typeof tokens = 'primary1',
  options: ClientOptions = {},
): Promise<Peer> {
  const peer = await openPeer(endpoint, options);
  peer.send(connectRequest({ token: tokens[primary] }));
  expect(await peer.next()).toMatchObject({ type: 'CONNECT', payload: { valid: true } });
  return peer;
}

/** Connects, sends a notification and gets its answer, as a primary in good order does. */
export async function expectService(endpoint: Endpoint, options: ClientOptions = {}): Promise<void> {
  await using primary = await openPrimary(endpoint, 'primary2', options);
  primary.send(notification('GOOD'));
  expect(await primary.next()).toMatchObject({ id: 'GOOD', subType: 'RESPONSE' });
}

export function connectRequest({ id = 'CONNECT-1', token = 'secret' } = {}): object {
  return { version: '1.0', id, type: 'CONNECT', subType: 'REQUEST', timeStamp: 1, payload: { token } };
}

export function notification(
  id: string,
  payload: unknown = [{ object: 'JOB', data: [{ jobId: 1 }] }],
): object {
  return { version: '1.0', id, type: 'NOTIFICATION', subType: 'REQUEST', timeStamp: 1, payload };
}

/** A socket below the WebSocket, and what it received. */
export interface RawPeer<S extends Socket> extends AsyncDisposable {
  readonly socket: S;
  text(): string;
  /** Settles when the connection is gone; `text` is complete then. */
  closed(): Promise<void>;
}

/** A TCP connection on which nothing is sent. */
export async function openTcp({ port }: Endpoint, localAddress = '127.0.0.1'): Promise<RawPeer<Socket>> {
  const peer = rawPeer(connectTcp({ port, host: '127.0.0.1', localAddress }));
  await soon(once(peer.socket, 'connect'), 'a TCP connection');
  return peer;
}

/** A TLS connection on which nothing is sent. */
export async function openTls(
  { port }: Endpoint,
  options: ConnectionOptions & { readonly allowHalfOpen?: boolean } = {},
): Promise<RawPeer<TLSSocket>> {
  const peer = rawPeer(
    connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: pki.ca, ...options }),
  );
  await soon(once(peer.socket, 'secureConnect'), 'a TLS connection');
  return peer;
}

function rawPeer<S extends Socket>(socket: S): RawPeer<S> {
  let text = '';
  const closed = Promise.withResolvers<void>();
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('close', () => closed.resolve());
  return {
    socket,
    text: () => text,
    closed: () => soon(closed.promise, 'a closed connection'),
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await closed.promise;
    },
  };
}

/** One frame as RFC 6455, 5.2 has it, masked with zeros, so that the payload stays as it is. */
export function frame(opcode: number, payload: Buffer, { fin = true, rsv1 = false } = {}): Buffer {
  const head = Buffer.from([(fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode]);
  const length = Buffer.alloc(payload.length < 126 ? 1 : payload.length < 65_536 ? 3 : 9);
  if (length.length === 1) length[0] = 0x80 | payload.length;
  else {
    length[0] = 0x80 | (length.length === 3 ? 126 : 127);
    length.writeUIntBE(payload.length, length.length === 3 ? 1 : 3, length.length === 3 ? 2 : 6);
  }
  return Buffer.concat([head, length, Buffer.alloc(4), payload]);
}

/** Writes the same bytes for as long as the connection lasts. */
export function writeWithoutEnd(socket: Socket, bytes: Buffer): void {
  socket.write(bytes, (error) => {
    if (error === undefined || error === null) writeWithoutEnd(socket, bytes);
  });
}
