import type { CloseSessions } from './admin/drain.ts';
import type { Files } from './files.ts';
import type { Listener } from './session/server.ts';
import { CloseCode } from './session/close-code.ts';

export interface FailBackEvents {
  /** For a fail-back. @param remote who asked for it */
  sessionsClosed(primary: string, sessions: number, remote: string): void;
}

/** @param listener null until it listens: there is no session yet */
export function createFailBack(
  files: Files,
  listener: () => Listener | null,
  events: FailBackEvents,
): CloseSessions {
  return (primary, remote) => {
    if (!files.credentials.primaries.includes(primary)) return null;
    const open = [...(listener()?.sessions ?? [])].filter((session) => session.primary === primary);
    for (const session of open) session.close(CloseCode.goingAway, 'fail-back: connect again');
    events.sessionsClosed(primary, open.length, remote);
    return open.length;
  };
}
