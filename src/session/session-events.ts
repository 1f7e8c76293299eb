import type { Message } from '../protocol/message.ts';

/** What a session tells of itself. */
export interface SessionEvents {
  authenticated(primary: string, remote: string): void;
  /** In place of `authenticated`, for the token of the probe; its session tells nothing else of its own. */
  probed(remote: string): void;
  /** @param primary whose token it was, where the certificate isn't that primary's, or its sessions are at their limit */
  refused(remote: string, reason: RefusalReason, primary?: string): void;
  received(primary: string, message: Message, bytes: number): void;
  answered(primary: string, receivedAt: number): void;
  /** In pairs: also a session that ends while it is paused tells the end of the pause. */
  paused(primary: string, active: boolean): void;
  /** @param byUs whether the bridge closed it; @param code what the one who closed it sent; 1006 where that was no close frame */
  closed(primary: string | null, remote: string, code: number, byUs: boolean): void;
  limitHit(limit: SessionLimit, remote: string): void;
}

/** Why a session was refused (stable codes: logs, metrics). */
export type RefusalReason =
  | 'bad-token'
  | 'certificate-mismatch'
  | 'too-many-sessions'
  | 'not-connect'
  | 'second-connect'
  | 'timeout'
  | 'probe-with-entries';

/** Which bound a peer went beyond (stable codes: logs, metrics). */
export type SessionLimit =
  UnauthenticatedLimit | 'bad-frames' | 'unread-answers' | 'heartbeat' | 'payload' | 'fragments';
type UnauthenticatedLimit = 'unauthenticated-bytes' | 'connect-time';
