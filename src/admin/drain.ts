import type { IncomingMessage, ServerResponse } from 'node:http';
import { end, endWithJson } from './answer.ts';
import { isFromBrowser } from './strangers.ts';

/** Closes the sessions of a primary. @returns how many there were, or null where there is no such primary */
export type CloseSessions = (primary: string, remote: string) => number | null;

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

/** `POST /drain?primary=`: for a fail-back, which NetBackup never does by itself (protocol, connection rules). */
export function drainPrimary(
  { request, response, query }: Asked,
  { allowDrain, closeSessions }: { readonly allowDrain: boolean; readonly closeSessions: CloseSessions },
): void {
  if (!allowDrain) return end(response, 403, 'not allowed here: set admin.allowDrain\n');
  if (isFromBrowser(request)) return end(response, 403, 'not for browsers: ask from a command line\n');
  const primary = query.get('primary') ?? '';
  if (primary === '') return end(response, 400, 'whose sessions? POST /drain?primary=<name>\n');
  const { remoteAddress = '', remotePort = 0 } = request.socket;
  const closed = closeSessions(primary, `${remoteAddress}:${remotePort}`);
  if (closed === null)
    return end(response, 404, 'there is no such primary: /status has the names of all of them\n');
  endWithJson(response, 200, { primary, closed });
}
