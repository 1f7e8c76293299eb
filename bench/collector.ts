import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Collector extends AsyncDisposable {
  /** Where traces are sent to. */
  readonly endpoint: string;
}

/** A collector of traces that takes everything and keeps nothing. */
export async function startCollector(): Promise<Collector> {
  const collector = createServer((request, response) => {
    request.resume().once('end', () => response.end('{}'));
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`,
    async [Symbol.asyncDispose]() {
      collector.closeAllConnections();
      await collector[Symbol.asyncDispose]();
    },
  };
}
