/** A TCP proxy that fails on demand, between a client and one broker (or one bridge). */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { emptyProduceResponse, frameSplitter, isHandshake, produceRequests, throttleMsIn } from './frames.ts';
import { inOrder } from './in-order.ts';

/**
 * - `pass`: as if it weren't there
 * - `refuse`: nobody listens, and every connection is reset
 * - `stall`: connections are accepted and stay open, and not a byte passes: packets dropped without a reset
 */
export type ProxyMode = 'pass' | 'refuse' | 'stall';

/**
 * What becomes of a Produce request:
 * - `lose-response`: the response is swallowed with its connection: the acknowledgement is lost after the append
 * - `cut-request`, `cut-response`: the connection breaks in the middle of it
 * - `answer-empty`: it never reaches the broker, and is answered as if it had named no topic at all
 * - `empty-response`: the broker works on it, and it is answered as if it had named no topic at all
 */
export type ProduceFault =
  'lose-response' | 'cut-request' | 'cut-response' | 'answer-empty' | 'empty-response';

/** What it has seen so far; the last three where it understands the frames. */
interface ProxyCounts {
  /** Connections. */
  accepted: number;
  /** Connections that the target was the first to end. */
  endedByTarget: number;
  /** Produce requests that came while the broker had asked for none (KIP-219). */
  heedless: number;
  authentications: number;
  /** Authentications that were begun while another request of the connection was unanswered. */
  hasty: number;
}

export interface TcpProxy extends AsyncDisposable {
  /** On 127.0.0.1; the same for all its life. */
  readonly port: number;
  /** Where new connections go, on 127.0.0.1. */
  target: number;
  /** In ms, for each chunk in each direction; what is under way keeps its order. */
  delayMs: number;
  /** How many faults it has injected by `cutAfter`, `failProduce` and `stallAfterProduce`. */
  readonly faults: number;
  readonly counts: Readonly<ProxyCounts>;
  mode(mode: ProxyMode): Promise<void>;
  /** Resets the connection which carries the n-th byte in that direction, counted from now over all connections. */
  cutAfter(bytes: number, direction: 'request' | 'response'): void;
  /** Fails the next `count` Produce requests that carry so many partitions; what an earlier call left to do is forgotten. */
  failProduce(fault: ProduceFault, count: number, atLeastPartitions?: number): void;
  /** The next response to a Produce request is swallowed with its connection, and from then on the proxy stalls, so that the retry has to wait. */
  stallAfterProduce(): void;
  /** Resets every connection. */
  cut(): void;
}

/** What was sent before the broker's word for a pause had arrived comes within this time, in ms. */
const underWayMs = 250;

/** @param protocol of `kafka` it understands the frames, which the faults of Produce requests need; `bytes` is anything */
export async function startTcpProxy(
  target: number,
  port: number,
  protocol: 'kafka' | 'bytes',
): Promise<TcpProxy> {
  const open = new Set<Socket>();
  const pairs = new Set<{ resume(): void }>();
  const left = { request: Infinity, response: Infinity };
  let produceFault: { readonly kind: ProduceFault; left: number; readonly atLeastPartitions: number } | null =
    null;
  let stallsAfterProduce = false;
  let faults = 0;
  const counts: ProxyCounts = { accepted: 0, endedByTarget: 0, heedless: 0, authentications: 0, hasty: 0 };
  const quiet = { from: Infinity, until: -Infinity };
  let mode: ProxyMode = 'pass';
  let server: Server | undefined;

  const proxy: TcpProxy = {
    port,
    target,
    delayMs: 0,
    get faults() {
      return faults;
    },
    counts,
    async mode(next) {
      mode = next;
      if (next === 'refuse') await close();
      else if (server === undefined) await listen();
      if (next === 'stall') for (const socket of open) socket.pause();
      if (next === 'pass' && stallsAfterProduce) proxy.failProduce('lose-response', 0);
      if (next === 'pass') stallsAfterProduce = false;
      if (next === 'pass') for (const pair of pairs) pair.resume();
    },
    cutAfter(bytes, direction) {
      left[direction] = bytes;
    },
    failProduce(kind, count, atLeastPartitions = 1) {
      produceFault = { kind, left: count, atLeastPartitions };
    },
    stallAfterProduce() {
      proxy.failProduce('lose-response', 1);
      stallsAfterProduce = true;
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
    counts.accepted++;
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
    const produce = produceRequests();
    let unanswered = 0;
    const [requestsInOrder, responsesInOrder] = [inOrder(), inOrder()];
    const onRequest = (frame: Buffer) => {
      const partitions = protocol === 'kafka' ? produce.sent(frame) : 0;
      if (protocol === 'kafka') count(frame, partitions, unanswered++);
      if (fails('answer-empty', partitions)) return void client.write(emptyProduceResponse(frame, 'request'));
      const isCut = fails('cut-request', partitions);
      requestsInOrder(proxy.delayMs, () =>
        isCut ? cutInTheMiddle(frame, client, upstream) : pass(frame, client, upstream, 'request'),
      );
    };
    const onResponse = (frame: Buffer) => {
      const partitions = protocol === 'kafka' ? produce.answered(frame) : 0;
      if (partitions > 0) keepQuiet(throttleMsIn(frame));
      if (fails('lose-response', partitions)) {
        if (stallsAfterProduce) void proxy.mode('stall');
        return breakDown(client, upstream);
      }
      const given = fails('empty-response', partitions) ? emptyProduceResponse(frame, 'response') : frame;
      const isCut = fails('cut-response', partitions);
      responsesInOrder(proxy.delayMs, () => {
        unanswered--;
        if (isCut) cutInTheMiddle(frame, upstream, client);
        else pass(given, upstream, client, 'response');
      });
    };
    const whole = (onFrame: (frame: Buffer) => void) =>
      protocol === 'kafka' ? frameSplitter(onFrame) : onFrame;
    client.on('data', whole(onRequest)).on('end', () => upstream.end());
    const ended = () => {
      if (!client.readableEnded && !client.destroyed) counts.endedByTarget++;
      client.end();
    };
    upstream.on('data', whole(onResponse)).on('end', ended).on('error', ended);
    return upstream;
  }

  function count(request: Buffer, partitions: number, unanswered: number): void {
    const now = performance.now();
    if (partitions > 0 && now > quiet.from && now < quiet.until) counts.heedless++;
    if (!isHandshake(request)) return;
    counts.authentications++;
    if (unanswered > 0) counts.hasty++;
  }

  function keepQuiet(ms: number): void {
    const until = performance.now() + ms;
    if (until <= quiet.until) return;
    quiet.from = until - ms + underWayMs;
    quiet.until = until;
  }

  /** Whether this fault is due for a Produce request of so many partitions, or for its response; then it is one less. */
  function fails(kind: ProduceFault, partitions: number): boolean {
    if (produceFault?.kind !== kind || produceFault.left === 0) return false;
    if (partitions < Math.max(1, produceFault.atLeastPartitions)) return false;
    produceFault.left--;
    faults++;
    return true;
  }

  function pass(data: Buffer, from: Socket, to: Socket, direction: 'request' | 'response'): void {
    if (to.destroyed) return;
    const room = left[direction];
    left[direction] -= data.length;
    if (data.length <= room) return void to.write(data);
    left[direction] = Infinity;
    faults++;
    to.write(data.subarray(0, room), () => breakDown(from, to));
  }

  function cutInTheMiddle(frame: Buffer, from: Socket, to: Socket): void {
    if (!to.destroyed) to.write(frame.subarray(0, frame.length / 2), () => breakDown(from, to));
  }

  function breakDown(...sockets: Socket[]): void {
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
