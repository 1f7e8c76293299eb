/** Stands in the place of a registry or an authorization server, and repeats what it was sent: a gateway in debug mode does so. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EchoEndpoint extends AsyncDisposable {
  readonly url: string;
  /** Of its answers from now on, one after the other. */
  statuses: readonly number[];
}

export async function startEchoEndpoint(): Promise<EchoEndpoint> {
  let asked = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked++;
      const body = Buffer.concat(chunks).toString();
      const seen = JSON.stringify({
        error: request.rawHeaders.join(' '),
        error_description: body,
        seen: request.rawHeaders,
        url: request.url,
      });
      response.writeHead(endpoint.statuses[asked % endpoint.statuses.length] ?? 500, {
        'content-type': 'application/json',
      });
      response.end(`${seen.slice(0, -1)},"body":${JSON.stringify(body)}}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint: EchoEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    statuses: [500],
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return endpoint;
}
