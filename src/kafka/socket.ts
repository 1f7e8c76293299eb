import { connect, isIP, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { explainClosed, explainTls, readTlsFiles, type TlsFiles } from '../outbound/tls.ts';
import { ClosedError } from './closed-by-peer.ts';
import { RefusalError } from './refusal.ts';
import { countFrames, wholeFrames } from './whole-frames.ts';

export interface TlsSettings extends Omit<TlsFiles, 'setting'> {
  readonly enabled: boolean;
  /** The name that the broker's certificate has to carry, where it isn't the host that we connect to. */
  readonly serverName?: string | undefined;
}

export interface SocketOptions {
  readonly host: string;
  readonly port: number;
  /** For one request and its response, in ms. */
  readonly timeoutMs: number;
  readonly tls?: TlsSettings | undefined;
  /** Whether the client authenticates itself (SASL), for the hint where a broker closes at once. */
  readonly authenticates: boolean;
  /** Why the client's last authentication failed; null when it didn't. */
  readonly unauthenticated: () => Error | null;
}

/**
 * A connection to a broker that spares the client what it gets wrong: it fails within the bound when it is silent, it ends with an
 * error, and it gives whole frames only. With TLS its certificates are those that the files hold now.
 */
export function openSocket(options: SocketOptions, onConnect: () => void): Socket {
  const socket =
    options.tls?.enabled === true ? openTls(options, options.tls, onConnect) : connect(options, onConnect);
  socket.setKeepAlive(true, 60_000).setNoDelay(true);
  endWithError(socket, boundResponse(socket, options.timeoutMs), options);
  return socket;
}

/** What can't be used ends the socket like a broker that can't be reached: the client copes with that, and asks for a new one. */
function openTls({ host, port }: SocketOptions, tls: TlsSettings, onConnect: () => void): Socket {
  try {
    const { serverName = isIP(host) === 0 ? host : undefined } = tls;
    const name = serverName === undefined ? {} : { servername: serverName };
    return connectTls(
      { host, port, minVersion: 'TLSv1.2', ...name, ...readTlsFiles(filesOf(tls)) },
      onConnect,
    );
  } catch (error) {
    const socket = new Socket();
    process.nextTick(() => socket.destroy(error as Error));
    return socket;
  }
}

function filesOf(tls: TlsSettings): TlsFiles {
  return { ...tls, setting: 'kafka.tls' };
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
    const silent = `no answer from ${socket.remoteAddress}:${socket.remotePort} in ${timeoutMs} ms (kafka.requestTimeoutMs)`;
    const mend =
      'see that a broker listens there, that it does not hang (its log), and that no firewall drops packets';
    socket.destroy(new Error(`${silent}: ${mend}`));
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
        take(frames);
      },
      (length) =>
        socket.destroy(
          new Error(
            `${options.host}:${options.port} doesn't speak Kafka's protocol (an answer of ${length} bytes): check kafka.brokers`,
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
        listener(explain(error, { answers: open.answered, secured }, options)),
      );
    return on(event, listener);
  }) as typeof socket.on;
}

class GivenUpError extends Error {}

/** How far a connection came. */
interface Progress {
  /** How much the broker had answered. */
  readonly answers: number;
  /** Whether the TLS handshake is done. */
  readonly secured: boolean;
}

/** An error of the connection with what to mend, where that can be told. */
function explain(error: Error, { answers, secured }: Progress, options: SocketOptions): Error {
  const { host, port, tls, authenticates } = options;
  const where = `the broker ${host}:${port}`;
  const files = tls?.enabled === true ? filesOf(tls) : null;
  const text = files && explainTls(error, where, files);
  if (text !== null) return new RefusalError('kafka-tls', text, error);
  const code = 'code' in error ? error.code : undefined;
  const isClosed = error instanceof ClosedError || code === 'ECONNRESET';
  // Whoever else had a request on a connection whose authentication failed hears of its end alone.
  const unauthenticated = options.unauthenticated();
  const isEnded = isClosed || error instanceof GivenUpError || code === 'ERR_STREAM_WRITE_AFTER_END';
  if (isEnded && unauthenticated !== null) return unauthenticated;
  if (!isClosed || answers > 1) return error;
  // What a broker does with a connection of another kind than its listener's; a broker that stops does so too.
  const ours = files && explainClosed(where, files);
  if (ours !== null) return new RefusalError('kafka-tls', ours, error);
  if (files !== null && !secured) {
    const mend =
      'kafka.tls.enabled is true: name the port of a TLS listener in kafka.brokers, or set it to false';
    return new Error(`${where} closed the connection before TLS was there: ${mend}`, { cause: error });
  }
  const hints = [
    answers === 0 && files === null ? 'does it want TLS (kafka.tls.enabled)?' : null,
    files !== null && files.certFile === undefined && !authenticates
      ? 'does it want a client certificate (kafka.tls.certFile)?'
      : null,
    authenticates ? null : 'does it want authentication (kafka.sasl.mechanism)?',
  ].filter((hint) => hint !== null);
  return hints.length === 0
    ? error
    : new Error(`${where} closed the connection at once: ${hints.join(' ')}`, { cause: error });
}
