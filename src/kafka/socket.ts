import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { addressText } from '../address.ts';
import { connectTcp } from '../outbound/connect.ts';
import { readTlsFiles, type TlsFiles } from '../outbound/tls.ts';
import { ClosedError } from './closed-by-peer.ts';
import { type ConnectionFacts, explainError, GivenUpError } from './connection-error.ts';
import { countFrames, wholeFrames } from './whole-frames.ts';

export interface TlsSettings extends Omit<TlsFiles, 'setting'> {
  readonly enabled: boolean;
  /** The name that the broker's certificate has to carry, where it isn't the host that we connect to. */
  readonly serverName?: string | undefined;
}

export interface SocketOptions extends Pick<
  ConnectionFacts,
  'host' | 'port' | 'authenticates' | 'unauthenticated' | 'hasWorked'
> {
  /** TCP connect and TLS handshake, in ms. */
  readonly connectTimeoutMs: number;
  /** For one request and its response, in ms. */
  readonly timeoutMs: number;
  readonly tls?: TlsSettings | undefined;
  /** The broker has taken us in: it answered more than which versions it knows. */
  readonly onWorks: () => void;
}

/** What the client uses of a socket. */
export interface BrokerSocket {
  on(event: 'data', listener: (frames: Buffer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end' | 'timeout', listener: () => void): unknown;
  once(event: 'close', listener: () => void): unknown;
  /** Not before it is connected. */
  write(bytes: Buffer): boolean;
  end(): void;
  unref(): void;
  destroy(error?: Error): void;
}

/**
 * A connection to a broker that spares the client what it gets wrong: it tries every address of the broker's name (connectTcp), it fails
 * within its bounds when it is silent, it ends with an error, and it gives whole frames only. With TLS its certificates are those that the
 * files hold now. What can't be used (a file, an address) is an error of it like any other: the client copes with that, and asks for a new one.
 */
export function openSocket(options: SocketOptions, onConnect: () => void): BrokerSocket {
  const early: [event: string, listener: (error?: Error) => void][] = [];
  const tell = (event: string, error?: Error) =>
    early.filter(([each]) => each === event).forEach(([, listener]) => listener(error));
  const deadline = performance.now() + options.connectTimeoutMs;
  const stop = new AbortController();
  let socket: Socket | null = null;
  let isEnded = false;
  void connectBroker(options, stop.signal).then(
    (opened) => {
      socket = opened;
      endWithError(opened, boundResponse(opened, options.timeoutMs), options);
      for (const [event, listener] of early) opened.on(event, listener);
      whenSecured(opened, options, deadline - performance.now(), onConnect);
    },
    (error: Error) => {
      const progress = { answers: 0, secured: false };
      if (!isEnded) tell('error', explainError(error, progress, factsOf(options)));
      tell('close');
    },
  );
  const listen = (event: string, listener: (error?: Error) => void) => {
    if (socket === null) early.push([event, listener]);
    else socket.on(event, listener);
  };
  return {
    on: listen as BrokerSocket['on'],
    once: listen,
    write: (bytes) => socket?.write(bytes) ?? false,
    end() {
      isEnded = true;
      if (socket === null) stop.abort(new GivenUpError('the connection was given up'));
      else socket.end();
    },
    unref: () => void socket?.unref(),
    destroy(error) {
      if (socket === null) stop.abort(error);
      else socket.destroy(error);
    },
  };
}

/** Connected by TCP; the TLS handshake has begun. */
async function connectBroker(options: SocketOptions, signal: AbortSignal): Promise<Socket> {
  const { host, port, tls, connectTimeoutMs: timeoutMs } = options;
  const files = tls?.enabled === true ? readTlsFiles(filesOf(tls)) : null;
  const raw = await connectTcp({ host, port, timeoutMs, signal });
  raw.setKeepAlive(true, 60_000).setNoDelay(true);
  if (files === null) return raw;
  const { serverName = isIP(host) === 0 ? host : undefined } = tls ?? {};
  const name = serverName === undefined ? { host } : { host, servername: serverName };
  return connectTls({ socket: raw, minVersion: 'TLSv1.2', ...name, ...files });
}

/** Calls it when the handshake is done, or at once where there is none. @param leftMs for the handshake */
function whenSecured(socket: Socket, options: SocketOptions, leftMs: number, onConnect: () => void): void {
  if (options.tls?.enabled !== true) return onConnect();
  const late = setTimeout(() => {
    const what = `no TLS handshake with the broker ${addressText(options)} in ${options.connectTimeoutMs} ms (kafka.connectTimeoutMs)`;
    socket.destroy(new Error(`${what}: see that a TLS listener is there, and that it does not hang`));
  }, leftMs);
  socket.once('close', () => clearTimeout(late));
  socket.once('secureConnect', () => {
    clearTimeout(late);
    onConnect();
  });
}

function filesOf(tls: TlsSettings): TlsFiles {
  return { ...tls, setting: 'kafka.tls' };
}

function factsOf({ tls, ...facts }: SocketOptions): ConnectionFacts {
  return { ...facts, files: tls?.enabled === true ? filesOf(tls) : null };
}

/** Requests that were written to a connection and are not answered yet; a broker answers each, and in order. */
interface OpenRequests {
  readonly count: number;
  /** Answers so far. */
  readonly answered: number;
  answer(frames: number): void;
}

/**
 * A connection whose packets are dropped without a reset looks alive to the client for ever. So a socket with open requests that gives
 * nothing back within the bound is destroyed, with an error: the client listens to `error`, never to `close`.
 */
function boundResponse(socket: Socket, timeoutMs: number): OpenRequests {
  let count = 0;
  let answered = 0;
  let timer: NodeJS.Timeout | undefined;
  const giveUp = () => {
    const { remoteAddress: host = '', remotePort: port = 0 } = socket;
    const silent = `no answer from ${addressText({ host, port })} in ${timeoutMs} ms (kafka.requestTimeoutMs)`;
    const what = answered === 0 ? 'that a broker listens there, that it' : 'that the broker';
    const advice = `see ${what} does not hang (its log), and that no firewall drops packets`;
    socket.destroy(new Error(`${silent}: ${advice}`));
  };
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]) => {
    count++;
    timer ??= setTimeout(giveUp, timeoutMs);
    return write(...args);
  };
  socket.on('data', () => {
    clearTimeout(timer);
    timer = count > 0 ? setTimeout(giveUp, timeoutMs) : undefined;
  });
  socket.once('close', () => clearTimeout(timer));
  return {
    get count() {
      return count;
    },
    get answered() {
      return answered;
    },
    answer(frames) {
      answered += frames;
      count -= frames;
      if (count > 0) return;
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/**
 * A broker that closes a connection is an error like any other. Told of an `end`, the client drops the broker while other requests
 * look for brokers, can take one for another from then on, and resolves sends to them with an empty result, or never (measured:
 * 17 empty results in one restart of two brokers).
 * What the client ends itself without open requests it has to hear no more of: it may have the next connection already. With open
 * requests it is an error at once: while one caller gives a connection up whose authentication failed, the client lets the next one
 * send on it, and would wait for that answer for ever, with the broker's lock in its hand.
 */
function endWithError(socket: Socket, open: OpenRequests, options: SocketOptions): void {
  const on = socket.on.bind(socket) as (event: string, listener: (...args: never[]) => void) => Socket;
  const end = socket.end.bind(socket) as (...args: unknown[]) => Socket;
  let endedByClient = false;
  let secured = false;
  on('secureConnect', () => (secured = true));
  socket.end = (...args: unknown[]) => {
    endedByClient = true;
    if (open.count > 0)
      return socket.destroy(new GivenUpError('the connection was given up with requests open'));
    return end(...args);
  };
  const counted = (take: (frames: Buffer) => void) =>
    wholeFrames(
      (frames) => {
        open.answer(countFrames(frames));
        if (open.answered > 1) options.onWorks();
        take(frames);
      },
      (length) =>
        socket.destroy(
          new Error(
            `${addressText(options)} doesn't speak Kafka's protocol (an answer of ${length} bytes): check kafka.brokers`,
          ),
        ),
    );
  on('end', () =>
    socket.destroy(endedByClient ? undefined : new ClosedError('the broker closed the connection')),
  );
  socket.on = ((event: string, listener: (argument: unknown) => void) => {
    if (event === 'end') return socket;
    if (event === 'data') return on(event, counted(listener));
    if (event === 'error')
      return on(event, (error: Error) =>
        listener(explainError(error, { answers: open.answered, secured }, factsOf(options))),
      );
    return on(event, listener);
  }) as typeof socket.on;
}
