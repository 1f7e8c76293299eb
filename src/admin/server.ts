import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reasonOf } from '../errors.ts';
import type { Health } from './health.ts';

export interface AdminOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly health: Health;
  /** The metrics as text, and their content type. */
  readonly metrics: () => Promise<{ readonly text: string; readonly contentType: string }>;
}

export interface AdminServer extends AsyncDisposable {
  readonly port: number;
}

/** An admin request is one short line from a probe or a scraper. */
const requestTimeoutMs = 5000;

/**
 * Serves `/livez` (the event loop turns; never a dependency), `/readyz` (`?verbose` lists the checks as JSON) and
 * `/metrics` over plain HTTP. Rejects with the system's error when the address can't be bound.
 */
export async function startAdmin({ host, port, health, metrics }: AdminOptions): Promise<AdminServer> {
  const server = createServer(
    { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs },
    (request, response) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('allow', 'GET, HEAD');
        return end(response, 405, 'method not allowed\n');
      }
      // Null for a target that is no URL, such as "//".
      const url = URL.parse(request.url ?? '/', 'http://admin');
      const pathname = url?.pathname;
      if (pathname === '/livez') return end(response, 200, 'ok\n');
      if (pathname === '/readyz') return readyz(response, url?.searchParams.has('verbose') === true);
      if (pathname === '/metrics') return void metricsPage(response);
      end(response, 404, 'not found: /livez, /readyz and /metrics are here\n');
    },
  );
  server.maxConnections = 100;

  function readyz(response: ServerResponse, verbose: boolean): void {
    const { ready, checks } = health.report();
    if (verbose)
      return end(
        response,
        ready ? 200 : 503,
        `${JSON.stringify({ ready, checks }, null, 2)}\n`,
        'application/json',
      );
    const reasons = Object.entries(checks).flatMap(([name, reason]) =>
      reason === null ? [] : [`${name}: ${reason}\n`],
    );
    end(response, ready ? 200 : 503, ready ? 'ok\n' : reasons.join(''));
  }

  async function metricsPage(response: ServerResponse): Promise<void> {
    try {
      const { text, contentType } = await metrics();
      end(response, 200, text, contentType);
    } catch (error) {
      end(response, 500, `the metrics could not be collected: ${reasonOf(error)}\n`);
    }
  }

  server.listen({ host, port });
  await once(server, 'listening');
  // Such as EMFILE while a connection is accepted: the one who asked sees it, and asks again.
  server.on('error', () => {});
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function end(
  response: ServerResponse,
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}
