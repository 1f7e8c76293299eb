import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';

interface Asset {
  readonly type: string;
  readonly content: Buffer;
  readonly etag: string;
}

const types = {
  'page.css': 'text/css; charset=utf-8',
  'live.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

/** The files of the status page, in memory: `/page/<name>`. Read once, here. */
export function loadAssets(): ReadonlyMap<string, Asset> {
  return new Map(
    Object.entries(types).map(([name, type]) => {
      const content = readFileSync(new URL(`page/${name}`, import.meta.url));
      const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
      return [`/page/${name}`, { type, content, etag }];
    }),
  );
}

/** A browser keeps it, and asks each time whether it is still the same. */
export function sendAsset(
  request: IncomingMessage,
  response: ServerResponse,
  { type, content, etag }: Asset,
): void {
  const headers = { etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' };
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304, headers).end();
  response.writeHead(200, { ...headers, 'content-type': type, 'content-length': content.length });
  response.end(content);
}
