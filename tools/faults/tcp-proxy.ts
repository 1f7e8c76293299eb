/** A TCP proxy that fails on demand, between a client and one broker (or one bridge). */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { emptyProduceResponse, frameSplitter, isProduce, produceResponses } from './frames.ts';

/**
 * - `pass`: as if it weren't there
 * - `refuse`: nobody listens, and every connection is reset
 * - `stall`: connections are accepted and stay open, and not a byte passes: packets dropped without a reset
 */
export type ProxyMode = 'pass' | 'refuse' | 'stall';

export interface TcpProxy extends AsyncDisposable {
  /** On 127.0.0.1; the same for all its life. */
  readonly port: number;
  /** Where new connections go, on 127.0.0.1. */
  target: number;
  /** In ms, for each chunk in each direction; what is under way keeps its order. */
  delayMs: number;
  /** How many faults it has injected by `cutAfter` and `dropProduceResponses`. */
  readonly faults: number;
  mode(mode: ProxyMode): Promise<void>;
  /** Resets the connection which carries the n-th byte in that direction, counted from now over all connections. */
  cutAfter(bytes: number, direction: 'request' | 'response'): void;
  /** The next `count` responses to Produce requests are swallowed, each with its connection: the acknowledgement is lost after the append. */
  dropProduceResponses(count: number): void;
  /** The next response to a Produce request is swallowed with its connection, and from then on the proxy stalls, so that the retry has to wait. */
  stallAfterProduce(): void;
  /** The next `count` Produce requests never reach the broker, and are answered as if they had named no topic at all. */
  answerEmpty(count: number): void;
  /** Resets every connection. */
  cut(): void;
}

/** @param protocol of `kafka` it understands the frames, which `dropProduceResponses` needs; `bytes` is anything */
export async function startTcpProxy(
  target: number,
  port: number,
  protocol: 'kafka' | 'bytes',
): Promise<TcpProxy> {
  const open = new Set<Socket>();
  const pairs = new Set<{ resume(): void }>();
  const left = { request: Infinity, response: Infinity };
  let responsesToDrop = 0;
  let requestsToAnswerEmpty = 0;
  let stallsAfterProduce = false;
  let faults = 0;
  let mode: ProxyMode = 'pass';
  let server: Server | undefined;

  const proxy: TcpProxy = {
    port,
    target,
    delayMs: 0,
    get faults() {
      return faults;
    },
    async mode(next) {
      mode = next;
      if (next === 'refuse') await close();
      else if (server === undefined) await listen();
      if (next === 'stall') for (const socket of open) socket.pause();
      if (next === 'pass') stallsAfterProduce = false;
      if (next === 'pass') for (const pair of pairs) pair.resume();
    },
    cutAfter(bytes, direction) {
      left[direction] = bytes;
    },
    dropProduceResponses(count) {
      responsesToDrop = count;
    },
    stallAfterProduce() {
      responsesToDrop = 1;
      stallsAfterProduce = true;
    },
    answerEmpty(count) {
      requestsToAnswerEmpty = count;
    },
    cut,
    [Symbol.asyncDispose]: close,
  };
  await listen();
  return proxy;

  async function listen(): Promise<void> {
    server = createServer({ pauseOnConnect: true, noDelay: true }, accept);
    await once(server.listen(port, '127.0.0.1'), 'listening');
  }

  async function close(): Promise<void> {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    closing.close();
    cut();
    await once(closing, 'close');
  }

  function cut(): void {
    for (const socket of open) socket.resetAndDestroy();
  }

  function accept(client: Socket): void {
    let upstream: Socket | undefined;
    const pair = {
      resume() {
        upstream ??= join(client);
        client.resume();
        upstream.resume();
      },
    };
    pairs.add(pair);
    track(client, () => {
      pairs.delete(pair);
      upstream?.destroy();
    });
    if (mode === 'pass') pair.resume();
  }

  function join(client: Socket): Socket {
    const upstream = connect({ port: proxy.target, host: '127.0.0.1', noDelay: true });
    track(upstream, () => client.destroy());
    const produce = produceResponses();
    const [requestsInOrder, responsesInOrder] = [inOrder(), inOrder()];
    const onRequest = (frame: Buffer) => {
      if (protocol === 'kafka' && isProduce(frame)) {
        if (requestsToAnswerEmpty > 0) {
          requestsToAnswerEmpty--;
          faults++;
          return void client.write(emptyProduceResponse(frame));
        }
        produce.request(frame);
      }
      requestsInOrder(proxy.delayMs, () => pass(frame, client, upstream, 'request'));
    };
    const onResponse = (frame: Buffer) => {
      if (protocol === 'kafka' && produce.answersProduce(frame) && responsesToDrop > 0) {
        responsesToDrop--;
        if (stallsAfterProduce) mode = 'stall';
        return breakDown(client, upstream);
      }
      responsesInOrder(proxy.delayMs, () => pass(frame, upstream, client, 'response'));
    };
    const whole = (onFrame: (frame: Buffer) => void) =>
      protocol === 'kafka' ? frameSplitter(onFrame) : onFrame;
    client.on('data', whole(onRequest)).on('end', () => upstream.end());
    upstream.on('data', whole(onResponse)).on('end', () => client.end());
    return upstream;
  }

  function pass(data: Buffer, from: Socket, to: Socket, direction: 'request' | 'response'): void {
    if (to.destroyed) return;
    const room = left[direction];
    left[direction] -= data.length;
    if (data.length <= room) return void to.write(data);
    left[direction] = Infinity;
    to.write(data.subarray(0, room), () => breakDown(from, to));
  }

  function breakDown(...sockets: Socket[]): void {
    faults++;
    for (const socket of sockets) socket.resetAndDestroy();
  }

  function track(socket: Socket, onClose: () => void): void {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      open.delete(socket);
      onClose();
    });
  }
}

/** Runs what it is given after a delay, and never before what it was given earlier. */
function inOrder(): (delayMs: number, act: () => void) => void {
  let last: Promise<void> | null = null;
  return (delayMs, act) => {
    if (delayMs === 0 && last === null) return act();
    const mine: Promise<void> = Promise.all([last, delay(delayMs)]).then(() => {
      if (last === mine) last = null;
      act();
    });
    last = mine;
  };
}
