import type { ServerResponse } from 'node:http';

export interface StreamsOptions {
  /** The event's name, and its data as of now: what didn't change isn't sent again. */
  readonly event: string;
  readonly read: () => string;
  readonly intervalMs: number;
  readonly maxStreams: number;
}

/** Server-sent events (WHATWG HTML, 9.2): the same for all who listen, and nothing is worked out while nobody does. */
export interface Streams {
  /** @returns whether there was room for it */
  add(response: ServerResponse): boolean;
  end(): void;
}

/** A listener that takes nothing for so many intervals is cut off: it holds a place that others may want. */
const patience = 15;

export function createStreams({ event, read, intervalMs, maxStreams }: StreamsOptions): Streams {
  const missed = new Map<ServerResponse, number>();
  let timer: NodeJS.Timeout | undefined;
  let last = '';

  function tick(): void {
    const now = read();
    // A comment keeps proxies from ending a stream on which nothing happens.
    const chunk = now === last ? ': nothing new\n\n' : eventOf(now);
    last = now;
    for (const response of missed.keys()) write(response, chunk, now);
  }

  /** Who hasn't taken the last one yet gets the next: each tells all there is to know. */
  function write(response: ServerResponse, chunk: string, now: string): void {
    const count = missed.get(response) ?? 0;
    if (response.writableNeedDrain) {
      if (count >= patience) response.destroy();
      missed.set(response, count + 1);
      return;
    }
    missed.set(response, 0);
    response.write(count > 0 ? eventOf(now) : chunk);
  }

  function eventOf(data: string): string {
    return `event: ${event}\n${data.replace(/^/gm, 'data: ')}\n\n`;
  }

  return {
    add(response) {
      if (missed.size >= maxStreams) return false;
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        // A buffering proxy would turn a stream into a long silence.
        'x-accel-buffering': 'no',
      });
      missed.set(response, 0);
      response.once('close', () => {
        missed.delete(response);
        if (missed.size === 0) clearInterval(timer);
      });
      if (missed.size === 1) {
        last = read();
        timer = setInterval(tick, intervalMs);
      }
      response.write(`retry: ${intervalMs}\n\n${eventOf(last)}`);
      return true;
    },
    end() {
      clearInterval(timer);
      for (const response of missed.keys()) response.end();
    },
  };
}
