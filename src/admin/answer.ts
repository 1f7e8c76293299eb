import type { ServerResponse } from 'node:http';

const plainText = 'text/plain; charset=utf-8';

/** Ends a response that is of this moment only: nothing may keep it. */
export function end(response: ServerResponse, status: number, text: string, contentType = plainText): void {
  response.writeHead(status, {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}

export function endWithJson(response: ServerResponse, status: number, value: unknown): void {
  end(response, status, `${JSON.stringify(value, null, 2)}\n`, 'application/json');
}
