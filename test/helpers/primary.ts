/** A NetBackup primary down to the frame: it sends exactly the bytes that it is given, and keeps every answer. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { vi } from 'vitest';
import { WebSocket } from 'ws';

export interface Answer {
  readonly id: string;
  readonly type: string;
  readonly subType: string;
  readonly payload: unknown;
}

export interface TestPrimary extends AsyncDisposable {
  /** Sends a frame: text or bytes as they are, an object as JSON. */
  send(frame: string | Buffer | object): void;
  /** The answers to notifications so far, in order. */
  readonly answers: readonly Answer[];
  /** How often the message with this id was answered so far. */
  answersTo(id: string): number;
  /** Resolves when the message with this id was answered so often. */
  answered(id: string, times?: number): Promise<void>;
  /** Resolves when so many answers are here, whatever their ids. */
  answeredInAll(count: number): Promise<void>;
  /** How the endpoint closed the connection. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly open: boolean;
}

/** Above what a slow machine takes for any answer that is to come at all, in ms. */
const answerBoundMs = 30_000;

/** Connects and authenticates. Rejects when the endpoint refuses the connection or the token. */
export async function connectPrimary(url: string, token: string, ca: string): Promise<TestPrimary> {
  const socket = new WebSocket(url, { ca, perMessageDeflate: false });
  const answers: Answer[] = [];
  const connect = Promise.withResolvers<Answer>();
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => {
      connect.reject(new Error(`closed with ${code} before the answer to CONNECT`));
      resolve({ code, reason: reason.toString() });
    });
  });
  socket.on('error', connect.reject);
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Answer;
    if (message.type === 'CONNECT') connect.resolve(message);
    else answers.push(message);
  });
  socket.on('open', () => socket.send(JSON.stringify(connectRequest(token))));
  const { payload } = await connect.promise;
  if ((payload as { valid?: unknown }).valid !== true) throw new Error('the token was refused');

  const answersTo = (id: string) => answers.filter((answer) => answer.id === id).length;
  const waitFor = (count: () => number, wanted: number, what: string) =>
    vi.waitFor(
      () => {
        if (count() < wanted) throw new Error(`${count()} of ${wanted} answers ${what}`);
      },
      { timeout: answerBoundMs, interval: 10 },
    );
  return {
    send: (frame) =>
      socket.send(
        typeof frame === 'string' ? frame : Buffer.isBuffer(frame) ? frame : JSON.stringify(frame),
        { binary: false },
      ),
    answers,
    answersTo,
    answered: (id, times = 1) => waitFor(() => answersTo(id), times, `to ${id}`),
    answeredInAll: (count) => waitFor(() => answers.length, count, 'in all'),
    closed,
    get open() {
      return socket.readyState === WebSocket.OPEN;
    },
    async [Symbol.asyncDispose]() {
      if (socket.readyState === WebSocket.CLOSED) return;
      const end = once(socket, 'close');
      socket.terminate();
      await end;
    },
  };
}

export function connectRequest(token: string) {
  return {
    version: '1.0',
    id: randomUUID().toUpperCase(),
    type: 'CONNECT',
    subType: 'REQUEST',
    timeStamp: Math.floor(Date.now() / 1000),
    payload: { token },
  };
}
