/**
 * The address of a Service, as far as a connection can tell it from kube-proxy: a new one goes to one of the endpoints, in turn, an open
 * one stays where it is, and nobody looks into the bytes (TLS ends in the bridge; no PROXY protocol).
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface ServiceAddress extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
  /** The ports that get new connections. */
  readonly endpoints: ReadonlySet<number>;
  /** The new connections that were not taken, in words: no endpoint was there, or it refused. */
  readonly refused: readonly string[];
  add(endpoint: number): void;
  /** Open connections stay. */
  remove(endpoint: number): void;
  /** The next connection goes to this endpoint, whose turn could be later: kube-proxy may choose any. */
  prefer(endpoint: number): void;
  /** How many connections an endpoint was given so far. */
  given(endpoint: number): number;
}

export async function startServiceAddress(): Promise<ServiceAddress> {
  const endpoints = new Set<number>();
  const given = new Map<number, number>();
  const refused: string[] = [];
  const open = new Set<Socket>();
  const preferred: number[] = [];
  let turn = 0;

  function accept(client: Socket): void {
    const endpoint = preferred.shift() ?? [...endpoints][turn++ % endpoints.size];
    if (endpoint === undefined) {
      refused.push('no endpoint');
      return void client.resetAndDestroy();
    }
    given.set(endpoint, (given.get(endpoint) ?? 0) + 1);
    const inner = connect({ port: endpoint, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    let taken = false;
    inner.once('connect', () => (taken = true));
    inner.once('error', (error) => {
      if (!taken)
        refused.push(`${error.message}, which ${endpoints.has(endpoint) ? 'is' : 'was'} an endpoint`);
    });
    join(client, inner);
    join(inner, client);
  }

  /** A reset is passed on as a reset; an end as an end, behind all that came before it. */
  function join(from: Socket, to: Socket): void {
    open.add(from);
    from.on('error', () => to.resetAndDestroy());
    from.once('close', () => open.delete(from));
    from.pipe(to);
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    endpoints,
    refused,
    add: (endpoint) => void endpoints.add(endpoint),
    remove(endpoint) {
      endpoints.delete(endpoint);
      if (preferred.includes(endpoint)) preferred.splice(preferred.indexOf(endpoint), 1);
    },
    prefer: (endpoint) => void preferred.push(endpoint),
    given: (endpoint) => given.get(endpoint) ?? 0,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
