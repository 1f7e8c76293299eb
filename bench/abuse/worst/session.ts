/** A session of a primary whose messages have a number. */
import { type Endpoint, openPrimary } from '../wire.ts';
import { numbersIn } from './shape-parts.ts';

export interface Session extends Disposable {
  /** Resolves when all of it is written. */
  write(frames: Buffer): Promise<void>;
  /** Resolves when the message with this number is answered, rejects when the connection is closed before. */
  answer(number: number): Promise<void>;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
}

/** Longer than any answer with its head. */
const maxAnswerLength = 8192;

export async function openSession(endpoint: Endpoint, token: string, address: string): Promise<Session> {
  const socket = await openPrimary(endpoint, token, address);
  const waiting = new Map<number, PromiseWithResolvers<void>>();
  const { promise: closed, resolve: onClose } = Promise.withResolvers<void>();
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    for (const number of numbersIn(text)) {
      waiting.get(number)?.resolve();
      waiting.delete(number);
    }
    text = text.slice(-maxAnswerLength);
  });
  socket.once('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('closed before the answer'));
    waiting.clear();
    onClose();
  });
  return {
    closed,
    write: (frames) => new Promise((resolve) => void socket.write(frames, () => resolve())),
    answer(number) {
      if (socket.closed) return Promise.reject(new Error('closed before the answer'));
      const waiter = Promise.withResolvers<void>();
      waiting.set(number, waiter);
      return waiter.promise;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
