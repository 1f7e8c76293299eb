import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reasonOf } from '../errors.ts';
import { end, endWithJson } from './answer.ts';
import { loadAssets, sendAsset } from './assets.ts';
import { boundConnections, type Connections } from './connections.ts';
import { type CloseSessions, drainPrimary } from './drain.ts';
import type { Health } from './health.ts';
import { contentSecurityPolicy, renderMain, renderPage } from './page.ts';
import type { Status } from './status.ts';
import { createStreams, type Streams } from './streams.ts';
import { isForeignHost } from './strangers.ts';

export interface AdminOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Names under which the status is asked for, beside addresses and names without a dot. */
  readonly hostNames: readonly string[];
  readonly allowDrain: boolean;
  readonly health: Health;
  /** The metrics as text, and their content type. */
  readonly metrics: () => Promise<{ readonly text: string; readonly contentType: string }>;
  readonly status: () => Status;
  readonly closeSessions: CloseSessions;
  /** Whom an address counts for: connections are bounded for each network. */
  readonly networkOf: (address: string) => string;
}

export interface AdminServer extends AsyncDisposable {
  readonly port: number;
}

/** An admin request is one short line from a probe or a scraper; so long a connection also waits for its next one. */
const requestTimeoutMs = 5000;
/** A scraper or a kubelet has one or two, a browser six. All of an address never keep another one out. */
const limits = { perNetwork: 8, total: 100, streamsPerNetwork: 6 };
/** How often a status is sent to those who follow it, and to how many of each kind. */
const stream = { intervalMs: 2000, maxStreams: 8 };

interface Request {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

interface Route {
  readonly method: 'GET' | 'POST';
  /** Shows names and addresses, or changes something: for no page that somebody else has put under this address. */
  readonly guarded: boolean;
  readonly answer: (asked: Request) => void;
}

/**
 * Serves `/livez` (the event loop turns; never a dependency), `/readyz` (`?verbose` lists the checks as JSON), `/metrics`,
 * `/status` and its stream `/status/events`, the status page and `POST /drain`, over plain HTTP. Rejects with the system's error
 * when the address can't be bound.
 */
export async function startAdmin(options: AdminOptions): Promise<AdminServer> {
  const { host, port, hostNames, health, status } = options;
  const streams = {
    json: createStreams({ ...stream, event: 'status', read: () => JSON.stringify(status()) }),
    page: createStreams({ ...stream, event: 'page', read: () => renderMain(status()) }),
  };
  const routes = new Map<string, Route>([
    ['/livez', open(({ response }) => end(response, 200, 'ok\n'))],
    ['/readyz', open((asked) => readyz(asked, health))],
    ['/metrics', open(({ response }) => void metricsPage(response, options.metrics))],
    ['/', guarded(({ response }) => statusPage(response, status()))],
    ['/status', guarded(({ response }) => endWithJson(response, 200, status()))],
    ['/status/events', guarded((asked) => follow(asked, streams, connections))],
    ['/drain', { ...guarded((asked) => drainPrimary(asked, options)), method: 'POST' }],
  ]);
  for (const [path, asset] of loadAssets())
    routes.set(
      path,
      open(({ request, response }) => sendAsset(request, response, asset)),
    );

  const timeouts = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: requestTimeoutMs,
    keepAliveTimeout: requestTimeoutMs,
    // By default every 30 s: for so long silent connections would keep the probes out.
    connectionsCheckingInterval: 1000,
  };
  const server = createServer(timeouts, (request, response) => {
    if (!connections.begin(request, response)) return;
    // As it was sent: nothing that a URL would normalise, such as "//", is one of ours.
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const route = routes.get(path);
    const allowed = route?.method === 'POST' ? ['POST'] : ['GET', 'HEAD'];
    if (!allowed.includes(request.method ?? '')) {
      response.setHeader('allow', allowed.join(', '));
      return end(response, 405, 'method not allowed\n');
    }
    if (route === undefined) return end(response, 404, `not found: there are ${there}\n`);
    if (route.guarded && isForeignHost(request, hostNames)) return end(response, 421, misdirected);
    route.answer({ request, response, query: new URLSearchParams(query) });
  });
  const connections = boundConnections(server, limits, options.networkOf);
  server.listen({ host, port });
  await once(server, 'listening');
  // Such as EMFILE while a connection is accepted: the one who asked sees it, and asks again.
  server.on('error', () => {});
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const each of Object.values(streams)) each.end();
      server.closeAllConnections();
      await closed;
    },
  };
}

const there = '/, /status, /status/events, /livez, /readyz, /metrics and POST /drain';
const misdirected =
  'this host name is not known here: ask by address, or add the name to admin.hostNames, which protects from pages that are led here\n';

function open(answer: Route['answer']): Route {
  return { method: 'GET', guarded: false, answer };
}

function guarded(answer: Route['answer']): Route {
  return { method: 'GET', guarded: true, answer };
}

function readyz({ response, query }: Request, health: Health): void {
  const { ready, checks } = health.report();
  const all = Object.entries(checks);
  if (query.has('verbose')) {
    const told = Object.fromEntries(all.map(([name, reason]) => [name, reason ?? 'ok']));
    return endWithJson(response, ready ? 200 : 503, { ready, checks: told });
  }
  const reasons = all.flatMap(([name, reason]) => (reason === null ? [] : [`${name}: ${reason}\n`]));
  end(response, ready ? 200 : 503, ready ? 'ok\n' : reasons.join(''));
}

async function metricsPage(response: ServerResponse, metrics: AdminOptions['metrics']): Promise<void> {
  try {
    const { text, contentType } = await metrics();
    end(response, 200, text, contentType);
  } catch (error) {
    end(response, 500, `the metrics could not be collected: ${reasonOf(error)}\n`);
  }
}

function statusPage(response: ServerResponse, status: Status): void {
  response.setHeader('content-security-policy', contentSecurityPolicy);
  response.setHeader('referrer-policy', 'no-referrer');
  end(response, 200, renderPage(status), 'text/html; charset=utf-8');
}

function follow(
  { request, response, query }: Request,
  streams: Readonly<Record<'json' | 'page', Streams>>,
  connections: Connections,
): void {
  if (request.method === 'HEAD') return end(response, 200, '', 'text/event-stream');
  const allowed = connections.mayStream(request);
  if (allowed && streams[query.has('page') ? 'page' : 'json'].add(response)) return;
  const [count, who] = allowed ? [stream.maxStreams, ''] : [limits.streamsPerNetwork, 'of your address '];
  response.setHeader('retry-after', '10');
  end(response, 503, `${count} ${who}follow the status already: close one of them\n`);
}
