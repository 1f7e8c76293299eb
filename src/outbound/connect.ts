import dns from 'node:dns';
import { connect, isIP, type Socket } from 'node:net';
import { type Address, addressText } from '../address.ts';

export interface TcpOptions extends Address {
  /** For the name and the connection together, whatever the number of addresses, in ms. */
  readonly timeoutMs: number;
  /** Its abort ends the attempt, which then rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** No address could be connected: the message has one reason for each. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  /** Of the first address. */
  readonly code: string;
  readonly syscall = 'connect';
  constructor(reasons: readonly Reason[]) {
    super(reasons.map(({ text }) => text).join('; '));
    this.code = reasons[0]?.code ?? 'ETIMEDOUT';
  }
}

interface Reason {
  readonly code: string;
  readonly text: string;
}

/** How long an address is tried alone before the next one is tried beside it, in ms (RFC 8305, 8). */
const headStartMs = 250;
/** Of one name; more is a name for something else than a service of ours. */
const maxAddresses = 16;

/**
 * A TCP connection to the first address of the host that takes it (RFC 8305). Node.js gives up an address after 250 ms when it isn't the last,
 * and then one that is far away, or that drops the first SYN, is never reached. Shares of the time have the same fault: a repeated SYN comes
 * after 1 s. So an attempt that was begun goes on until one has won or the time is over, and one that is silent costs the next one its head
 * start only.
 * Rejects with ConnectError, which names every address; with the system's error where the name has no address; or with the signal's reason.
 */
export async function connectTcp({ host, port, timeoutMs, signal }: TcpOptions): Promise<Socket> {
  signal?.throwIfAborted();
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => {});
  let tooLate: () => Error = () => new NoAddressError(host, timeoutMs);
  const timer = setTimeout(() => late.reject(tooLate()), timeoutMs);
  const stop = () => late.reject(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const addresses = await Promise.race([addressesOf(host), late.promise]);
    using attempts = attemptAll(addresses, port);
    tooLate = () => attempts.failure(`no answer in ${timeoutMs} ms`);
    const socket = await Promise.race([attempts.first, late.promise]);
    attempts.keep(socket);
    return socket;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** The name wasn't looked up in time. */
class NoAddressError extends Error {
  readonly code = 'ETIMEDOUT';
  readonly syscall = 'getaddrinfo';
  constructor(host: string, timeoutMs: number) {
    super(`getaddrinfo ETIMEDOUT ${host} (no answer in ${timeoutMs} ms)`);
  }
}

/** In the order of the resolver, the families in turn (RFC 8305, 4). */
async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await new Promise<dns.LookupAddress[]>((resolve, reject) => {
    dns.lookup(host, { all: true }, (error, addresses) =>
      error === null ? resolve(addresses) : reject(error),
    );
  });
  const [first] = found;
  const ofFirst = found.filter(({ family }) => family === first?.family);
  const others = found.filter(({ family }) => family !== first?.family);
  const inTurn = ofFirst
    .flatMap((each, index) => [each, ...others.slice(index, index + 1)])
    .concat(others.slice(ofFirst.length));
  return [...new Set(inTurn.map(({ address }) => address))].slice(0, maxAddresses);
}

interface Attempts extends Disposable {
  /** Rejects with ConnectError when all have failed. */
  readonly first: Promise<Socket>;
  /** @param silent what is said of those that say nothing */
  failure(silent: string): ConnectError;
  /** This one outlives the disposal. */
  keep(socket: Socket): void;
}

function attemptAll(addresses: readonly string[], port: number): Attempts {
  const { promise: first, resolve, reject } = Promise.withResolvers<Socket>();
  first.catch(() => {});
  const open = new Set<Socket>();
  const failed = new Map<string, Reason>();
  const waiting = [...addresses];
  let timer: NodeJS.Timeout | undefined;

  function failure(silent: string): ConnectError {
    return new ConnectError(
      addresses.map(
        (host) =>
          failed.get(host) ?? {
            code: 'ETIMEDOUT',
            text: `connect ETIMEDOUT ${addressText({ host, port })} (${silent})`,
          },
      ),
    );
  }

  function next(): void {
    clearTimeout(timer);
    const host = waiting.shift();
    if (host === undefined) return;
    const socket = connect({ host, port });
    open.add(socket);
    socket.once('connect', () => resolve(socket));
    // Stays for what comes of its end.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      failed.set(host, reasonOf(error, { host, port }));
      if (failed.size === addresses.length) reject(failure(''));
      else next();
    });
    timer = setTimeout(next, headStartMs);
  }

  next();
  return {
    first,
    failure,
    keep(socket) {
      open.delete(socket);
      socket.removeAllListeners('error');
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const socket of open) socket.destroy();
    },
  };
}

function reasonOf({ code = '', message }: NodeJS.ErrnoException, address: Address): Reason {
  return { code, text: code === '' ? message : `connect ${code} ${addressText(address)}` };
}
